/** A command line as its words: quotes and backslashes as in a shell, and nothing else of one, so that no prompt can ever be more than a word. */

/** The words; undefined when a quote does not end. */
export function splitCommand(line: string): string[] | undefined {
  const words: string[] = []
  let word: string | undefined
  let quote = ''
  for (let at = 0; at < line.length; at++) {
    const letter = line.charAt(at)
    if (quote !== '' && letter === quote) quote = ''
    else if (letter === '\\' && quote !== "'" && at + 1 < line.length) word = (word ?? '') + line.charAt(++at)
    else if (quote === '' && (letter === '"' || letter === "'")) {
      quote = letter
      word ??= ''
    } else if (quote === '' && /\s/u.test(letter)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = (word ?? '') + letter
  }
  if (word !== undefined) words.push(word)
  return quote === '' ? words : undefined
}
