/**
 * What a sentence means, by rules and without a model, in English and German. Four ways, the surest first: it is one that a rule knows whole; it
 * is one with talk around it; it has only words of one order; it sounds like one, which is a guess. Everything else is a wish. Pure: it decides
 * nothing and changes nothing.
 */
import { ENGLISH } from './english.ts'
import { GERMAN } from './german.ts'
import type { Intent, Understood } from './intent.ts'
import { ENDS, bare, namesTask, plain, readBy, vocabularyOf, withBareNumbers, withNumbers } from './language.ts'
import { keyed } from './keyed.ts'
import { corrected, once, withoutHesitation } from './speech.ts'
import { limits, piecesOf, taskOfTalk } from './talk.ts'

const LANGUAGES = [ENGLISH, GERMAN] as const

/** A name is a few words; a longer sentence about checkpoints is work for an agent. */
const NAME_WORDS = 6
/** Fewer words than this, and no rule knows them: noise, or an order that was misheard. */
const WISH_WORDS = 4
/** A sentence of orders is short; in a longer one a word that looks like an order is most likely part of a wish. */
const GUESS_WORDS = 8
/** Characters. An order that carries nobody's own words is said in fewer, with all that may stand around it. */
const MAX_ORDER = 160
/** Characters. Rules are held against no more: some take four times as long for twice as much, 12 s for 20,000 commas. */
const MAX_READ = 1000
/** A sentence in which nothing is but words of orders and small words is none for an agent, unless it goes on for long. */
const ORDER_WORDS = 16
const WISH = 0.9
/** An order with talk around it. */
const BESIDE_TALK = 0.85
/** An order that is told by its words alone. */
const BY_ITS_WORDS = 0.8
const DOUBT = 0.6
const GUESS = 0.5
const NOISE = 0.3
/** In fewer words an unknown one may be an order's, misheard. */
const MATTER_WORDS = 5
/** Words of no order, which make a sentence one of its own. */
const MATTERS = 2

/** What follows these is somebody's own, and theirs to the end. */
const FREE: ReadonlySet<string> = new Set(['new', 'tell'])

/** A short question is more often for Lugh than work for an agent. */
const QUESTION = /^(?:how|what|where|when|which|who|whose|wie|was|wo|wann|welche[rs]?|wer|wessen)(?![\p{L}'])/iu
/** What begins so and is short answers somebody; a wish that does has more to say. */
const ANSWER = /^(?:yes|yeah|yep|no|nope|okay|ja|nein|nee|nö)(?![\p{L}'])/iu
const NEGATIONS = /^(?:don't|do|not|never|nicht|kein)$/u

/** What the sentence means, and how sure that is. Never undefined: the last resort is a wish with little confidence. */
export function readIntent(text: string): Understood {
  if (text.length > MAX_READ) return readBeginning(text)
  const sentence = heard(text)
  const known = readExactly(sentence)
  if (known !== undefined) return { ...known, confidence: isAsked(text, sentence, known) ? DOUBT : 1 }
  const beside = readBeside(sentence)
  if (beside !== undefined) return { ...beside, confidence: isAsked(text, sentence, beside) ? DOUBT : BESIDE_TALK }
  const meantAll = keyedIn(sentence)
  if (meantAll !== undefined) return { ...meantAll, confidence: BY_ITS_WORDS }
  const words = sentence.split(' ')
  const meant = words.length <= GUESS_WORDS ? readExactly(withNumbers(words.map(nearestWord).join(' '))) : undefined
  if (meant !== undefined) return { ...meant, confidence: GUESS }
  const wish = { intent: 'new', words: text.trim() } as const
  if (words.length < WISH_WORDS) return { ...wish, confidence: NOISE }
  return { ...wish, confidence: mayBeOrder(sentence, words) ? DOUBT : WISH }
}

/** Of a long text only how it begins can be an order: whose words these are, and for whom. */
function readBeginning(text: string): Understood {
  const told = text.slice(0, MAX_READ).replace(/\s\S*$/u, '')
  const { confidence, ...meant } = readIntent(told)
  if (confidence === 1 && FREE.has(meant.intent) && meant.words !== undefined)
    return { ...meant, words: `${meant.words} ${text.slice(told.length).trim()}`, confidence }
  return { intent: 'new', words: text.trim(), confidence: namesTask(withNumbers(told)) ? DOUBT : WISH }
}

const REQUEST = /(?<!\p{L})(?:(?:can|could|would|will) (?:you|we)|kannst|könntest|würdest|könnt|können)(?!\p{L})/iu

/** "Everything okay with T5?" asks for a yes and gives none. */
function isAsked(text: string, sentence: string, { intent }: Intent): boolean {
  return intent === 'approve' && text.trimEnd().endsWith('?') && namesTask(sentence) && !REQUEST.test(sentence)
}

/** No rule knows it, and yet it may be one: it begins as orders do, is about a task, asks or answers something, or has nothing else in it. */
function mayBeOrder(sentence: string, words: readonly string[]): boolean {
  if (words.length <= ORDER_WORDS && words.every(isOrderWord)) return true
  if (namesTask(sentence)) return true
  const begins = firstWord(sentence)
  if (words.length > GUESS_WORDS) return NEGATIONS.test(begins)
  if (QUESTION.test(sentence) || ANSWER.test(sentence)) return true
  return !hasOwnMatter(sentence, words) && (NEGATIONS.test(begins) || VERBS.has(begins))
}

/** What is said of something that was just spoken of. */
const OF_THAT =
  /(?<![\p{L}'])(?:merge|approve|allow|stop|pause|undo|revert|deny|reject|erlaube?|genehmige?|stoppe?|nimm|mach) (?:it|that|this|them|es|das|ihn|sie)(?![\p{L}'])/iu

/** An order to Lugh that is of something else is work: "merge the two address forms into one component". */
function hasOwnMatter(sentence: string, words: readonly string[]): boolean {
  return words.length >= MATTER_WORDS && !OF_THAT.test(sentence) && words.filter((word) => !isOrderWord(word)).length >= MATTERS
}

const ORDER_WORD = new Set(LANGUAGES.flatMap((language) => vocabularyOf(language)).map((word) => word.toLowerCase()))

function isOrderWord(word: string): boolean {
  const plainly = word.toLowerCase().replaceAll(/^[,.;:!?]+|[,.;:!?]+$/gu, '')
  return plainly === '' || /^[tc]?\d+$/u.test(plainly) || ORDER_WORD.has(plainly)
}

/** As rules know it: no marks at its end, no hesitation, tasks as `T12`, and what was taken back is gone. */
function heard(text: string): string {
  const words = withoutHesitation(text.replace(/\s+/gu, ' ').trim().replaceAll('’', "'"))
  return corrected(withNumbers(words.replace(ENDS, '')))
}

/** The order a rule knows, word for word or without what orders nothing. */
function readExactly(sentence: string): Intent | undefined {
  for (const said of [bare(LANGUAGES, sentence), sentence]) {
    const intent = readWhole(said)
    if (intent !== undefined) return intent
  }
  if (sentence.length > MAX_ORDER) return undefined
  for (const said of plain(LANGUAGES, withBareNumbers(once(sentence)))) {
    const intent = readWhole(said)
    if (intent?.intent === 'approve' && limits(LANGUAGES, [sentence])) continue
    // Nobody's own words lose one.
    if (intent !== undefined && intent.words === undefined) return intent
  }
  return undefined
}

/** The order in a sentence that also says why, until when, or what else there is; a yes with a condition beside it is none. */
function readBeside(sentence: string): Intent | undefined {
  if (sentence.length > MAX_ORDER) return undefined
  for (const { order, talk } of piecesOf(LANGUAGES, withBareNumbers(bare(LANGUAGES, sentence)))) {
    const intent = readExactly(order.replace(ENDS, ''))
    if (intent === undefined || FREE.has(intent.intent)) continue
    const told = taskOfTalk(talk)
    // Two tasks in one breath: which one is meant is not for a rule to say.
    if (told !== undefined && intent.task !== undefined && told !== intent.task) continue
    if (intent.intent === 'approve' && limits(LANGUAGES, talk)) continue
    // "No, T4 is fine" answers something else.
    if (intent.intent === 'deny' && talk.some((one) => readExactly(one)?.intent === 'approve')) continue
    return told === undefined || intent.checkpoint !== undefined ? intent : { ...intent, task: told }
  }
  return undefined
}

/** The order that the sentence, or what is left of it without the talk behind, tells by its words alone. */
function keyedIn(sentence: string): Intent | undefined {
  const core = withBareNumbers(once(bare(LANGUAGES, sentence)))
  const around = piecesOf(LANGUAGES, core).filter(({ talk, joined }) => !joined && taskOfTalk(talk) === undefined && !limits(LANGUAGES, talk))
  for (const one of [core, ...around.map(({ order }) => order.replace(ENDS, ''))]) {
    const intent = keyed(LANGUAGES, one, isOrderWord)
    if (intent !== undefined) return intent
  }
  return undefined
}

function readWhole(said: string): Intent | undefined {
  for (const language of LANGUAGES) {
    const intent = readBy(language, said)
    if (intent !== undefined && isWhole(intent)) return intent
  }
  return undefined
}

/** A checkpoint's name of many words is no name, and neither a name nor a time goes on in another sentence. */
function isWhole({ intent, words = '' }: Intent): boolean {
  if (FREE.has(intent)) return true
  return !/[.?!]\s/u.test(words) && (intent === 'since' || words.split(' ').length <= NAME_WORDS)
}

const VERBS = new Set(LANGUAGES.flatMap(({ verbs }) => verbs))

function firstWord(sentence: string): string {
  return /^[\p{L}']+/u.exec(bare(LANGUAGES, sentence))?.[0]?.toLowerCase() ?? ''
}

const VOCABULARY = [...VERBS, 'checkpoint', 'everything', 'changes', 'änderungen', 'happened', 'yesterday', 'passiert', 'gestern', 'aufgabe', 'task']
/** Shorter words are too near to others. */
const NEAR_LENGTH = 4

/** The word, or the one of the orders' words it is one or two letters away from. */
function nearestWord(word: string): string {
  const lower = word.toLowerCase().replace(ENDS, '')
  if (lower.length < NEAR_LENGTH || VOCABULARY.includes(lower)) return word
  const reach = lower.length >= 8 ? 2 : 1
  return VOCABULARY.find((known) => Math.abs(known.length - lower.length) <= reach && distance(known, lower) <= reach) ?? word
}

/** Levenshtein distance: single-character insertions, deletions and substitutions. */
export function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, char] of Array.from(a).entries()) {
    const next = [i + 1]
    for (const [j, other] of Array.from(b).entries())
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (char === other ? 0 : 1)))
    row = next
  }
  return row.at(-1) ?? 0
}
