/** Reads what `diff-tree --raw --numstat -z` says into changed files. Pure: bytes in, values out. */
import { LughError } from '#core'
import { fields, readableName } from './bytes.ts'
import type { ChangedFile } from './port.ts'

/** A changed file with what only this room needs: object names, and the name as bytes (Latin-1). */
type RawChange = {
  readonly status: ChangedFile['status']
  readonly oldMode: string
  readonly newMode: string
  readonly oldObject: string
  readonly newObject: string
  readonly path: string
  readonly oldPath?: string
}

export type Counted = RawChange & { readonly insertions: number; readonly deletions: number; readonly binary: boolean }

const STATUS: Readonly<Record<string, ChangedFile['status']>> = {
  A: 'added',
  M: 'modified',
  D: 'deleted',
  R: 'renamed',
  C: 'copied',
  T: 'type-changed',
}

/** The changes in git's order. `raw`: the whole output of `diff-tree -r -M --raw --numstat -z`. Throws on anything it does not know. */
export function parseChanges(raw: Uint8Array): Counted[] {
  const parts = fields(raw)
  const changes: RawChange[] = []
  let at = 0
  while (parts[at]?.startsWith(':') === true) {
    const change = parseRaw(parts, at)
    changes.push(change)
    at += change.oldPath === undefined ? 2 : 3
  }
  return changes.map((change) => {
    const [count = '', ...names] = take(parts, at, change.oldPath === undefined ? 1 : 3)
    at += 1 + names.length
    return { ...change, ...parseCount(count) }
  })
}

function take(parts: readonly string[], at: number, count: number): string[] {
  return parts.slice(at, at + count)
}

function parseRaw(parts: readonly string[], at: number): RawChange {
  const [oldMode = '', newMode = '', oldObject = '', newObject = '', letter = ''] = (parts[at] ?? '').slice(1).split(' ')
  const status = STATUS[letter.slice(0, 1)]
  const first = parts[at + 1]
  const second = parts[at + 2]
  if (status === undefined || first === undefined) throw unknown(parts[at] ?? '')
  if (status !== 'renamed' && status !== 'copied') return { status, oldMode, newMode, oldObject, newObject, path: first }
  if (second === undefined) throw unknown(parts[at] ?? '')
  return { status, oldMode, newMode, oldObject, newObject, path: second, oldPath: first }
}

function parseCount(text: string): { insertions: number; deletions: number; binary: boolean } {
  const found = /^(?:(\d+)\t(\d+)|-\t-)\t/.exec(text)
  if (found === null) throw unknown(text)
  return { insertions: Number(found[1] ?? 0), deletions: Number(found[2] ?? 0), binary: found[1] === undefined }
}

function unknown(text: string): LughError {
  return new LughError('git.failed', 'git described a change in a way Lugh does not know.', { detail: readableName(text.slice(0, 200)) })
}
