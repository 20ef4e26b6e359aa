/**
 * The one table of what an answer to a card means, whichever way it came: a reaction, a word in reply, a spoken word. An answer is a press
 * of one of the buttons that the card's message shows, so it is bound to the same digest; what has no such button is never applied.
 */
import type { CardKind } from './card.ts'

/** `yes` is the safe primary answer alone: this once, go, merge. */
export type Meaning = 'yes' | 'no' | 'diff' | 'why' | 'change' | 'stop' | 'later'

/** How an answer reached us when no button was pressed. */
export const WAYS = ['reaction', 'reply', 'voice'] as const
export type Way = (typeof WAYS)[number]

/** A button under the card's message. `tap`: what it does cannot be had back, so a reaction or a voice alone never presses it. */
export type Key = { readonly id: string; readonly label: string; readonly tap?: boolean | undefined }

export type Answered = {
  readonly kind: string
  readonly keys: readonly Key[]
  readonly subject?: string
  /** The task the card is about, by number. */
  readonly task?: number | undefined
}

export type Verdict =
  | { readonly do: 'press'; readonly button: string }
  | { readonly do: 'call'; readonly capability: string; readonly input: Record<string, unknown> }
  /** Words for the agent, which approve nothing. */
  | { readonly do: 'comment' }
  | { readonly do: 'nothing' }
  | { readonly do: 'refuse'; readonly say: string }

/**
 * The labels that mean it, the first shown one counts; `button`: only a tap does it; `words`: typed it is a comment, as a reaction nothing;
 * `later`: asked again in an hour; `unclear`: the card shows one thing after the other, so nobody can tell which was meant.
 */
type Rule = readonly string[] | { readonly button: string } | 'words' | 'later' | 'unclear'

const WORDS: Partial<Record<Meaning, Rule>> = { yes: 'words', no: 'words', change: 'words', later: 'words' }

const TABLE: Record<CardKind, Partial<Record<Meaning, Rule>>> = {
  approval: { yes: ['✅ Allow once'], no: ['❌ Deny'], diff: ['👁 Details'], why: ['🤔 Why?'] },
  host: { yes: ['✅ Allow once'], no: ['❌ Deny'] },
  plan: { yes: ['✅ Go'], no: ['❌ Cancel'], change: ['✏️ Change'] },
  review: { yes: ['✅ Merge'], no: ['🗑 Discard'], diff: ['👁 Diff'], change: ['✏️ Change'] },
  dryrun: { yes: ['✅ Go'], no: { button: '🗑 Discard' }, diff: ['👁 Diff'] },
  budget: { yes: { button: '+ $2' }, no: { button: '⏹ Stop' } },
  restore: { yes: { button: '↩️ Restore' }, no: ['❌ Cancel'] },
  // Several merges: a thumb names none of them.
  merges: { ...WORDS, yes: 'unclear' },
  question: WORDS,
  task: { ...WORDS, change: ['💬 Steer'], later: ['⏸ Pause'] },
  voice: { yes: { button: 'Run' }, no: ['Cancel'], change: ['Fix'] },
  starter: WORDS,
  checkpoint: WORDS,
  grants: WORDS,
  engine: WORDS,
  search: WORDS,
  // Who is let in takes a finger.
  group: { yes: { button: 'Admit' }, no: { button: 'Leave' } },
  // Several proposals: a thumb names none of them.
  upload: { yes: 'unclear', no: 'unclear', later: 'unclear', change: ['📝 My own'] },
  settings: WORDS,
  connector: WORDS,
  connectors: WORDS,
  servers: { no: ['Ignore'] },
  attention: { yes: 'unclear', no: 'unclear', diff: 'unclear', why: 'unclear', change: 'unclear', stop: 'unclear', later: 'unclear' },
}

/** Wherever a card shows such a button. */
const ANYWHERE: Partial<Record<Meaning, Rule>> = { stop: ['⏹ Stop'], change: ['✏️ Change'] }

/** What is done for the task where the card has no button of its own for it. */
const OF_TASK: Partial<Record<Meaning, string>> = { diff: 'show_diff', why: 'why_task', stop: 'stop_task' }

const EMOJI: Readonly<Record<string, Meaning>> = { '👍': 'yes', '👎': 'no', '👀': 'diff', '🤔': 'why', '✍': 'change' }
const LISTED: Readonly<Record<string, Meaning>> = {
  yes: 'yes',
  ok: 'yes',
  approve: 'yes',
  no: 'no',
  deny: 'no',
  diff: 'diff',
  why: 'why',
  stop: 'stop',
  later: 'later',
}

/** What a reaction means; undefined for one that means nothing here. */
export function meaningOfEmoji(emoji: string): Meaning | undefined {
  const plain = emoji.replaceAll(/\p{Emoji_Modifier}|\uFE0F/gu, '')
  return Object.hasOwn(EMOJI, plain) ? EMOJI[plain] : undefined
}

/** What a whole message in reply to a card means when it is one of the listed words; undefined for any other, which is a comment. */
export function meaningOfWords(text: string): Meaning | undefined {
  const word = text
    .trim()
    .toLowerCase()
    .replace(/[.!?]+$/u, '')
  return Object.hasOwn(LISTED, word) ? LISTED[word] : meaningOfEmoji(word)
}

const UNCLEAR = 'This card shows one thing after the other, so I cannot tell which you mean. Press its buttons, or answer on the thing’s own card.'
const MOVED_ON = 'This card asks nothing any more: it says what became of it. Nothing was done with your answer.'
const CONFIRM = '✅ Confirm'
const BACK = '◀ Back'

/** What an answer to a card does. Pure: whether the person may, and whether it still is what was shown, is decided where a press is. */
export function answerTo({ kind, keys, task, subject }: Answered, meaning: Meaning, way: Way): Verdict {
  const rules = Object.entries(TABLE).find(([known]) => known === kind)?.[1]
  const rule = rules?.[meaning] ?? (rules === undefined ? undefined : meaning === 'later' ? 'later' : ANYWHERE[meaning])
  if (rule === 'unclear') return { do: 'refuse', say: UNCLEAR }
  if (rule === 'later')
    return keys.length === 0 || subject === undefined
      ? { do: 'refuse', say: MOVED_ON }
      : { do: 'call', capability: 'put_off', input: { kind, subject } }
  if (rule === 'words') return way === 'reaction' ? unmeant(kind, keys) : { do: 'comment' }
  const labels = rule === undefined ? [] : 'button' in rule ? [rule.button] : rule
  const key = keys.find(({ label }) => labels.includes(label))
  if (key !== undefined) {
    const tapOnly = (rule !== undefined && 'button' in rule) || (key.tap === true && way !== 'reply')
    return tapOnly ? { do: 'refuse', say: onlyTap(key.label) } : { do: 'press', button: key.id }
  }
  const forTask = OF_TASK[meaning]
  if (forTask !== undefined && task !== undefined) {
    const turned = labels.length > 0 && keys.some(({ label }) => label === BACK)
    return turned ? { do: 'refuse', say: 'The card shows it already; ◀ Back turns it over.' } : { do: 'call', capability: forTask, input: { task } }
  }
  if (rules === undefined) return { do: 'nothing' }
  if (keys.length === 0) return { do: 'refuse', say: MOVED_ON }
  return { do: 'refuse', say: notOffered(keys, labels, meaning) }
}

function onlyTap(label: string): string {
  return `Only its button does that, so that it never happens by a slip: press ${label} on the card.`
}

/** A reaction to a card that asks nothing is a nod; to a question it is no answer. */
function unmeant(kind: string, keys: readonly Key[]): Verdict {
  if (kind === 'question' && keys.length > 0)
    return { do: 'refuse', say: 'A reaction does not answer this question: press one of its options, or reply in words.' }
  return { do: 'nothing' }
}

function notOffered(keys: readonly Key[], labels: readonly string[], meaning: Meaning): string {
  if (keys.some(({ label }) => label === CONFIRM)) return 'The card asks for one more tap: press ✅ Confirm or ◀ Back on it.'
  const [label] = labels
  if (label !== undefined) return `The card does not offer ${label} now; it says why. Nothing was done.`
  return meaning === 'change'
    ? 'Reply to this card in words: its agent hears them, and nothing is approved by it.'
    : 'This card has no such answer; press one of its buttons.'
}
