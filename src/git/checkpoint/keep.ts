/**
 * Ties a checkpoint together: one commit whose tree holds everything and whose parents are the commits it names, under one
 * reference of the store. git writes the reference last, so a checkpoint is whole or absent.
 */
import { LughError, crashPoint } from '#core'
import type { ObjectName } from '#core'
import { objectName, own } from '../command.ts'
import type { Context } from '../command.ts'
import { placesOf } from '../places.ts'
import type { Kept, Repository } from '../port.ts'

/** Rows of many large tasks. */
const KEEP_TIMEOUT_MS = 600_000
/** Paths are Lugh's own words and ids, so that none needs quoting. */
const PATH = /^[\w.-]+(\/[\w.-]+)*$/
const NAME = /^[\w-]+$/

type Keeping = {
  readonly name: string
  readonly date: number
  readonly message: string
  readonly holds: readonly Kept[]
  readonly commits: readonly ObjectName[]
}

/** The reference a checkpoint hangs on. */
export function refOfCheckpoint(name: string): string {
  if (!NAME.test(name))
    throw new LughError('internal', 'Something went wrong inside Lugh; the log has the details.', { detail: `checkpoint name ${name}` })
  return `refs/lugh/checkpoints/${name}`
}

/** See `Checkpoints.keep`. The reference is only ever made, never moved: of two who keep the same one, both get the first. */
export async function keep(context: Context, repository: Repository, keeping: Keeping): Promise<{ commit: ObjectName; bytes: number }> {
  const { store } = placesOf(context.home, repository.projectId)
  const ref = refOfCheckpoint(keeping.name)
  const before = await tips(context, store)
  if (!before.has(ref)) {
    crashPoint('checkpoint.before-ref')
    // 1: somebody else made the reference meanwhile.
    await own(context, store, ['fast-import', '--quiet', '--done'], { stdin: script(ref, keeping), answers: [1], timeoutMs: KEEP_TIMEOUT_MS })
    crashPoint('checkpoint.after-ref')
  }
  const commit = objectName(await own(context, store, ['rev-parse', '--verify', ref]))
  return {
    commit,
    bytes: await bytesOf(context, store, commit, [...[...before].filter(([name]) => name !== ref).map(([, tip]) => tip), ...keeping.commits]),
  }
}

async function tips(context: Context, store: string): Promise<Map<string, string>> {
  const { stdout } = await own(context, store, ['for-each-ref', '--format=%(refname) %(objectname)', 'refs/lugh/checkpoints'])
  return new Map([...stdout.matchAll(/^(\S+) (\S+)$/gm)].map((match) => [match[1] ?? '', match[2] ?? '']))
}

/** What the store holds for this checkpoint alone, compressed as it lies there. */
async function bytesOf(context: Context, store: string, commit: ObjectName, without: readonly string[]): Promise<number> {
  const stdin = `${commit}\n${without.map((name) => `^${name}\n`).join('')}`
  return Number((await own(context, store, ['rev-list', '--disk-usage', '--objects', '--stdin'], { stdin })).stdout.trim())
}

function script(ref: string, { date, message, holds, commits }: Keeping): Buffer {
  const at = `Lugh <lugh@localhost> ${Math.trunc(date)} +0000`
  const parts = [
    Buffer.from(`commit ${ref}\ncommitter ${at}\n`),
    data(message),
    ...[...new Set(commits)].map((name) => Buffer.from(`merge ${name}\n`)),
  ]
  for (const held of holds) parts.push(...line(held))
  return Buffer.concat([...parts, Buffer.from('\ndone\n')])
}

function line(held: Kept): Buffer[] {
  if (!PATH.test(held.path))
    throw new LughError('internal', 'Something went wrong inside Lugh; the log has the details.', { detail: `checkpoint path ${held.path}` })
  if ('tree' in held) return [Buffer.from(`M 040000 ${held.tree} ${held.path}\n`)]
  if ('blob' in held) return [Buffer.from(`M 100644 ${held.blob} ${held.path}\n`)]
  return [Buffer.from(`M 100644 inline ${held.path}\n`), data(held.text)]
}

function data(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8')
  return Buffer.concat([Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from('\n')])
}
