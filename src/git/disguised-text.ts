/** Text that a few NUL bytes make git call binary: a script runs all the same, so it must be shown as the text it is. */
import { isUtf8 } from 'node:buffer'
import type { Counted } from './changed-files.ts'
import { readable, toBytes } from './bytes.ts'
import { own } from './command.ts'
import type { Context } from './command.ts'
import { readBlobs } from './objects.ts'

/** Larger than this a file with NUL bytes is taken at git's word. */
const MAX_BYTES = 256 * 1024
/** Each costs a command of its own; a change full of them is named as binaries. */
const MAX_FILES = 50
/** Pictures and programs have far more NUL bytes, or are no UTF-8 without them. */
const MAX_NUL_SHARE = 0.05

/** What to show in place of git's "Binary files differ", and the lines it counts. */
export type Unveiled = { readonly hunks: string; readonly insertions: number; readonly deletions: number }

/** The changes among `changes` that git calls binary and that are text but for some NUL bytes. */
export async function unveil(
  context: Context,
  store: string,
  trees: readonly string[],
  changes: readonly Counted[],
  sizes: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<Counted, Unveiled>> {
  const small = changes.filter((change) => change.binary && objectsOf(change).every((name) => (sizes.get(name) ?? 0) <= MAX_BYTES))
  const blobs = await readBlobs(context, store, small.flatMap(objectsOf))
  const texts = small.filter((change) => objectsOf(change).every((name) => isMostlyText(toBytes(blobs.get(name) ?? '')))).slice(0, MAX_FILES)
  const unveiled = new Map<Counted, Unveiled>()
  for (const change of texts) {
    const hunks = await hunksOf(context, store, trees, change)
    if (hunks !== undefined) unveiled.set(change, hunks)
  }
  return unveiled
}

function objectsOf({ oldObject, newObject }: Counted): string[] {
  return [oldObject, newObject].filter((name) => !/^0+$/.test(name))
}

function isMostlyText(content: Buffer): boolean {
  const rest = content.filter((byte) => byte !== 0)
  return content.length - rest.length <= content.length * MAX_NUL_SHARE && isUtf8(rest)
}

async function hunksOf(context: Context, store: string, trees: readonly string[], change: Counted): Promise<Unveiled | undefined> {
  const paths = [change.path, ...(change.oldPath === undefined ? [] : [change.oldPath])].map((path) => toBytes(path))
  if (!paths.every((path) => isUtf8(path))) return undefined // such a name cannot be put on a command line
  const args = ['diff-tree', '-r', '-M', '--patch', '--text', '--no-color', '--no-ext-diff', '--no-textconv', ...trees, '--', ...paths.map(String)]
  const lines = readable((await own(context, store, args)).raw).split('\n')
  const from = lines.findIndex((line) => line.startsWith('--- '))
  if (from < 0) return undefined
  const hunks = lines.slice(from, -1)
  const count = (sign: string): number => hunks.slice(2).filter((line) => line.startsWith(sign)).length
  return { hunks: hunks.join('\n'), insertions: count('+'), deletions: count('-') }
}
