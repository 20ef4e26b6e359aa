/** Text that a person would read as something else than the shell does: invisible characters, look-alike letters, odd spaces. */

/** Controls, formats, private use, unassigned, and every space but the plain one; tab and newline are the shell's own. */
const UNSEEN = /(?![\t\n ])[\p{C}\p{Z}]/u
/** Letters that look like Latin ones. Alone they are a language; in one word with Latin letters a disguise. */
const LOOKALIKE = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Lisu}\p{Script=Coptic}]/u
const LATIN = /[a-z]/iu
/** Punctuation of other scripts that reads as the shell's own. */
const PUNCTUATION = /[‐-―‘-‟‹›⁄−∕∖∣≀⧵⧸︳-︴﹍-﹫＀-￯；։׃ʹʺˈˊˋ`´']/u
const ASCII_PUNCTUATION = /['`]/gu

/** Whether anything in the text is not what it seems. */
export function isDisguised(text: string): boolean {
  if (UNSEEN.test(text)) return true
  const foreign = text.replaceAll(ASCII_PUNCTUATION, '')
  if (isAscii(foreign)) return false
  if (PUNCTUATION.test(foreign) || /[^\p{ASCII}\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(foreign) || foreign.normalize('NFKC') !== foreign) return true
  return foreign.split(/[^\p{L}\p{M}]+/u).some((word) => LOOKALIKE.test(word) && LATIN.test(word))
}

export function isAscii(text: string): boolean {
  return /^\p{ASCII}*$/u.test(text)
}
