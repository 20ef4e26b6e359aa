/** Files as text: UTF-8 only, kept exactly (byte-order mark, line ends). What is not text is refused politely and never decoded by guess. */
import { posix } from 'node:path'
import { fileError, refusal } from './file-errors.ts'
import { readBytes } from './worktree-files.ts'

/** How much of a file is looked at for a NUL, as git does to tell binary from text. */
const SNIFF_BYTES = 8000
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text of bytes, or undefined when they are none (a NUL early on, or not UTF-8). */
export function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.subarray(0, SNIFF_BYTES).includes(0)) return undefined
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined // not UTF-8: the answer is that it is no text
  }
}

/** Reads a text file of the worktree. Throws LughErrors with a sentence for the model. */
export async function readText(worktree: string, path: string): Promise<{ text: string; bytes: Buffer }> {
  try {
    const bytes = await readBytes(worktree, path)
    const text = textOf(bytes)
    if (text !== undefined) return { text, bytes }
    throw refusal('input.invalid', `${posix.basename(path)} is binary or not UTF-8 (${bytes.length} bytes): these tools handle text only.`)
  } catch (error) {
    throw fileError(error, path)
  }
}
