import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ObjectName } from '#core'
import { worktreeName } from './places.ts'
import { fingerprint, openScene, person, tip, treeFiles, write } from './testing/scene.ts'
import type { Files, Scene } from './testing/scene.ts'

async function ready(files?: Files): Promise<{ scene: Scene; base: ObjectName }> {
  const scene = await openScene(files)
  await scene.git.addRepository(scene.repository)
  return { scene, base: await scene.git.fetch(scene.repository, 'main') }
}

const state = (path: string): string => person(path, ['status', '--porcelain=v1', '--branch'])
const entries = (scene: Scene): string[] =>
  existsSync(join(scene.places.workshop, 'worktrees')) ? readdirSync(join(scene.places.workshop, 'worktrees')) : []
const branches = (scene: Scene): string => person(scene.places.workshop, ['--git-dir=.', 'for-each-ref', '--format=%(refname)'])
const leftovers = (scene: Scene): unknown => [
  entries(scene),
  branches(scene),
  readdirSync(scene.places.worktrees),
  readdirSync(scene.places.scratch),
  existsSync(join(scene.home, 'worktrees')) ? readdirSync(join(scene.home, 'worktrees')) : [],
]

test('a worktree is an ordinary git worktree: status, log, diff and commit work in it', async () => {
  const { scene, base } = await ready()
  await using _ = scene
  const path = scene.worktree('t1')
  await scene.git.createWorktree(scene.repository, { path, branch: 'lugh/t1', base })
  expect(state(path)).toBe('## lugh/t1')
  expect(person(path, ['log', '--format=%s'])).toBe('first')
  write(path, { new: 'n\n' })
  person(path, ['add', '-A'])
  person(path, ['commit', '-qm', 'mine'])
  expect(person(path, ['diff', '--name-only', base])).toBe('new')
  expect(person(scene.places.workshop, ['--git-dir=.', 'worktree', 'list'])).toContain('[lugh/t1]')
  person(scene.places.workshop, ['--git-dir=.', 'fsck', '--strict'])
})

test('made twice it is made once: an agent’s work in it stays', async () => {
  const { scene, base } = await ready()
  await using _ = scene
  const worktree = { path: scene.worktree('t1'), branch: 'lugh/t1', base }
  await scene.git.createWorktree(scene.repository, worktree)
  write(worktree.path, { work: 'w\n' })
  await scene.git.createWorktree(scene.repository, worktree)
  expect(state(worktree.path)).toBe('## lugh/t1\n?? work')
})

test('with a tree its files are those of that tree, and to git they are uncommitted work on base', async () => {
  const { scene, base } = await ready({ a: 'a\n', b: 'b\n', c: 'c\n' })
  await using _ = scene
  const first = scene.worktree('t1')
  await scene.git.createWorktree(scene.repository, { path: first, branch: 'lugh/t1', base })
  write(first, { a: 'changed\n', b: null, 'd/e': 'new\n' })
  const tree = await scene.git.snapshot(scene.repository, first, base)
  const second = scene.worktree('t2')
  await scene.git.createWorktree(scene.repository, { path: second, branch: 'lugh/t2', base, tree })
  expect(state(second)).toBe('## lugh/t2\n M a\n D b\n?? d/')
  expect(person(second, ['diff', '--stat', '--cached'])).toBe('')
  expect(await scene.git.snapshot(scene.repository, second, base)).toBe(tree)
})

test('56 made and removed, 8 at once: no failure and nothing left', { timeout: 120_000 }, async () => {
  const { scene, base } = await ready({ a: 'a\n', 'b/c': 'c\n' })
  await using _ = scene
  const lane = async (n: number): Promise<void> => {
    for (let i = 0; i < 7; i++) {
      const worktree = { path: scene.worktree(`t${n}-${i}`), branch: `lugh/t${n}-${i}`, base }
      await scene.git.createWorktree(scene.repository, worktree)
      if (i === 0) expect(state(worktree.path)).toBe(`## ${worktree.branch}`)
      await scene.git.removeWorktree(scene.repository, worktree)
    }
  }
  await Promise.all(Array.from({ length: 8 }, (_, n) => lane(n)))
  expect(leftovers(scene)).toEqual([[], '', [], [], []])
})

test('removing is safe to repeat, and before anything was made', async () => {
  const { scene, base } = await ready()
  await using _ = scene
  const worktree = { path: scene.worktree('t1'), branch: 'lugh/t1', base }
  await scene.git.removeWorktree(scene.repository, worktree)
  await scene.git.createWorktree(scene.repository, worktree)
  mkdirSync(join(worktree.path, 'closed/in'), { recursive: true })
  chmodSync(join(worktree.path, 'closed'), 0)
  await scene.git.removeWorktree(scene.repository, worktree)
  await scene.git.removeWorktree(scene.repository, worktree)
  expect(leftovers(scene)).toEqual([[], '', [], [], []])
})

test('half-made wreckage at the same place is cleared and made anew', async () => {
  const { scene, base } = await ready()
  await using _ = scene
  const worktree = { path: scene.worktree('t1'), branch: 'lugh/t1', base }
  const entry = join(scene.places.workshop, 'worktrees', worktreeName(worktree.path))
  mkdirSync(entry, { recursive: true })
  writeFileSync(join(entry, 'commondir'), '')
  write(worktree.path, { half: 'h\n', '.git': 'gitdir: /nowhere\n' })
  mkdirSync(join(scene.places.workshop, 'refs/heads/lugh'), { recursive: true })
  writeFileSync(join(scene.places.workshop, 'refs/heads/lugh/t1.lock'), '')
  await scene.git.createWorktree(scene.repository, worktree)
  expect(state(worktree.path)).toBe('## lugh/t1')
  expect(readdirSync(worktree.path).toSorted()).toEqual(['.git', 'README.md', 'src'])
})

test('an empty commondir beside it, which stops plain git, does not stop it', async () => {
  const { scene, base } = await ready()
  await using _ = scene
  const entry = join(scene.places.workshop, 'worktrees', 'other')
  mkdirSync(entry, { recursive: true })
  for (const [name, text] of Object.entries({ commondir: '', gitdir: `${join(scene.root, 'other')}/.git\n`, HEAD: 'ref: refs/heads/other\n' }))
    writeFileSync(join(entry, name), text)
  const plain = (): string => person(scene.places.workshop, ['--git-dir=.', 'worktree', 'add', '-q', '--detach', join(scene.root, 'plain'), base])
  expect(plain).toThrow('commondir')
  const path = scene.worktree('t1')
  await scene.git.createWorktree(scene.repository, { path, branch: 'lugh/t1', base })
  expect(state(path)).toBe('## lugh/t1')
  expect(await scene.git.sweep(scene.repository, [path])).toEqual(['removed worktree entry other'])
  expect(plain).not.toThrow()
})

test.each([
  ['its HEAD is gone', (w: string) => rmSync(join(w, 'HEAD'))],
  ['its config is no config', (w: string) => writeFileSync(join(w, 'config'), '[[[')],
  ['it is empty', (w: string) => readdirSync(w).forEach((name) => rmSync(join(w, name), { recursive: true }))],
  ['its worktrees are a file', (w: string) => [rmSync(join(w, 'worktrees'), { recursive: true }), writeFileSync(join(w, 'worktrees'), '')]],
  ['its borrowing is cut', (w: string) => rmSync(join(w, 'objects/info/alternates'))],
  [
    'a branch stands where a folder must',
    (w: string) => [rmSync(join(w, 'refs/heads/lugh'), { recursive: true }), writeFileSync(join(w, 'refs/heads/lugh'), '0'.repeat(40))],
  ],
])('a broken workshop is rebuilt (%s), and the other worktrees are joined to it with their files', async (_name, ruin) => {
  const { scene, base } = await ready()
  await using _ = scene
  const first = { path: scene.worktree('t1'), branch: 'lugh/t1', base }
  await scene.git.createWorktree(scene.repository, first)
  write(first.path, { work: 'w\n' })
  ruin(scene.places.workshop)
  const second = { path: scene.worktree('t2'), branch: 'lugh/t2', base }
  await scene.git.createWorktree(scene.repository, second)
  expect([state(first.path), state(second.path)]).toEqual(['## lugh/t1\n?? work', '## lugh/t2'])
  expect(readdirSync(scene.places.scratch)).toEqual([])
})

test('a worktree whose place in the workshop an agent destroyed is joined again, its commits kept where they are', async () => {
  const { scene, base } = await ready()
  await using _ = scene
  const worktree = { path: scene.worktree('t1'), branch: 'lugh/t1', base }
  await scene.git.createWorktree(scene.repository, worktree)
  write(worktree.path, { work: 'w\n' })
  person(worktree.path, ['add', '-A'])
  person(worktree.path, ['commit', '-qm', 'mine'])
  const mine = tip(worktree.path, 'HEAD')
  const entry = join(scene.places.workshop, 'worktrees', worktreeName(worktree.path))
  writeFileSync(join(entry, 'commondir'), '/somewhere/else\n')
  await scene.git.createWorktree(scene.repository, worktree)
  expect(tip(worktree.path, 'HEAD')).toBe(mine)
  writeFileSync(join(entry, 'index.lock'), '')
  await scene.git.createWorktree(scene.repository, worktree)
  expect(existsSync(join(entry, 'index.lock'))).toBe(false)
})

test('a branch name that is an option, a path or a refspec is refused before anything is made', async () => {
  const { scene, base } = await ready()
  await using _ = scene
  const before = fingerprint(scene.home)
  for (const branch of ['-x', 'a..b', '../x', 'a b', 'x:y', 'x.lock', '', '@{1}', '+x*'])
    await expect(scene.git.createWorktree(scene.repository, { path: scene.worktree('t'), branch, base })).rejects.toMatchObject({
      code: 'input.invalid',
    })
  expect(fingerprint(scene.home)).toEqual(before)
})

test('sweep removes what belongs to no live worktree, repairs the live, and touches nothing foreign', async () => {
  const { scene, base } = await ready()
  await using _ = scene
  const [live, dead] = ['live', 'dead'].map((name) => ({ path: scene.worktree(name), branch: `lugh/${name}`, base }))
  if (live === undefined || dead === undefined) throw new Error('unreachable')
  await scene.git.createWorktree(scene.repository, live)
  await scene.git.createWorktree(scene.repository, dead)
  write(live.path, { work: 'w\n' })
  rmSync(join(scene.places.workshop, 'worktrees', worktreeName(live.path)), { recursive: true })
  const foreign = scene.worktree('foreign')
  write(foreign, { mine: 'm\n' })
  const theirs = fingerprint(scene.theirs)
  expect(await scene.git.sweep(scene.repository, [live.path])).toEqual(
    expect.arrayContaining([`removed worktree ${dead.path}`, `repaired worktree ${live.path}`]),
  )
  expect(state(live.path)).toBe('## lugh/live\n?? work')
  expect([existsSync(dead.path), await readFile(join(foreign, 'mine'), 'utf8')]).toEqual([false, 'm\n'])
  expect(fingerprint(scene.theirs)).toEqual(theirs)
  expect(await scene.git.sweep(scene.repository, [live.path])).toEqual([])
})

test('200 planted wreckages are swept in one go, and nothing foreign with them', async () => {
  const { scene, base } = await ready()
  await using _ = scene
  const live = { path: scene.worktree('live'), branch: 'lugh/live', base }
  await scene.git.createWorktree(scene.repository, live)
  const { workshop, base: baseGit, store } = scene.places
  const longAgo = Date.now() / 1000 - 3600
  for (let i = 0; i < 40; i++) {
    write(
      join(workshop, 'worktrees', `half-${i}`),
      i % 2 === 0 ? { commondir: '' } : { gitdir: '/nowhere/.git\n', commondir: '../..\n', HEAD: 'x\n' },
    )
    write(workshop, { [`lugh-new-${i}/index`]: '', [`refs/heads/w${i}.lock`]: '' })
    utimesSync(join(workshop, `refs/heads/w${i}.lock`), longAgo, longAgo)
    write(baseGit, { [`refs/heads/x${i}.lock`]: '' })
    write(store, { [`objects/pack/tmp_pack_${i}`]: '' })
  }
  const foreign = fingerprint(scene.theirs)
  const did = await scene.git.sweep(scene.repository, [live.path])
  expect([did.length, new Set(did).size]).toEqual([200, 200])
  expect([state(live.path), fingerprint(scene.theirs)]).toEqual(['## lugh/live', foreign])
  expect(await scene.git.sweep(scene.repository, [live.path])).toEqual([])
  for (const gitDir of [workshop, baseGit, store]) person(gitDir, ['--git-dir=.', 'fsck'])
})

test('a fresh lock in a live workshop is left to its owner, and cleared when no worktree is live', async () => {
  const { scene, base } = await ready()
  await using _ = scene
  const live = { path: scene.worktree('live'), branch: 'lugh/live', base }
  await scene.git.createWorktree(scene.repository, live)
  write(scene.places.workshop, { 'packed-refs.lock': '' })
  expect(await scene.git.sweep(scene.repository, [live.path])).toEqual([])
  expect(await scene.git.sweep(scene.repository, [])).toEqual([`removed worktree ${live.path}`])
  expect(existsSync(join(scene.places.workshop, 'packed-refs.lock'))).toBe(false)
})

test('sweep of a project that was never made does nothing', async () => {
  await using scene = await openScene()
  expect(await scene.git.sweep(scene.repository, [])).toEqual([])
})

test('removing the project removes Lugh’s copies and nothing of the person’s', async () => {
  const { scene, base } = await ready()
  await using _ = scene
  await scene.git.createWorktree(scene.repository, { path: scene.worktree('t1'), branch: 'lugh/t1', base })
  mkdirSync(join(scene.places.workshop, 'closed/in'), { recursive: true })
  chmodSync(join(scene.places.workshop, 'closed'), 0)
  const before = fingerprint(scene.theirs)
  await scene.git.removeRepository(scene.repository)
  await scene.git.removeRepository(scene.repository)
  expect([existsSync(scene.places.root), existsSync(scene.worktree('t1')), fingerprint(scene.theirs)]).toEqual([false, false, before])
})

test('materialise writes exactly the tree, and only into an empty folder', async () => {
  const { scene, base } = await ready({ a: 'a\n', run: { run: 'r\n' }, 'd/l': { link: '../a' } })
  await using _ = scene
  const tree = await scene.git.treeOf(scene.repository, base)
  const at = join(scene.home, 'tests', 'x')
  await scene.git.materialise(scene.repository, tree, at)
  expect(fingerprint(at)).toEqual(fingerprint(scene.theirs, ['.git']))
  await expect(scene.git.materialise(scene.repository, tree, at)).rejects.toMatchObject({ code: 'conflict' })
  expect(treeFiles(scene.places.store, tree)).toMatchObject({ '100755 run': 'r' })
})
