/** What a person can mean by a sentence: a closed set, the same for spoken and for the few plain written sentences. Values only. */
import { z } from 'zod'

export const INTENTS = [
  'approve',
  'deny',
  'diff',
  'why',
  'status',
  'stop',
  'pause',
  'resume',
  'undo',
  'checkpoint',
  'restore',
  'new',
  'tell',
  'since',
] as const
export type IntentName = (typeof INTENTS)[number]

export type Intent = {
  readonly intent: IntentName
  /** The number of the task that was named. */
  readonly task?: number
  /** Of `stop`: everything. */
  readonly all?: boolean
  /** Of `restore`: the number of the checkpoint. */
  readonly checkpoint?: number
  /** The wish, what an agent shall hear, the name of a checkpoint that is made or gone back to, or since when. */
  readonly words?: string
}

/** `confidence`: from 0 to 1, how likely the sentence means this. */
export type Understood = Intent & { readonly confidence: number }

/** Below this a person is asked first. Rules give 1 for a whole sentence they know, 0.9 for a plain wish, and less than this for guesses. */
export const SURE = 0.75

const Meant = z.object({
  by: z.enum(['rules', 'model']),
  intent: z.enum(INTENTS),
  confidence: z.number(),
  task: z.number().exactOptional(),
  all: z.boolean().exactOptional(),
  checkpoint: z.number().exactOptional(),
  words: z.string().exactOptional(),
})

/** What a row kept of a meaning; undefined for what is nothing of the kind. */
export function meantOf(kept: unknown): Understood | undefined {
  const meant = Meant.safeParse(kept)
  if (!meant.success) return undefined
  const { by: _, ...understood } = meant.data
  return understood
}
