/** Ranks lines that hold some of the words asked for: files that speak of more of them, and of the rarer ones, come first. Pure. */

export type FoundLine = { readonly path: string; readonly line: number; readonly text: string }
export type Place = { readonly path: string; readonly line: number; readonly lines: { line: number; text: string }[]; readonly score: number }

/** Lines shown of one file. */
const LINES = 5
/** A word in a file's name says what the file is for: worth several lines of it. */
const IN_NAME = 3
/** Tests and generated files speak of everything. */
const ASIDE =
  /(?:^|\/)(?:tests?|__tests__|fixtures|vendor|dist|node_modules)\/|\.(?:test|spec|min|lock)\.|(?:^|\/)(?:package-lock\.json|yarn\.lock)$/u
const ASIDE_SHARE = 0.5

/** The best `limit` files, each with its best lines and the first of these as its place. A word counts by how few files have it. */
export function rankLines(lines: readonly FoundLine[], words: readonly string[], limit: number): Place[] {
  const files = new Map<string, FoundLine[]>()
  for (const found of lines) files.set(found.path, [...(files.get(found.path) ?? []), found])
  const has = (text: string, word: string): boolean => text.toLowerCase().includes(word)
  const weights = new Map(
    words.map((word) => {
      const holding = [...files.values()].filter((found) => found.some(({ text }) => has(text, word))).length
      return [word, Math.log(1 + files.size / (1 + holding))]
    }),
  )
  const worth = (text: string): number => words.reduce((sum, word) => sum + (has(text, word) ? (weights.get(word) ?? 0) : 0), 0)
  return [...files]
    .map(([path, found]) => {
      const best = found.toSorted((a, b) => worth(b.text) - worth(a.text) || a.line - b.line).slice(0, LINES)
      const score = worth(found.map(({ text }) => text).join('\n')) + worth(best[0]?.text ?? '') + IN_NAME * worth(path) + Math.log(found.length) / 10
      return {
        path,
        line: best[0]?.line ?? 1,
        lines: best.map(({ line, text }) => ({ line, text })),
        score: Math.round(score * (ASIDE.test(path) ? ASIDE_SHARE : 1) * 1000) / 1000,
      }
    })
    .toSorted((a, b) => b.score - a.score || (a.path < b.path ? -1 : 1))
    .slice(0, limit)
}
