/** Proves a checkpoint whole before anything is written from it: its reference, and every object of it read and hashed again. */
import { createHash, type Hash } from 'node:crypto'
import type { ObjectName } from '#core'
import { own } from '../command.ts'
import type { Context } from '../command.ts'
import { GitFailed } from '../failure.ts'
import { placesOf } from '../places.ts'
import type { Repository } from '../port.ts'
import { refOfCheckpoint } from './keep.ts'

/** Reading every file of a large project again. */
const VERIFY_TIMEOUT_MS = 600_000
/** A name, a type and a size are some eighty. */
const HEADER_BYTES = 200

/**
 * See `Checkpoints.verify`. Of the commits it names the trees are read whole, their older history is not: a restore never
 * looks at it. `rev-list --verify-objects` would do the same in one command, but passes over a damaged checksum at the end of
 * a file (git 2.39), which a checkout then refuses half-way.
 */
export async function verify(context: Context, repository: Repository, name: string, commit: ObjectName): Promise<string | undefined> {
  const { store } = placesOf(context.home, repository.projectId)
  try {
    const { stdout: found } = await own(context, store, ['rev-parse', '--quiet', '--verify', refOfCheckpoint(name)], { answers: [1] })
    if (found.trim() !== commit) return found.trim() === '' ? 'its reference is gone' : 'its reference names something else'
    const wrong = await firstWrong(context, store, await objectsOf(context, store, commit))
    return wrong === undefined ? undefined : `object ${wrong} is missing or damaged`
  } catch (error) {
    if (error instanceof GitFailed && !error.retryable) return 'an object of it is missing or damaged'
    throw error
  }
}

async function objectsOf(context: Context, store: string, commit: ObjectName): Promise<string[]> {
  const { stdout: header } = await own(context, store, ['cat-file', 'commit', commit])
  const tips = [...header.matchAll(/^parent ([0-9a-f]+)$/gm)].map((match) => match[1] ?? '')
  const { raw } = await own(context, store, ['rev-list', '--objects', '--no-object-names', '--no-walk', commit, ...tips], {
    timeoutMs: VERIFY_TIMEOUT_MS,
  })
  return [...new Set(Buffer.from(raw).toString('latin1').split('\n'))].filter((name) => name !== '')
}

/** Reads each object as a checkout would and hashes it as git does, piece by piece. Answers the first that is not what its name says. */
async function firstWrong(context: Context, store: string, names: readonly string[]): Promise<string | undefined> {
  const check = new Check(names)
  const stdin = names.map((name) => `${name}\n`).join('')
  await own(context, store, ['cat-file', '--batch', '--buffer'], { stdin, timeoutMs: VERIFY_TIMEOUT_MS, onStdout: (chunk) => check.take(chunk) })
  return check.wrong ?? check.missing
}

const NEWLINE = 10

/**
 * Follows what `git cat-file --batch` prints, `<name> <type> <size>`, the object and a newline for each name, and holds no more than a line
 * of it: an object may be a gigabyte, and one that was made to harm says that it is a thousand.
 */
class Check {
  wrong: string | undefined
  readonly #names: readonly string[]
  #at = 0
  #line = ''
  #left = -1
  #hash: Hash | undefined

  constructor(names: readonly string[]) {
    this.#names = names
  }

  /** The first of which nothing, or not all, was printed. */
  get missing(): string | undefined {
    return this.#names[this.#at]
  }

  take(chunk: Uint8Array): void {
    let from = 0
    while (from < chunk.length && this.wrong === undefined) from = this.#hash === undefined ? this.#header(chunk, from) : this.#body(chunk, from)
  }

  #header(chunk: Uint8Array, from: number): number {
    const end = chunk.indexOf(NEWLINE, from)
    this.#line += Buffer.from(chunk.subarray(from, end < 0 ? chunk.length : end)).toString('latin1')
    const name = this.#names[this.#at]
    if (this.#line.length > HEADER_BYTES) this.wrong = name
    if (end < 0) return chunk.length
    const [found, type = '', size = ''] = this.#line.split(' ')
    this.#line = ''
    if (name === undefined || found !== name || !/^\d+$/.test(size)) this.wrong = name ?? found
    this.#left = Number(size)
    this.#hash = createHash(name?.length === 64 ? 'sha256' : 'sha1').update(`${type} ${size}\0`)
    return end + 1
  }

  /** The object and the newline behind it. */
  #body(chunk: Uint8Array, from: number): number {
    const piece = chunk.subarray(from, from + this.#left)
    this.#hash?.update(piece)
    this.#left -= piece.length
    const at = from + piece.length
    if (at === chunk.length) return at
    if (chunk[at] !== NEWLINE || this.#hash?.digest('hex') !== this.#names[this.#at]) this.wrong = this.#names[this.#at]
    this.#hash = undefined
    this.#at += 1
    return at + 1
  }
}
