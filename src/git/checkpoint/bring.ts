/**
 * Carries commits and trees between an agent's workshop and the store, as packs. What comes out of the workshop is hostile:
 * git checks every object of it on the way in, and a pack over the cap is refused.
 */
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { LughError, ObjectName } from '#core'
import { own } from '../command.ts'
import type { Context } from '../command.ts'
import { GitFailed } from '../failure.ts'
import { worktreeName } from '../places.ts'
import type { Places } from '../places.ts'
import { GIT, script } from '../workshop.ts'

/** What an agent committed or staged beyond its base; more than this is no source code. */
const MAX_PACK_BYTES = 512 * 1024 ** 2
/** Packs under this are taken apart, so that many small checkpoints do not become many small packs. */
const LOOSE_BYTES = 4 * 1024 ** 2
const UNPACK_TIMEOUT_MS = 600_000
/** Bytes of a pack before its first object; the last four count the objects. */
const PACK_HEADER_BYTES = 12

/**
 * Says what the worktree has checked out and staged, and packs what base does not hold. The base's tree is left out by name, too: of a tree
 * that is asked for by name git otherwise packs everything, since that hangs on no commit (of 5,000 files it took half a second each time).
 * The index is copied first: git would write into it. Prints `head <commit>` and `index <tree>`, each only when there is one.
 * $1 workshop, $2 worktree, $3 name, $4 base commit, $5 where the pack goes.
 */
const SAVE = `w=$1 path=$2 name=$3 base=$4 out=$5
head=$(${GIT} -C "$path" rev-parse -q --verify 'HEAD^{commit}') && printf 'head %s\\n' "$head"
cp "$w/worktrees/$name/index" "$out/index" && index=$(GIT_INDEX_FILE="$out/index" ${GIT} -C "$path" write-tree) && printf 'index %s\\n' "$index"
rm -f "$out/index"
{ [ -z "$head" ] || printf '%s\\n' "$head"; [ -z "$index" ] || printf '%s\\n' "$index"; printf '^%s\\n^%s^{tree}\\n' "$base" "$base"; } |
  ${GIT} --git-dir="$w" pack-objects --revs --stdout --quiet --threads=1 > "$out/pack"
`

/** Takes a pack in. $1 workshop. */
const TAKE = `${GIT} --git-dir="$1" index-pack --stdin --fix-thin > /dev/null`

/** What an agent has checked out and staged; absent where its workshop would not say. */
export type Staged = { readonly head?: ObjectName; readonly index?: ObjectName }

/** Brings the commit a worktree has checked out, and its index as a tree, into the store. */
export async function bringFromWorkshop(context: Context, places: Places, worktree: { path: string; base: ObjectName }): Promise<Staged> {
  const out = join(places.scratch, `pack-${randomBytes(6).toString('hex')}`)
  await mkdir(out, { mode: 0o700 })
  try {
    const args = [places.workshop, worktree.path, worktreeName(worktree.path), worktree.base, out]
    const { stdout } = await script(context, places, SAVE, args, [worktree.path, out])
    const said = (word: string): ObjectName | undefined => ObjectName.safeParse(new RegExp(`^${word} ([0-9a-f]+)$`, 'm').exec(stdout)?.[1]).data
    const staged = { head: said('head'), index: said('index') }
    await takeIn(context, places, await readPack(join(out, 'pack')))
    return await present(context, places, staged)
  } finally {
    await rm(out, { recursive: true, force: true })
  }
}

/**
 * Brings what a restored worktree has checked out and staged into the workshop; the store is no place an agent may read. What it began
 * from comes along where base does not have it: of a checkpoint that was made elsewhere.
 */
export async function bringToWorkshop(
  context: Context,
  places: Places,
  worktree: { base: ObjectName; head?: ObjectName | undefined; index?: ObjectName | undefined },
): Promise<void> {
  const known = await inBase(context, places, worktree.base)
  if (known && worktree.head === undefined && worktree.index === undefined) return
  const without = known ? [`^${worktree.base}`, `^${worktree.base}^{tree}`] : await tipsOfBase(context, places)
  const wanted = [worktree.head, worktree.index, ...(known ? [] : [worktree.base]), ...without].filter((name) => name !== undefined)
  const { raw } = await own(context, places.store, ['pack-objects', '--revs', '--stdout', '--quiet'], {
    stdin: `${wanted.join('\n')}\n`,
    outputBytes: MAX_PACK_BYTES,
    timeoutMs: UNPACK_TIMEOUT_MS,
  })
  if (countObjects(raw) === 0) return
  const { exitCode, stderr } = await script(context, places, TAKE, [places.workshop], [], raw)
  if (exitCode !== 0) throw new LughError('git.broken-workshop', 'What was committed could not be put back.', { detail: stderr.slice(0, 300) })
}

async function inBase(context: Context, places: Places, commit: ObjectName): Promise<boolean> {
  return (await own(context, places.base, ['cat-file', '-e', `${commit}^{commit}`], { answers: [1, 128] })).exitCode === 0
}

async function tipsOfBase(context: Context, places: Places): Promise<string[]> {
  const { stdout } = await own(context, places.base, ['for-each-ref', '--format=^%(objectname)'])
  return stdout.split('\n').filter((line) => line !== '')
}

/** The name may have been made while this was looked at: neither followed when it is a link, nor waited for when it is a pipe. */
async function readPack(path: string): Promise<Uint8Array | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => undefined) // nothing was packed
  if (file === undefined) return undefined
  try {
    const found = await file.stat()
    if (!found.isFile() || found.size > MAX_PACK_BYTES) return undefined
    return await file.readFile()
  } finally {
    await file.close()
  }
}

async function takeIn(context: Context, places: Places, pack: Uint8Array | undefined): Promise<void> {
  if (pack === undefined || countObjects(pack) === 0) return
  const args = pack.length < LOOSE_BYTES ? ['unpack-objects', '-q', '--strict'] : ['index-pack', '--stdin', '--fix-thin', '--strict']
  try {
    await own(context, places.store, args, { stdin: pack, timeoutMs: UNPACK_TIMEOUT_MS })
  } catch (error) {
    // What git refuses of an agent's objects is missing below, and the checkpoint says so; anything else is Lugh's own trouble.
    if (!(error instanceof GitFailed) || error.retryable) throw error
  }
}

function countObjects(pack: Uint8Array): number {
  return pack.length < PACK_HEADER_BYTES ? 0 : new DataView(pack.buffer, pack.byteOffset).getUint32(PACK_HEADER_BYTES - 4)
}

/** Of what the workshop named, what the store now holds whole. */
async function present(context: Context, places: Places, staged: { head: ObjectName | undefined; index: ObjectName | undefined }): Promise<Staged> {
  const kinds = [
    ['head', staged.head, 'commit'],
    ['index', staged.index, 'tree'],
  ] as const
  const names = kinds.flatMap(([, name]) => (name === undefined ? [] : [name]))
  if (names.length === 0) return {}
  const { stdout } = await own(context, places.store, ['cat-file', '--batch-check=%(objectname) %(objecttype)'], { stdin: `${names.join('\n')}\n` })
  return Object.fromEntries(kinds.flatMap(([key, name, type]) => (name !== undefined && stdout.includes(`${name} ${type}\n`) ? [[key, name]] : [])))
}
