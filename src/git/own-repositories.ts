/**
 * Makes a project's base, store and workshop: each whole or absent, because it is built aside and renamed into place.
 * The workshop is written here only before any agent has seen it.
 */
import { existsSync } from 'node:fs'
import { appendFile, mkdir, rename, writeFile } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { own } from './command.ts'
import type { Context } from './command.ts'
import type { Places } from './places.ts'

export type ObjectFormat = 'sha1' | 'sha256'

/** Makes what is missing of base, store and workshop. Safe to repeat and after a kill. */
export async function makeOwnRepositories(context: Context, places: Places, format: ObjectFormat): Promise<void> {
  for (const folder of [places.worktrees, places.scratch, places.sandboxHome]) await mkdir(folder, { recursive: true, mode: 0o700 })
  await makeBare(context, places, places.base, format, '')
  await makeBare(context, places, places.store, format, STORE)
  await makeBare(context, places, places.workshop, format, WORKSHOP)
}

/** Makes the workshop when it is missing. */
export async function makeWorkshop(context: Context, places: Places): Promise<void> {
  if (!existsSync(places.workshop)) await makeBare(context, places, places.workshop, await objectFormat(context, places), WORKSHOP)
}

/** What objects are named by in a project's own repositories. */
export async function objectFormat(context: Context, places: Places): Promise<ObjectFormat> {
  const { stdout } = await own(context, places.base, ['rev-parse', '--show-object-format'])
  return stdout.trim() === 'sha256' ? 'sha256' : 'sha1'
}

/** Stat data must be compared in full: an agent can set a modification time, but not a change time. NTFS and HFS names are judged on the diff. */
const STORE = `[core]
	trustctime = true
	checkStat = default
	protectNTFS = false
	protectHFS = false
[uploadpack]
	allowAnySHA1InWant = true
`

/** Agents commit here as they like; nothing tidies behind their backs. */
const WORKSHOP = `[user]
	name = Lugh agent
	email = agent@lugh.localhost
[gc]
	auto = 0
[maintenance]
	auto = false
[advice]
	detachedHead = false
`

/** Makes the git directory of byte-for-byte copies when it is missing. */
export async function makeRaw(context: Context, places: Places): Promise<void> {
  if (!existsSync(places.raw)) await makeBare(context, places, places.raw, await objectFormat(context, places), STORE)
}

/** These win over every attribute of a repository: no line ending, keyword, filter or encoding is converted. */
const RAW_ATTRIBUTES = '* -text -ident -filter !eol !working-tree-encoding !diff\n'

async function makeBare(context: Context, places: Places, path: string, format: ObjectFormat, config: string): Promise<void> {
  if (existsSync(path)) return
  const aside = join(places.scratch, `new-${randomBytes(6).toString('hex')}.git`)
  await mkdir(aside)
  await own(context, aside, ['init', '--quiet', '--bare', '--template=', `--object-format=${format}`, '--initial-branch=lugh-none'])
  await appendFile(join(aside, 'config'), config)
  await mkdir(join(aside, 'info'), { recursive: true })
  await mkdir(join(aside, 'objects', 'info'), { recursive: true })
  if (path !== places.base) await writeFile(join(aside, 'objects', 'info', 'alternates'), '../../base.git/objects\n')
  // No attribute of a repository may decide what counts as text: a committed `*.js -diff` would hide changes.
  if (path === places.store) await writeFile(join(aside, 'info', 'attributes'), '* !diff\n')
  if (path === places.raw) await writeFile(join(aside, 'info', 'attributes'), RAW_ATTRIBUTES)
  await rename(aside, path)
}
