/** One language's sentences: how a rule is written, and how a sentence is held against it. Pure. */
import { NUMBER, numberOf } from './numbers.ts'
import type { Intent, IntentName } from './intent.ts'

export type Rule = { readonly intent: IntentName; readonly pattern: RegExp; readonly not?: RegExp | undefined }

export type Language = {
  /** What stands before and after a sentence and means nothing: politeness, hesitation, the bot's name. */
  readonly before: RegExp
  readonly after: RegExp
  /** The first that fits counts. */
  readonly rules: readonly Rule[]
  /** Words that begin an order to Lugh: a sentence that begins with one and is none that is known is not simply taken for a wish. */
  readonly verbs: readonly string[]
}

/** How a task is called in speech, and what is written for it: "T twelve" is heard as "tea 12" too. */
const TASK_NAMES = '(?:the task|task number|task|tasks|tee|tea|t|die aufgabe|der aufgabe|aufgabe nummer|aufgabe|auftrag|dem auftrag)'
const CHECKPOINT_NAMES =
  '(?:checkpoint number|checkpoint c|checkpoint|c|sicherungspunkt|kontrollpunkt|speicherpunkt|(?<=(?:to|auf|zu) )(?:see|sea|cee))'
const numbered = (names: string): RegExp => new RegExp(`(?<![\\p{L}\\d])${names}[\\s.-]*(${NUMBER})(?![\\p{L}\\d])`, 'giu')
const TASK = numbered(TASK_NAMES)
const CHECKPOINT = numbered(CHECKPOINT_NAMES)

/** The sentence with every task and checkpoint that is named in it written as `T12` and `C7`, so that rules need to know no other way. */
export function withNumbers(sentence: string): string {
  return sentence
    .replaceAll(CHECKPOINT, (whole, number: string) => (numberOf(number) === undefined ? whole : `C${numberOf(number)}`))
    .replaceAll(TASK, (whole, number: string) => (numberOf(number) === undefined ? whole : `T${numberOf(number)}`))
}

/**
 * A rule from a pattern of a whole sentence. `TASK` and `CHECKPOINT` stand for `T12` and `C7`; `words`, `words1`… are what is said freely.
 * `not`: sentences it does not fit all the same.
 */
export function rule(intent: IntentName, pattern: string, more: { not?: RegExp } = {}): Rule {
  let numbers = 0
  const source = pattern
    .replaceAll('CHECKPOINT', () => `C(?<checkpoint${(numbers += 1)}>\\d{1,9})`)
    .replaceAll('TASK', () => `T(?<task${(numbers += 1)}>\\d{1,9})`)
  const not = more.not === undefined ? undefined : new RegExp(more.not.source.replaceAll('TASK', 'T\\d'), 'iu')
  return { intent, pattern: new RegExp(`^(?:${source})$`, 'iu'), not }
}

/** Whether a task is named in it, as `T12`. */
export function namesTask(sentence: string): boolean {
  return /(?:^|\s)T\d/u.test(sentence)
}

/** What a sentence, already without politeness, means by a language's rules. */
export function readBy({ rules }: Language, sentence: string): Intent | undefined {
  for (const { intent, pattern, not } of rules) {
    const found = not?.test(sentence) === true ? null : pattern.exec(sentence)
    if (found !== null) return toIntent(intent, found.groups ?? {})
  }
  return undefined
}

function toIntent(intent: IntentName, groups: Readonly<Record<string, string | undefined>>): Intent {
  const of = (name: string): string | undefined => Object.entries(groups).find(([key, value]) => key.startsWith(name) && value !== undefined)?.[1]
  const task = numberOf(of('task'))
  const checkpoint = numberOf(of('checkpoint'))
  const words = of('words')?.trim()
  return {
    intent,
    ...(task === undefined ? {} : { task }),
    ...(checkpoint === undefined ? {} : { checkpoint }),
    ...(of('all') === undefined ? {} : { all: true }),
    ...(words === undefined || words === '' ? {} : { words }),
  }
}

/** The sentence without what means nothing around it, in any of the languages: people mix them. */
export function bare(languages: readonly Language[], sentence: string): string {
  let core = sentence
  for (const { before, after } of languages) core = core.replace(before, '').replace(after, '').replace(ENDS, '')
  return core === '' ? sentence : core
}

/** Marks that a recogniser sets by itself. */
export const ENDS = /[\s.!?…,;:]+$/u
