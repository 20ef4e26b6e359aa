/**
 * A text that every line must hold which a regular expression can match, read off the expression itself. It is only ever used to leave out
 * files that do not hold it, so where anything is unsure the answer is that there is none.
 */

/** Shorter ones are in nearly every file. */
const SHORTEST = 3
/** Escaped, these are themselves; other escapes are classes, places or codes. */
const PUNCTUATION = /[\^$.*+?()[\]{}|/\\"'`#@!%&=:;,<>~ -]/u
/** Choices and groups may make a part needless; that is not followed. */
const BRANCHES = /[(|]/u

/** The longest such text; undefined when none is certain. */
export function requiredText(pattern: string, ignoreCase: boolean): string | undefined {
  const runs: string[] = []
  let run: string[] = []
  const cut = (): void => {
    runs.push(run.join(''))
    run = []
  }
  const letters = Array.from(pattern)
  for (let at = 0; at < letters.length; at += 1) {
    const letter = letters[at] ?? ''
    if (letter === '\\') {
      const escaped = letters[++at] ?? ''
      if (PUNCTUATION.test(escaped)) run.push(escaped)
      else if (/[wWdDsSbB]/u.test(escaped)) cut()
      else return undefined
    } else if (BRANCHES.test(letter) || letter === '{' || letter === '}' || letter === '\n') return undefined
    else if (letter === '[') {
      const end = letters.indexOf(']', at + 1)
      // A bracket with an escape or with one of its own in it may end elsewhere.
      if (end < 0 || letters.slice(at + 1, end).some((each) => each === '\\' || each === '[') || end === at + 1) return undefined
      at = end
      cut()
    } else if (letter === '*' || letter === '?') {
      run.pop()
      cut()
    } else if (letter === '+' || letter === '.' || letter === '^' || letter === '$') cut()
    else run.push(letter)
  }
  cut()
  const [longest = ''] = runs.toSorted((a, b) => b.length - a.length)
  // Beyond ASCII programs disagree about which letters are the same.
  if (longest.length < SHORTEST || (ignoreCase && !/^[ -~]*$/u.test(longest)) || !longest.isWellFormed()) return undefined
  return longest
}
