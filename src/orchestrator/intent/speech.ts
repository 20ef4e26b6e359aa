/**
 * What people do while they speak that means nothing: they hesitate, say a word twice, and take a number back. Taken out before rules are held
 * against a sentence, so that no rule has to know of it. Pure.
 */
import { numberOf, NUMBER } from './numbers.ts'

/** "uh-huh" and "mhm" are a yes, and the German "er" is somebody; these are nobody's words in either language. */
const HESITATION = /(?<![\p{L}'])(?:u+m+|u+h+(?![ -]?huh)|e+rm|ä+h+m*|ö+h+m*|h+m+)(?![\p{L}'])[ ,.]*/giu

/** The sentence without "um" and "äh", wherever they stand. */
export function withoutHesitation(sentence: string): string {
  const said = sentence.replaceAll(HESITATION, '').trim()
  return said === '' ? sentence : said
}

const TAKEN_BACK =
  '(?:no|nope|wait|sorry|oh|i mean|i meant|make that|rather|nein|nee|ne|quatsch|moment|ich meine?|ich meinte|besser gesagt|entschuldigung)'
const CORRECTION = new RegExp(`(?<![\\p{L}\\d])([TC])\\d{1,9}(?:[ ,.]+${TAKEN_BACK}(?![\\p{L}']))+[ ,.]+(?:[TC](\\d{1,9})|(${NUMBER}))(?!\\d)`, 'giu')

/** Who changes their mind more often has not made it up. */
const CORRECTIONS = 3

/** "T3, no wait, T4" is T4, of a sentence in which tasks stand as `T12`; the last of several counts. */
export function corrected(sentence: string): string {
  let said = sentence
  for (let time = 0; time < CORRECTIONS; time++)
    said = said.replaceAll(CORRECTION, (whole, letter: string, written?: string, spoken?: string) => {
      const number = numberOf(written ?? spoken)
      return number === undefined ? whole : `${letter}${number}`
    })
  return said
}

const TWICE = /(?<![\p{L}'])([\p{L}']{2,})(?:[ ,]+\1(?![\p{L}']))+/giu

/** "no no no" is "no". Nobody's own words are said once only, so this is for sentences that carry none. */
export function once(sentence: string): string {
  return sentence.replaceAll(TWICE, '$1')
}
