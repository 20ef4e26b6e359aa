/** What a change touches that the plan it was said Go to does not speak of. Pure. */
import { basename, dirname } from 'node:path/posix'
import type { Change } from '#db'

const ADDRESS = /\w+:\/\/\S+/gu
/** `cart.ts`, `src/cart.test.ts`, `docs/`; not `Node.js` or `and/or`. */
const NAMES_FILE = /^(?![A-Z][a-z]+\.js$)(?:.*\/$|.{2,}\.[a-z][a-z0-9]{0,5}$)/u
/** Kinds of files that a step speaks of without a name. */
const KINDS: readonly (readonly [said: RegExp, path: RegExp])[] = [
  [/^(?:tests?|specs?)$/u, /(?:^|[/._-])(?:tests?|specs?|__tests__)(?:[/._-]|$)/u],
  [/^(?:docs?|documentation|readme|changelog|notes)$/u, /(?:^|\/)docs?\/|\.(?:md|rst|adoc|txt)$/u],
  [
    /^(?:dependency|dependencies|install|lockfile|packages?)$/u,
    /(?:^|\/)(?:package\.json|[\w.-]*lock[\w.-]*|go\.(?:mod|sum)|requirements[\w.-]*\.txt|pyproject\.toml)$/u,
  ],
]
/** A shorter name ("a", "db") is a word of too many sentences to mean the file. */
const LEAST_STEM = 3

/**
 * The paths of a change that no step names: by path, folder, name with or without its ending, or kind. Undefined where the steps name no file
 * at all, since then nothing can be said to be outside.
 */
export function outsidePlan(steps: readonly string[], files: Change['files']): string[] | undefined {
  const words = steps.flatMap((step) =>
    step
      .replaceAll(ADDRESS, ' ')
      .split(/[\s`'",;:()]+/u)
      .map((word) => word.replace(/[.!?]+$/u, '')),
  )
  if (!words.some((word) => NAMES_FILE.test(word))) return undefined
  const said = new Set(words.map((word) => word.toLowerCase()))
  return files.map(({ path }) => path).filter((path) => !isSpokenOf(said, path.toLowerCase()))
}

function isSpokenOf(said: ReadonlySet<string>, path: string): boolean {
  const stem = basename(path).replace(/^\.+/u, '').split('.')[0] ?? ''
  if (stem.length >= LEAST_STEM && said.has(stem)) return true
  if (tails(path).some((tail) => said.has(tail))) return true
  if (folders(path).some((folder) => tails(folder).some((tail) => said.has(`${tail}/`) || (tail.includes('/') && said.has(tail))))) return true
  return KINDS.some(([words, kind]) => kind.test(path) && [...said].some((word) => words.test(word)))
}

/** The path and its ends: `src/shop/cart.ts`, `shop/cart.ts`, `cart.ts`. */
function tails(path: string): string[] {
  const parts = path.split('/')
  return parts.map((_, at) => parts.slice(at).join('/'))
}

/** The folders a path lies in, the nearest first. */
function folders(path: string): string[] {
  const folder = dirname(path)
  return folder === '.' ? [] : [folder, ...folders(folder)]
}
