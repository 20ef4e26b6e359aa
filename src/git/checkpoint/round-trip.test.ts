/** What a checkpoint keeps of a worktree comes back byte for byte, whatever was in it; what it does not keep is named and left alone. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { chance, type Chance } from '../../../test/support/chance.ts'
import { placesOf } from '../places.ts'
import type { SavedWorktree } from '../port.ts'
import { disturb, generate, type Generated } from '../testing/generated.ts'
import { commitAll, fingerprint, openScene, person, type Scene } from '../testing/scene.ts'

const LONG = process.env['LUGH_TEST_LONG'] === '1'
const REPOSITORIES = LONG ? 100 : 6
/** R14 promises so much for 5,000 files; the short form has fewer, and no time of its own on a machine with company. */
const MANY = LONG ? 5000 : 800
const MANY_WITHIN_MS = 3000
const SUBMODULE = 'b'.repeat(40)
/** What real repositories hold; the hundred of the long form must have met each of them. */
const KINDS = [
  'mode',
  'symlink',
  'CRLF',
  'Unicode name',
  'binary',
  'LFS pointer',
  'untracked',
  'ignored',
  'nested',
  'submodule',
  'empty folder',
] as const
type Kind = (typeof KINDS)[number]

/** Which of them one worktree holds. */
function kindsOf({ committed, changed, ignored, nested, empty }: Generated, withSubmodule: boolean): Kind[] {
  const files = Object.entries({ ...committed, ...changed })
  const some = (is: (file: (typeof files)[number][1], name: string) => boolean): boolean => files.some(([name, file]) => is(file, name))
  const has: Record<Kind, boolean> = {
    mode: some((file) => typeof file === 'object' && file !== null && 'run' in file),
    symlink: some((file) => typeof file === 'object' && file !== null && 'link' in file),
    CRLF: some((file) => typeof file === 'string' && file.includes('\r\n')),
    'Unicode name': some((_, name) => /\P{ASCII}/u.test(name)),
    binary: some((file) => Buffer.isBuffer(file)),
    'LFS pointer': some((file) => typeof file === 'string' && file.startsWith('version https://git-lfs')),
    untracked: Object.keys(changed).some((name) => !(name in committed) && !ignored.includes(name)),
    ignored: ignored.length > 0,
    nested: nested.length > 0,
    submodule: withSubmodule,
    'empty folder': empty.length > 0,
  }
  return KINDS.filter((kind) => has[kind])
}

/** Files, links and modes; without what no checkpoint holds. */
function held(path: string, { nested, ignored }: Generated): Record<string, string> {
  const all = fingerprint(path, ['.git', ...ignored, ...nested])
  return Object.fromEntries(Object.entries(all).filter(([, kind]) => kind !== 'folder'))
}

/** What the person's own git says of it. */
function said(path: string): string[] {
  return [
    ['log', '--format=%H %s'],
    ['status', '--porcelain=v1', '-z'],
    ['diff', '--raw', '--ignore-submodules=all', 'HEAD'],
    ['diff', '--cached', '--raw'],
  ].map((args) => person(path, args))
}

async function roundTrip(scene: Scene, at: string, dice: Chance, many: number): Promise<{ kinds: readonly Kind[]; ms: number }> {
  const generated = generate(dice, many)
  const theirs = join(scene.root, at)
  mkdirSync(theirs)
  person(theirs, ['init', '-q', '-b', 'main'])
  const withSubmodule = dice.next() < 0.3
  commitAll(theirs, 'first', generated.committed)
  if (withSubmodule) {
    person(theirs, ['update-index', '--add', '--cacheinfo', `160000,${SUBMODULE},module`])
    person(theirs, ['commit', '-q', '-m', 'a submodule'])
  }
  const repository = scene.project('path', theirs)
  const { git } = scene
  await git.addRepository(repository)
  const base = await git.fetch(repository, 'main')
  const path = scene.worktree(at)
  await git.createWorktree(repository, { path, branch: `lugh/${at}`, base })
  disturb(path, generated, dice)
  const before = fingerprint(path)
  const began = performance.now()
  const saved = await git.checkpoints.saveWorktree(repository, { path, base })
  let ms = performance.now() - began
  expect(fingerprint(path), 'saving reads only').toEqual(before)
  expect(saved.emptyFolders, 'empty folders are named').toEqual(expect.arrayContaining([...generated.empty]))
  expect(saved.nested, 'repositories within are named').toEqual(expect.arrayContaining([...generated.nested, ...(withSubmodule ? ['module'] : [])]))
  const keeping = performance.now()
  const { commit } = await git.checkpoints.keep(repository, {
    name: at,
    date: 1,
    message: at,
    holds: [{ path: 'files', tree: saved.tree }, ...(saved.index === undefined ? [] : [{ path: 'staged', tree: saved.index }])],
    commits: [base, ...(saved.head === undefined ? [] : [saved.head])],
  })
  ms += performance.now() - keeping
  expect(await git.checkpoints.verify(repository, at, commit)).toBeUndefined()
  const stored = person(placesOf(scene.home, repository.projectId).store, ['--git-dir=.', 'ls-tree', '-rz', '--name-only', saved.tree]).split('\0')
  for (const name of generated.ignored) expect(stored).not.toContain(name)
  const again = scene.worktree(`${at}-again`)
  const { tree, head, index } = saved
  await git.createWorktree(repository, { path: again, branch: `lugh/${at}-again`, base, tree, head, index, raw: true })
  expect(held(again, generated), 'byte for byte').toEqual(held(path, generated))
  expect(said(again).slice(0, 1)).toEqual(said(path).slice(0, 1))
  expect(said(again)[3]).toEqual(said(path)[3])
  const same = ({ tree, head, index }: SavedWorktree): unknown => ({ tree, head, index })
  if (generated.nested.length === 0) expect(same(await git.checkpoints.saveWorktree(repository, { path: again, base }))).toEqual(same(saved))
  expect(fingerprint(path), 'restoring touches nothing else').toEqual(before)
  return { kinds: kindsOf(generated, withSubmodule), ms }
}

test('generated repositories come back byte for byte', { timeout: LONG ? 3_600_000 : 120_000 }, async () => {
  await using scene = await openScene()
  const met = new Set<Kind>()
  for (let n = 0; n < REPOSITORIES; n++) {
    const dice = chance(Number(process.env['LUGH_TEST_SEED'] ?? 20_261_100) + n)
    const { kinds, ms } = await roundTrip(scene, `r${n}`, dice, n === 0 ? MANY : 0).catch((error: unknown) => {
      if (error instanceof Error) error.message = `with LUGH_TEST_SEED=${dice.seed}, its first: ${error.message}`
      throw error
    })
    for (const kind of kinds) met.add(kind)
    if (n === 0) console.log(`a checkpoint of ${MANY} files, none of them known before: ${ms.toFixed(0)} ms`)
    if (n === 0 && LONG) expect(ms).toBeLessThan(MANY_WITHIN_MS)
  }
  if (LONG) expect([...met].toSorted()).toEqual(KINDS.toSorted())
})
