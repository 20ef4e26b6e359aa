/** File patterns (`*.ts`, `src/**`, `{a,b}`) as regular expressions. Linear in what they match: no pattern can make them slow. */

/** Longest pattern; more is a mistake. */
const GLOB_MAX = 200

/** A test for paths relative to the project; a pattern without a slash is tried on the name alone. Undefined when the pattern is too long. */
export function globTest(glob: string): ((path: string) => boolean) | undefined {
  if (glob.length > GLOB_MAX) return undefined
  const patterns = expand(glob.replace(/^\.?\//, ''), 0).map((part) => part.split('/'))
  return (path) =>
    patterns.some((pattern) =>
      pattern.length === 1 ? segmentMatches(pattern[0] ?? '', path.split('/').at(-1) ?? '') : pathMatches(pattern, path.split('/')),
    )
}

/** Brace alternatives written out; at most two levels of them, so that the number stays small. */
function expand(glob: string, level: number): string[] {
  const braces = /\{([^{}]*)\}/.exec(glob)
  if (braces === null || level === 2) return [glob]
  const [whole, inner = ''] = braces
  return inner.split(',').flatMap((choice) => expand(glob.slice(0, braces.index) + choice + glob.slice(braces.index + whole.length), level + 1))
}

/** `**` stands for any number of segments. The usual two-finger walk: go back only to the last star. */
function pathMatches(pattern: readonly string[], path: readonly string[]): boolean {
  return twoFingers(pattern, path, (part) => part === '**', segmentMatches)
}

/** `*` stands for any characters of a segment, `?` for one. */
function segmentMatches(pattern: string, name: string): boolean {
  return twoFingers(
    Array.from(pattern),
    Array.from(name),
    (char) => char === '*',
    (char, other) => char === '?' || char === other,
  )
}

function twoFingers(
  pattern: readonly string[],
  text: readonly string[],
  isStar: (part: string) => boolean,
  equal: (part: string, other: string) => boolean,
): boolean {
  let p = 0
  let t = 0
  let star = -1
  let mark = 0
  while (t < text.length) {
    const part = pattern[p]
    if (part !== undefined && isStar(part)) {
      star = p++
      mark = t
    } else if (part !== undefined && equal(part, text[t] ?? '')) {
      p++
      t++
    } else if (star >= 0) {
      p = star + 1
      t = ++mark
    } else return false
  }
  return pattern.slice(p).every(isStar)
}
