/** Sizes and contents of objects of the store, many in one command. */
import { LughError } from '#core'
import { own } from './command.ts'
import type { Context, Options } from './command.ts'

/** Bytes of each object, by name. Throws when one is missing: a tree that is not whole may not be judged. */
export async function sizesOf(context: Context, store: string, names: readonly string[]): Promise<Map<string, number>> {
  const wanted = [...new Set(names)]
  if (wanted.length === 0) return new Map()
  const { stdout } = await own(context, store, ['cat-file', '--batch-check=%(objectname) %(objectsize)'], { stdin: `${wanted.join('\n')}\n` })
  const sizes = stdout
    .trimEnd()
    .split('\n')
    .map((line): [string, number] => {
      const [name = '', size = ''] = line.split(' ')
      if (!/^\d+$/.test(size)) throw new LughError('git.failed', 'An object of the change is missing.', { detail: line })
      return [name, Number(size)]
    })
  return new Map(sizes)
}

/** Contents of (small) blobs as Latin-1, by name. */
export async function readBlobs(
  context: Context,
  store: string,
  names: readonly string[],
  options: Pick<Options, 'outputBytes'> = {},
): Promise<Map<string, string>> {
  const wanted = [...new Set(names)]
  if (wanted.length === 0) return new Map()
  const { raw } = await own(context, store, ['cat-file', '--batch=%(objectname) %(objectsize)'], { stdin: `${wanted.join('\n')}\n`, ...options })
  const text = Buffer.from(raw).toString('latin1')
  const blobs = new Map<string, string>()
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\n', at)
    const [name = '', size = ''] = text.slice(at, end).split(' ')
    if (!/^\d+$/.test(size)) throw new LughError('git.failed', 'An object of the change is missing.', { detail: name })
    blobs.set(name, text.slice(end + 1, end + 1 + Number(size)))
    at = end + 1 + Number(size) + 1
  }
  return blobs
}
