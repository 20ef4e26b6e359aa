/** How deep what a program sends may be nested. Looked at without recursion: what is asked to follow such a value by calls of itself has no stack left. */

/** No tool takes more than three; parsing and telling a value apart follow it by calls of themselves, for which ten thousand are too many. */
export const MAX_ARGUMENT_DEPTH = 100

/** Whether objects and lists stand in each other more than `most` times. */
export function isDeeper(value: unknown, most: number): boolean {
  let level = [value].filter(isHolder)
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth >= most) return true
    level = level.flatMap((holder) => Object.values(holder)).filter(isHolder)
  }
  return false
}

function isHolder(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
