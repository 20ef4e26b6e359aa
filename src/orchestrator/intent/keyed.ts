/**
 * The order in a sentence no rule has written down: when nothing is in it but a task, small words and words of orders, and those all belong to one
 * order, it is that one. "Would you let T4 rest for a bit?" says nothing of what an agent could work on. Pure.
 */
import type { Intent, IntentName } from './intent.ts'
import type { Language } from './language.ts'

/** Whoever says more means something of their own. */
const MAX_WORDS = 14
/** Of a checkpoint, or of who knows what. */
const NUMBERED = /(?<![\p{L}\d])C?\d/u

/** What only shows something: a question orders nothing else, and said of all it is the same as said of nothing. */
const SHOWS: ReadonlySet<IntentName> = new Set(['why', 'diff', 'status'])

/** What the sentence orders, its tasks written as `T12`; undefined when it has words of its own, or words of two orders. */
export function keyed(languages: readonly Language[], sentence: string, isOrderWord: (word: string) => boolean): Intent | undefined {
  const words = sentence.split(' ')
  const tasks = new Set(sentence.match(/(?<![\p{L}\d])T\d+/gu))
  if (words.length > MAX_WORDS || tasks.size > 1 || NUMBERED.test(sentence) || !words.every(isOrderWord)) return undefined
  const intent = meantBy(languages, sentence, tasks.size === 1)
  if (intent === undefined) return undefined
  const [task] = tasks
  if (task === undefined && languages.some(({ every }) => every.test(sentence)))
    return intent === 'stop' ? { intent, all: true } : SHOWS.has(intent) ? { intent } : undefined
  return task === undefined ? { intent } : { intent, task: Number(task.slice(1)) }
}

/** "No, approve T4" takes something else back than the yes. */
const ANSWERED = /^(?:no|nope|nah|nein|nee|nö)(?![\p{L}'])/iu

function meantBy(languages: readonly Language[], sentence: string, named: boolean): IntentName | undefined {
  const found = new Set<IntentName>()
  for (const { keys } of languages) for (const [intent, pattern] of keys) if (pattern.test(sentence)) found.add(intent)
  if (found.has('why')) return 'why'
  const denied = languages.some(({ never }) => never.test(sentence))
  if (languages.some(({ asks }) => asks.test(sentence))) {
    const [only, more] = [...found].filter((intent) => SHOWS.has(intent))
    return more === undefined ? (only ?? (named && !denied ? 'status' : undefined)) : undefined
  }
  const [only, more] = found
  if (only === undefined || more !== undefined) return undefined
  if (SHOWS.has(only)) return denied ? undefined : only
  if (languages.some(({ told }) => told.test(sentence))) return undefined
  // A yes is never told by its words alone: "T4 waits for me to approve".
  if (only === 'approve') return denied && !ANSWERED.test(sentence) ? 'deny' : undefined
  return denied ? undefined : only
}
