/** What a person can mean by a sentence: a closed set, the same for spoken and for the few plain written sentences. Values only. */

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
  /** The wish, what an agent shall hear, the name of a checkpoint, or since when. */
  readonly words?: string
}

/** `confidence`: from 0 to 1, how likely the sentence means this. */
export type Understood = Intent & { readonly confidence: number }

/** Below this a person is asked first. Rules give 1 for a whole sentence they know, 0.9 for a plain wish, and less than this for guesses. */
export const SURE = 0.75
