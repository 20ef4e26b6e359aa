import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ObjectName } from '#core'
import type { LandingPlan } from './port.ts'
import { fingerprint, openScene, person, tip, write } from './testing/scene.ts'
import type { Scene } from './testing/scene.ts'
import type { Job, Work } from './testing/killed.ts'

/** Does the work in a process of its own that dies at the crash point; fails when it did not die there. */
function killAt(scene: Scene, at: string, work: Work): void {
  const { home, personHome, repository } = scene
  const job: Job = { at, path: '/usr/local/bin:/usr/bin:/bin', home, personHome, repository, work }
  const child = spawnSync(process.execPath, [join(import.meta.dirname, 'testing/killed.ts')], { input: JSON.stringify(job), encoding: 'utf8' })
  expect([child.signal, child.stderr]).toEqual(['SIGKILL', ''])
}

async function ready(): Promise<{ scene: Scene; base: ObjectName; worktree: { path: string; branch: string; base: ObjectName } }> {
  const scene = await openScene({ a: 'a\n', b: 'b\n', gone: 'g\n' })
  await scene.git.addRepository(scene.repository)
  const base = await scene.git.fetch(scene.repository, 'main')
  return { scene, base, worktree: { path: scene.worktree('t1'), branch: 'lugh/t1', base } }
}

test.each(['worktree.after-record', 'worktree.after-checkout', 'worktree.after-attach'])(
  'killed at %s, the worktree is whole after a repeat',
  async (at) => {
    const { scene, worktree } = await ready()
    await using _ = scene
    killAt(scene, at, { do: 'create', ...worktree })
    await scene.git.createWorktree(scene.repository, worktree)
    expect(person(worktree.path, ['status', '--porcelain=v1', '--branch'])).toBe('## lugh/t1')
    expect(readdirSync(scene.places.scratch)).toEqual([])
  },
)

test('killed while a worktree is made, a sweep leaves nothing of it', async () => {
  const { scene, worktree } = await ready()
  await using _ = scene
  killAt(scene, 'worktree.after-attach', { do: 'create', ...worktree })
  expect(await scene.git.sweep(scene.repository, [])).toEqual([`removed worktree ${worktree.path}`])
  expect([existsSync(worktree.path), readdirSync(scene.places.worktrees), readdirSync(join(scene.places.workshop, 'worktrees'))]).toEqual([
    false,
    [],
    [],
  ])
})

test('killed while a worktree is removed, neither a repeat nor making it anew finds the old files', async () => {
  const { scene, worktree } = await ready()
  await using _ = scene
  await scene.git.createWorktree(scene.repository, worktree)
  write(worktree.path, { old: 'o\n' })
  killAt(scene, 'worktree.after-detach', { do: 'remove', ...worktree })
  await scene.git.createWorktree(scene.repository, worktree)
  expect(person(worktree.path, ['status', '--porcelain=v1', '--branch'])).toBe('## lugh/t1')
  await scene.git.removeWorktree(scene.repository, worktree)
  expect(existsSync(worktree.path)).toBe(false)
})

test('killed after the tree was written, a snapshot repeats to the same tree and leaves no lock', async () => {
  const { scene, base, worktree } = await ready()
  await using _ = scene
  await scene.git.createWorktree(scene.repository, worktree)
  write(worktree.path, { new: 'n\n' })
  killAt(scene, 'snapshot.after-tree', { do: 'snapshot', path: worktree.path, base })
  const tree = await scene.git.snapshot(scene.repository, worktree.path, base)
  expect(person(scene.places.store, ['--git-dir=.', 'for-each-ref', '--format=%(objectname)', 'refs/lugh/trees'])).toBe(tree)
  const left = readdirSync(scene.places.scratch).map((name) => join(scene.places.scratch, name))
  expect(left.length).toBe(1)
  for (const path of left) utimesSync(path, 0, 0)
  expect(await scene.git.sweep(scene.repository, [worktree.path])).toHaveLength(1)
  expect(readdirSync(scene.places.scratch)).toEqual([])
})

type Waiting = { scene: Scene; base: ObjectName; commit: ObjectName; work: (plan: LandingPlan) => Extract<Work, { do: 'land' }>; plan: LandingPlan }

async function waiting(fastForward = true, prepare: (theirs: string) => void = () => {}): Promise<Waiting> {
  const { scene, base, worktree } = await ready()
  prepare(scene.theirs)
  const { git, repository } = scene
  await git.createWorktree(repository, worktree)
  write(worktree.path, { a: 'changed a\n', b: 'changed b\n', gone: null, 'd/new': 'new\n', link: { link: 'a' } })
  const tree = await git.snapshot(repository, worktree.path, base)
  const commit = await git.commit(repository, { tree, parent: base, message: 'Result\n', author: { name: 'Mia', email: 'm@x' }, date: 1_700_000_000 })
  const plan = await git.planLanding(repository, 'main', { fastForward, branch: 'lugh/t1' })
  const work = (plan: LandingPlan): Extract<Work, { do: 'land' }> => {
    if (plan.how === 'push') throw new Error('no push here')
    const shown = plan.how === 'checkout' ? { ...plan, otherwise: 'lugh/t1' } : plan
    return { do: 'land', targetBranch: 'main', old: base, commit, message: 'lugh: T1', plan: shown }
  }
  return { scene, base, commit, work, plan }
}

test.each([
  ['land.after-objects', true],
  ['land.after-note', true],
  ['land.after-merge', true],
  ['land.after-act', true],
  ['land.after-objects', false],
  ['land.after-act', false],
])('killed at %s (fast-forward %s), a repeat ends where one life would have', async (at, fastForward) => {
  const { scene, base, commit, work, plan } = await waiting(fastForward)
  await using _ = scene
  killAt(scene, at, work(plan))
  const outcome = await scene.git.land(scene.repository, work(plan))
  expect(outcome).toEqual(
    fastForward
      ? { outcome: 'landed', commit, old: base, how: 'checkout' }
      : { outcome: 'kept', commit, branch: 'lugh/t1', reason: 'fast-forward is off for this project' },
  )
  expect([tip(scene.theirs, fastForward ? 'main' : 'lugh/t1'), person(scene.theirs, ['status', '--porcelain'])]).toEqual([commit, ''])
  expect(person(scene.theirs, ['for-each-ref', '--format=%(refname)'])).toBe(fastForward ? 'refs/heads/main' : 'refs/heads/lugh/t1\nrefs/heads/main')
  expect(existsSync(scene.places.landing)).toBe(false)
})

test('killed at land.after-act of a branch checked out nowhere, a repeat says landed', async () => {
  const { scene, base, commit, work, plan } = await waiting(true, (theirs) => person(theirs, ['checkout', '-qb', 'elsewhere']))
  await using _ = scene
  killAt(scene, 'land.after-act', work(plan))
  expect(await scene.git.land(scene.repository, work(plan))).toEqual({ outcome: 'landed', commit, old: base, how: 'ref' })
})

/** The states a killed `git merge --ff-only` leaves: some files moved, one half-written, then the index, then the reference. */
const HALF: [string, (theirs: string, commit: string) => void][] = [
  ['one file moved', (theirs) => write(theirs, { a: 'changed a\n' })],
  ['one file half-written', (theirs) => write(theirs, { a: 'chang' })],
  ['one file deleted to be written', (theirs) => write(theirs, { a: null })],
  ['a new file and folder there', (theirs) => write(theirs, { 'd/new': 'new\n', a: 'changed a\n' })],
  ['a new link there', (theirs) => write(theirs, { link: { link: 'a' }, gone: null })],
  ['all files and the index moved', (theirs, commit) => person(theirs, ['read-tree', '-m', '-u', 'HEAD', commit])],
]

test.each(HALF)('a fast-forward killed with %s is finished by a repeat', async (_name, leave) => {
  const { scene, base, commit, work, plan } = await waiting()
  await using _ = scene
  killAt(scene, 'land.after-note', work(plan))
  leave(scene.theirs, commit)
  expect(await scene.git.land(scene.repository, work(plan))).toEqual({ outcome: 'landed', commit, old: base, how: 'checkout' })
  expect([tip(scene.theirs, 'main'), person(scene.theirs, ['status', '--porcelain'])]).toEqual([commit, ''])
})

test('the index.lock of a killed fast-forward is cleared; a younger one, somebody else’s, is not', async () => {
  const { scene, commit, work, plan } = await waiting()
  await using _ = scene
  killAt(scene, 'land.after-note', work(plan))
  const lock = join(scene.theirs, '.git/index.lock')
  writeFileSync(lock, '')
  const before = fingerprint(scene.theirs, ['.git/objects', '.git/refs/heads/lugh', '.git/logs/refs/heads/lugh', '.git/ORIG_HEAD'])
  expect(await scene.git.land(scene.repository, work(plan))).toMatchObject({
    outcome: 'kept',
    branch: 'lugh/t1',
    reason: expect.stringContaining('another git command is at work'),
  })
  expect(fingerprint(scene.theirs, ['.git/objects', '.git/refs/heads/lugh', '.git/logs/refs/heads/lugh', '.git/ORIG_HEAD'])).toEqual(before)
  const longAgo = Date.now() / 1000 - 3600
  utimesSync(lock, longAgo, longAgo)
  const note = { checkout: scene.theirs, old: work(plan).old, commit, at: (longAgo - 1) * 1000 }
  writeFileSync(scene.places.landing, JSON.stringify(note))
  expect(await scene.git.land(scene.repository, work(plan))).toMatchObject({ outcome: 'landed' })
})

test.each<[string, (theirs: string) => void]>([
  ['a changed file holds other words', (theirs) => write(theirs, { a: 'my own words\n' })],
  ['another file was changed too', (theirs) => write(theirs, { a: 'changed a\n', '.gitmodules': 'x' }) ?? person(theirs, ['add', '.gitmodules'])],
  ['a new file was in the way', (theirs) => write(theirs, { 'd/new': 'mine\n' })],
])('when after a kill %s, it is left to the person', async (_name, leave) => {
  const { scene, work, plan } = await waiting()
  await using _ = scene
  killAt(scene, 'land.after-note', work(plan))
  leave(scene.theirs)
  const ignore = ['.git/objects', '.git/refs/heads/lugh', '.git/logs/refs/heads/lugh']
  const before = fingerprint(scene.theirs, ignore)
  expect((await scene.git.land(scene.repository, work(plan))).outcome).not.toBe('landed')
  expect(fingerprint(scene.theirs, ignore)).toEqual(before)
  expect(readFileSync(join(scene.theirs, 'b'), 'utf8')).toBe('b\n')
})
