/** One language's sentences: how a rule is written, and how a sentence is held against it. Pure. */
import { NUMBER, numberOf } from './numbers.ts'
import type { Intent, IntentName } from './intent.ts'

export type Rule = { readonly intent: IntentName; readonly pattern: RegExp; readonly not?: RegExp | undefined }

type Echo = { readonly first: RegExp; readonly last: RegExp }

export type Language = {
  /** What stands before and after a sentence and means nothing: politeness, hesitation, the bot's name. */
  readonly before: RegExp
  readonly after: RegExp
  /** Adverbs at the end and particles in the middle, which order nothing by themselves: taken out only where no words of somebody's own can lose one. */
  readonly tail: RegExp
  readonly inner: RegExp
  /** What no sentence has in it that allows something. */
  readonly never: RegExp
  /**
   * A clause that gives a reason or tells of oneself: how one begins, and how one where no mark was heard before it; what it ends with when it
   * goes on; what orders or wishes something all the same, makes a condition, or says that somebody else gave the order; and what limits a yes.
   */
  readonly talk: { readonly begins: RegExp; readonly runsOn: RegExp; readonly goesOn: RegExp; readonly orders: RegExp; readonly limits: RegExp }
  /** Words that only one order has. */
  readonly keys: ReadonlyMap<IntentName, RegExp>
  /** What tells of an order, asks for it or puts it off, and so gives none: "T5 was stopped", "ask me before you stop T5". */
  readonly told: RegExp
  /** What means every task there is. */
  readonly every: RegExp
  /** How a question begins that is no order. */
  readonly asks: RegExp
  /** What a yes and a no may say besides. */
  readonly echoes: Readonly<Record<'approve' | 'deny', Echo>>
  /** The first that fits counts. */
  readonly rules: readonly Rule[]
  /** Words of which no wish is made: who has only these and the rules' own words to say has nothing to do for an agent. */
  readonly small: readonly string[]
  /** Words that begin an order to Lugh: a sentence that begins with one and is none that is known is not simply taken for a wish. */
  readonly verbs: readonly string[]
}

/** How a task is called in speech, and what is written for it: "T twelve" is heard as "tea 12" too. */
const TASK_NAMES =
  '(?:the task|task number|task|tasks|tee|tea|te|ti|t|(?<=(?:tell|ask|remind|let|inform|say to) )number|die aufgabe|der aufgabe|aufgabe nummer|aufgabe|auftrag|dem auftrag)'
const CHECKPOINT_NAMES =
  '(?:check ?point number|check ?point c|check ?point|c|sicherungspunkt nummer|sicherungs ?punkt|kontrollpunkt|speicherpunkt|(?<=(?:to|auf|zu) )(?:see|sea|cee))'
const numbered = (names: string): RegExp => new RegExp(`(?<![\\p{L}\\d])${names}[\\s.-]*(${NUMBER})(?![\\p{L}\\d])`, 'giu')
const TASK = numbered(TASK_NAMES)
const CHECKPOINT = numbered(CHECKPOINT_NAMES)

/** The sentence with every task and checkpoint that is named in it written as `T12` and `C7`, so that rules need to know no other way. */
export function withNumbers(sentence: string): string {
  return sentence
    .replaceAll(CHECKPOINT, (whole, number: string) => (numberOf(number) === undefined ? whole : `C${numberOf(number)}`))
    .replaceAll(TASK, (whole, number: string) => (numberOf(number) === undefined ? whole : `T${numberOf(number)}`))
}

/** Orders that are of a task: a number right behind one, at the end of what is said, can be nothing else. */
const OF_A_TASK =
  '(?:stop|pause|unpause|resume|approve|merge|reject|deny|refuse|undo|revert|cancel|kill|hold|park|allow|ship|(?:turn|turned) down|(?:diff|status|changes|progress|update|news) (?:of|on|for|from|with)|stoppe?|pausiere?|genehmige|erlaube|merge|(?:status|stand|diff|änderungen) (?:von|bei|zu)|beende|brich)'
const ONLY_NUMBER = numbered(`(?:the number|number|die nummer|nummer|(?<=(?<![\\p{L}])${OF_A_TASK} (?:the )?))`)

/** As `withNumbers`, and "number five" is T5: of sentences that carry nobody's own words, in which a number may be any. */
export function withBareNumbers(sentence: string): string {
  return sentence.replaceAll(ONLY_NUMBER, (whole, number: string) => (numberOf(number) === undefined ? whole : `T${numberOf(number)}`))
}

/**
 * A rule from a pattern of a whole sentence. `TASK` and `CHECKPOINT` stand for `T12` and `C7`; `words`, `words1`… are what is said freely.
 * `not`: sentences it does not fit all the same.
 */
export function rule(intent: IntentName, pattern: string, more: { not?: RegExp } = {}): Rule {
  let numbers = 0
  const source = pattern
    .replaceAll('(?<all>', () => `(?<all${(numbers += 1)}>`)
    .replaceAll('CHECKPOINT', () => `C(?<checkpoint${(numbers += 1)}>\\d{1,9})`)
    .replaceAll('TASK', () => `T(?<task${(numbers += 1)}>\\d{1,9})`)
  const not = more.not === undefined ? undefined : new RegExp(more.not.source.replaceAll('TASK', 'T\\d'), 'iu')
  return { intent, pattern: new RegExp(`^(?:${source})$`, 'i'), not }
}

/** What is said more than once, as in "yes, fine, T4 may do it, go ahead": a pattern at a sentence's beginning, and at its end. */
export function echo(pattern: string): Echo {
  return {
    first: new RegExp(`^(?:${pattern})[ ,]+(?:(?:and|so|und|dann) )?(?=.)`, 'iu'),
    last: new RegExp(`(?<=.)[ ,]+(?:(?:and|so|und|dann) )?(?:${pattern})$`, 'iu'),
  }
}

/** More of them is a song. */
const ECHOES = 4

/** The sentence, and what is left of it without its echoes, one after the other. */
function withoutEchoes(sentence: string, { first, last }: Echo): string[] {
  const said = [sentence]
  for (let left = sentence, time = 0; time < ECHOES && first.test(left); time++) said.push((left = left.replace(first, '')))
  for (let left = said.at(-1) ?? '', time = 0; time < ECHOES && last.test(left); time++) said.push((left = left.replace(last, '')))
  return said
}

/** Whether a task is named in it, as `T12`. */
export function namesTask(sentence: string): boolean {
  return /(?<![\p{L}\d])T\d/u.test(sentence)
}

/** What a sentence, already without politeness, means by a language's rules. */
export function readBy({ rules, never, echoes }: Language, sentence: string): Intent | undefined {
  const said = (intent: IntentName): string[] => (intent === 'approve' || intent === 'deny' ? withoutEchoes(sentence, echoes[intent]) : [sentence])
  for (const { intent, pattern, not } of rules) {
    if (intent === 'approve' && never.test(sentence)) continue
    if (not?.test(sentence) === true) continue
    const found = said(intent)
      .map((one) => pattern.exec(one))
      .find((one) => one !== null)
    if (found !== undefined && found !== null) return toIntent(intent, found.groups ?? {})
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

/** The sentence with less and less that orders nothing: without what stands around it, then without particles in its middle and adverbs at its end. */
export function plain(languages: readonly Language[], sentence: string): string[] {
  const said = [sentence, bare(languages, sentence)]
  const cores = said.flatMap((one) => [one, ...languages.map(({ inner }) => one.replaceAll(inner, ''))])
  for (const { tail } of languages) for (const one of cores) said.push(one, one.replace(tail, ''), bare(languages, one).replace(tail, ''))
  return [...new Set(said.flatMap((one) => [bare(languages, one), one]))]
}

/** The words of one order, as a pattern. */
export function key(words: string): RegExp {
  return new RegExp(`(?<![\\p{L}'])(?:${words})(?![\\p{L}'])`, 'iu')
}

/** Every word the rules are written with, and those that mean nothing by themselves. */
export function vocabularyOf({ rules, small, verbs, keys }: Language): string[] {
  const written = [...rules.map(({ pattern }) => pattern), ...keys.values()].flatMap(
    (pattern) =>
      pattern.source
        .replaceAll(/\(\?<\w+>/gu, '(')
        .replaceAll(/\\[a-zA-Z]/gu, ' ')
        .match(/[\p{L}']{2,}/gu) ?? [],
  )
  return [...written, ...small, ...verbs]
}

/** Marks that a recogniser sets by itself. */
export const ENDS = /(?<![\s.!?…,;:])[\s.!?…,;:]+$/u
