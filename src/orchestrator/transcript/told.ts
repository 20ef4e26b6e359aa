/**
 * What an agent is told in place of the beginning of its conversation, once that has grown too long to be sent whole: its task, everything
 * people said, its plan, and notes. The messages it stands for stay in their rows, untouched.
 */
import { digest } from '#core'
import type { MessageRow, Plan, Task } from '#db'
import { Message, Notes, cutMiddle, type Block } from '#engines'
import { z } from 'zod'

export const Told = z.object({
  /** What is sent. */
  text: z.string(),
  /** What people said after the wish, and the questions they answered, the oldest first. */
  said: z.array(z.string()),
  notes: Notes,
  /** The notes know every message before this one. */
  notedTo: z.number(),
  /** `wanted`: somebody is to make them up to here. `failed`: nobody could; the next time the conversation is shortened it is tried again. */
  state: z.enum(['wanted', 'made', 'failed']),
  /** How many characters `text` may have, decided when the conversation was cut. */
  room: z.number(),
  /** Answers of tools in messages up to `to` are sent with so many characters at most. */
  clip: z.object({ characters: z.number(), to: z.number() }).nullable(),
})
export type Told = z.infer<typeof Told>

/** One thing a person said, and all of it together. More than this nobody types at a phone; of more the middle goes. */
const SAID_MAX = 2000
const ALL_SAID_MAX = 16_000
const SHORTENED = '[Shortened, and without its pictures, to save room. Ask for a smaller part of it to see more.]'
/** How much of the room for the told words each part may take, in hundredths. */
const SHARES = { wish: 30, said: 20, plan: 5, decisions: 25, open: 5, where: 15 } as const

/** What stands before the messages that are sent; undefined while they are sent from the first on. */
export function toldOf(rows: readonly MessageRow[]): Told | undefined {
  const [first] = rows
  return first?.told === null || first?.told === undefined ? undefined : Told.parse(first.told)
}

/** The messages as they are sent; `read` may leave out blocks of one. */
export function messagesOf(rows: readonly MessageRow[], read: (row: MessageRow) => Message = (row) => Message.parse(row)): Message[] {
  const told = toldOf(rows)
  if (told === undefined) return rows.map(read)
  const opening: Message = { role: 'user', content: [{ type: 'text', text: told.text }] }
  return [opening, ...rows.map((row) => clipped(read(row), row.seq, told.clip))]
}

/** Names what is told, for whatever is bound to the words before it. */
export function toldDigest(rows: readonly MessageRow[]): string | undefined {
  const told = toldOf(rows)
  return told === undefined ? undefined : digest('turn.told.v1', { text: told.text, clip: told.clip })
}

function clipped(message: Message, seq: number, clip: Told['clip']): Message {
  if (clip === null || seq > clip.to) return message
  const content = message.content.map((block): Block => {
    if (block.type !== 'tool_result' || (block.output.length <= clip.characters && block.pictures === undefined)) return block
    const { pictures: _, ...rest } = block
    return { ...rest, output: `${cutMiddle(block.output, clip.characters)}\n${SHORTENED}` }
  })
  return { ...message, content }
}

/** The place of the next message; rows may begin anywhere. */
export function nextSeq(rows: readonly MessageRow[]): number {
  return (rows.at(-1)?.seq ?? -1) + 1
}

/** What people said in these messages, and what they answered, but for the wish: words that nobody shall put in others. `notSaid`: Lugh's own. */
export function saidIn(rows: readonly MessageRow[], notSaid: readonly string[]): string[] {
  const asked = new Map<string, string>()
  return rows.flatMap((row) =>
    Message.parse(row).content.flatMap((block, place): string[] => {
      if (block.type === 'tool_call' && block.name === 'ask_person') asked.set(block.id, questionOf(block.input))
      if (row.role !== 'user' || (row.seq === 0 && place === 0)) return []
      if (block.type === 'text') return notSaid.includes(block.text) ? [] : [cutMiddle(block.text, SAID_MAX)]
      const question = block.type === 'tool_result' ? asked.get(block.id) : undefined
      return question === undefined || block.type !== 'tool_result' ? [] : [cutMiddle(`(asked: ${question}) ${block.output}`, SAID_MAX)]
    }),
  )
}

const Question = z.object({ text: z.string() })
function questionOf(input: unknown): string {
  return Question.safeParse(input).data?.text ?? ''
}

/** Of many words the first and the newest are kept. */
export function fewerSaid(said: readonly string[]): string[] {
  let room = ALL_SAID_MAX
  const newest = said.toReversed().filter((words) => (room -= words.length) >= 0)
  return newest.toReversed()
}

export type Kept = Pick<Told, 'said' | 'notes' | 'state'> & { readonly wish: string; readonly plan: Task['plan']; readonly gone: Plan | undefined }

/** The words of a `Told`, at most about `room` characters. */
export function toldText(kept: Kept, room: number): string {
  const part = (name: keyof typeof SHARES, title: string, lines: readonly string[]): string =>
    lines.length === 0 ? '' : `# ${title}\n${cutMiddle(lines.join('\n'), Math.floor((room * SHARES[name]) / 100))}`
  const { notes, state } = kept
  const mark = { done: '✓', doing: '▸', todo: '·' }
  const without =
    state === 'made' ? [] : ['Notes of the newest part of what was left out could not be made: look at the worktree before you rely on memory.']
  return [
    cutMiddle(kept.wish, Math.floor((room * SHARES.wish) / 100)),
    'This conversation has grown long, so its beginning is left out here. This is what is kept of it; the worktree holds everything that was done.',
    part(
      'said',
      'What the person said since',
      kept.said.map((words) => `- ${words}`),
    ),
    part(
      'plan',
      'The plan the person said Go to',
      (kept.gone?.steps ?? []).map((step, n) => `${n + 1}. ${step}`),
    ),
    part(
      'plan',
      'Your plan as it stood',
      kept.plan.map(({ text, state: of }) => `${mark[of]} ${text}`),
    ),
    part(
      'decisions',
      'Decided (your own notes)',
      notes.decisions.map((decision, n) => `${n + 1}. ${decision}`),
    ),
    part(
      'open',
      'Still open (your own notes)',
      notes.open.map((question) => `- ${question}`),
    ),
    part('where', 'Where it stood (your own notes)', [...(notes.where === '' ? [] : [notes.where]), ...without]),
    'Go on from here.',
  ]
    .filter((text) => text !== '')
    .join('\n\n')
}
