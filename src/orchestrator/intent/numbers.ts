/** Numbers as they are spoken, in English and German, from one to ninety-nine: who says "task twelve" means T12. Pure. */

const ENGLISH_ONES =
  'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(' ')
const ENGLISH_TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ')
const GERMAN_ONES =
  'eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn'.split(' ')
const GERMAN_TENS = 'zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig'.split(' ')

function spoken(): Map<string, number> {
  const words = new Map<string, number>()
  for (const [index, word] of ENGLISH_ONES.entries()) words.set(word, index + 1)
  for (const [index, word] of GERMAN_ONES.entries()) words.set(word, index + 1)
  // Heard for "zwei" on the phone, and how "fünf" and "dreißig" are spelled without a German keyboard.
  for (const [word, value] of [
    ['zwo', 2],
    ['fuenf', 5],
    ['zwoelf', 12],
    ['dreissig', 30],
  ] as const)
    words.set(word, value)
  for (const [index, ten] of ENGLISH_TENS.entries()) {
    const value = (index + 2) * 10
    words.set(ten, value)
    for (const [one, unit] of ENGLISH_ONES.slice(0, 9).entries()) for (const between of [' ', '-']) words.set(ten + between + unit, value + one + 1)
  }
  for (const [index, ten] of GERMAN_TENS.entries()) {
    const value = (index + 2) * 10
    words.set(ten, value)
    for (const [one, unit] of GERMAN_ONES.slice(0, 9).entries()) words.set(`${unit === 'eins' ? 'ein' : unit}und${ten}`, value + one + 1)
  }
  return words
}

const SPOKEN = spoken()

/** A pattern for a number in digits or words; longer words first, so that "twenty one" is not read as "twenty". */
export const NUMBER = `(?:\\d{1,9}|(?:${[...SPOKEN.keys()].toSorted((a, b) => b.length - a.length).join('|')})(?![\\p{L}\\d]))`

/** `12`, `twelve`, `zwölf` → 12; undefined for anything else, zero too. */
export function numberOf(word: string | undefined): number | undefined {
  if (word === undefined) return undefined
  const value = /^\d{1,9}$/u.test(word) ? Number(word) : SPOKEN.get(word.toLowerCase())
  return value === 0 ? undefined : value
}
