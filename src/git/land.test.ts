import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ObjectName } from '#core'
import type { LandingPlan, LandOutcome } from './port.ts'
import { commitAll, fingerprint, openScene, person, tip, write } from './testing/scene.ts'
import type { Files, Scene } from './testing/scene.ts'

const AUTHOR = { name: 'Mia', email: 'mia@example.org' }

type Ready = {
  scene: Scene
  base: ObjectName
  commit: ObjectName
  plan: () => Promise<LandingPlan>
  land: (plan: LandingPlan) => Promise<LandOutcome>
}

/** A project with a result that waits to be landed: `a` changed, `new` added, `gone` deleted. */
async function waiting(prepare: (scene: Scene) => void = () => {}, change: Files = { a: 'changed\n', new: 'n\n', gone: null }): Promise<Ready> {
  const scene = await openScene({ a: 'a\n', gone: 'g\n', '.gitignore': 'ignored\n' })
  const { git, repository } = scene
  prepare(scene)
  await git.addRepository(repository)
  const base = await git.fetch(repository, 'main')
  const path = scene.worktree('t1')
  await git.createWorktree(repository, { path, branch: 'lugh/t1', base })
  write(path, change)
  const tree = await git.snapshot(repository, path, base)
  const commit = await git.commit(repository, { tree, parent: base, message: 'Result\n', author: AUTHOR, date: 1_700_000_000 })
  return {
    scene,
    base,
    commit,
    plan: () => git.planLanding(repository, 'main', { fastForward: true, branch: 'lugh/t1' }),
    land: (plan) => git.land(repository, { targetBranch: 'main', old: base, commit, plan, message: 'lugh: T1 landed' }),
  }
}

const OBJECTS = ['.git/objects']
const LANDED = [...OBJECTS, '.git/refs/heads/main', '.git/logs/HEAD', '.git/logs/refs/heads/main', '.git/index', '.git/ORIG_HEAD', 'a', 'new', 'gone']

test('a clean checkout is moved forward, and nothing beside what was named changes', async () => {
  const { scene, base, commit, plan, land } = await waiting(({ theirs }) => write(theirs, { untracked: 'u\n', ignored: 'i\n' }))
  await using _ = scene
  const shown = await plan()
  expect(shown).toEqual({
    how: 'checkout',
    checkout: scene.theirs,
    otherwise: 'lugh/t1',
    say: `Merge moves main and its files in ${scene.theirs} (clean now).`,
  })
  const before = fingerprint(scene.theirs, LANDED)
  expect(await land(shown)).toEqual({ outcome: 'landed', commit, old: base, how: 'checkout' })
  expect(fingerprint(scene.theirs, LANDED)).toEqual(before)
  expect(person(scene.theirs, ['status', '--porcelain'])).toBe('?? untracked')
  expect(person(scene.theirs, ['reflog', '-1', '--format=%gs', 'main'])).toBe('lugh: T1 landed: Fast-forward')
  expect(existsSync(join(scene.theirs, '.git/FETCH_HEAD'))).toBe(false)
})

test('a branch checked out nowhere is moved by one update with a reflog entry, and no file of the checkout changes', async () => {
  const { scene, base, commit, plan, land } = await waiting(({ theirs }) => person(theirs, ['checkout', '-qb', 'elsewhere']))
  await using _ = scene
  const shown = await plan()
  const untouched = [...OBJECTS, '.git/refs/heads/main', '.git/logs/refs/heads/main']
  const before = fingerprint(scene.theirs, untouched)
  expect(await land(shown)).toEqual({ outcome: 'landed', commit, old: base, how: 'ref' })
  expect(fingerprint(scene.theirs, untouched)).toEqual(before)
  expect(person(scene.theirs, ['reflog', '-1', '--format=%gs %cn', 'main'])).toBe('lugh: T1 landed Lugh')
  expect(tip(scene.theirs, 'main')).toBe(commit)
})

test('checked out in a linked worktree, that one is moved', async () => {
  const linked = (scene: Scene): string => join(scene.root, 'linked')
  const { scene, commit, plan, land } = await waiting((scene) => {
    person(scene.theirs, ['checkout', '-qb', 'elsewhere'])
    person(scene.theirs, ['worktree', 'add', '-q', linked(scene), 'main'])
  })
  await using _ = scene
  const shown = await plan()
  expect(shown).toMatchObject({ how: 'checkout', checkout: linked(scene) })
  expect(await land(shown)).toMatchObject({ outcome: 'landed', commit })
  expect([person(linked(scene), ['status', '--porcelain']), readFileSync(join(linked(scene), 'a'), 'utf8')]).toEqual(['', 'changed\n'])
})

test.each<[string, (theirs: string) => void, string]>([
  ['changed files', (theirs) => write(theirs, { a: 'mine\n' }), 'has uncommitted changes'],
  ['staged files', (theirs) => [write(theirs, { mine: 'm\n' }), person(theirs, ['add', 'mine'])], 'has uncommitted changes'],
  ['a merge', (theirs) => writeFileSync(join(theirs, '.git/MERGE_HEAD'), person(theirs, ['rev-parse', 'HEAD'])), 'a merge is under way'],
  ['a bisect', (theirs) => person(theirs, ['bisect', 'start']), 'a bisect is under way'],
  ['a rebase', (theirs) => person(theirs, ['-c', 'sequence.editor=echo break >', 'rebase', '-qi', '--root']), 'a rebase is under way'],
])('with %s the checkout is left alone and the result stays as a branch', async (_name, disturb, reason) => {
  const { scene, commit, plan, land } = await waiting()
  await using _ = scene
  disturb(scene.theirs)
  const shown = await plan()
  expect(shown).toMatchObject({ how: 'branch', branch: 'lugh/t1', reason: expect.stringContaining(reason) })
  const made = [...OBJECTS, '.git/refs/heads/lugh', '.git/logs/refs/heads/lugh']
  const before = fingerprint(scene.theirs, made)
  const kept = { outcome: 'kept', commit, branch: 'lugh/t1', reason: expect.stringContaining(reason) }
  expect([await land(shown), await land(shown)]).toEqual([kept, kept])
  expect(fingerprint(scene.theirs, made)).toEqual(before)
  expect(tip(scene.theirs, 'lugh/t1')).toBe(commit)
})

test('an untracked or ignored file in the way is kept, and the result stays as a branch', async () => {
  for (const file of ['new', 'ignored']) {
    const { scene, commit, plan, land } = await waiting(() => {}, { a: 'changed\n', '.gitignore': '\n', [file]: 'from the agent\n' })
    await using _ = scene
    const shown = await plan()
    write(scene.theirs, { [file]: 'precious\n' })
    const made = [...OBJECTS, '.git/refs/heads/lugh', '.git/logs/refs/heads/lugh']
    const before = fingerprint(scene.theirs, made)
    expect(await land(shown)).toEqual({
      outcome: 'kept',
      commit,
      branch: 'lugh/t1',
      reason: `${file} in ${scene.theirs} is in the way and not in git`,
    })
    expect(fingerprint(scene.theirs, made)).toEqual(before)
  }
})

test('with fast-forward off nothing moves: the result is a branch', async () => {
  const { scene, base, commit, land } = await waiting()
  await using _ = scene
  const shown = await scene.git.planLanding(scene.repository, 'main', { fastForward: false, branch: 'lugh/t1' })
  expect(await land(shown)).toEqual({ outcome: 'kept', commit, branch: 'lugh/t1', reason: 'fast-forward is off for this project' })
  expect([tip(scene.theirs, 'main'), tip(scene.theirs, 'lugh/t1')]).toEqual([base, commit])
})

test.each<[string, (theirs: string) => void]>([
  ['the target moved', (theirs) => commitAll(theirs, 'mine', { mine: 'm\n' })],
  ['the target moved back', (theirs) => person(theirs, ['reset', '-q', '--hard', 'HEAD~1'])],
  ['the checkout became dirty', (theirs) => write(theirs, { a: 'mine\n' })],
  ['another branch was checked out', (theirs) => person(theirs, ['checkout', '-qb', 'other'])],
  ['a rebase was begun', (theirs) => person(theirs, ['-c', 'sequence.editor=echo break >', 'rebase', '-qi', '--root'])],
  ['the target is gone', (theirs) => [person(theirs, ['checkout', '-qb', 'other']), person(theirs, ['branch', '-qD', 'main'])]],
])('when %s since it was shown, nothing at all is done', async (_name, disturb) => {
  const { scene, plan, land } = await waiting(({ theirs }) => commitAll(theirs, 'second', { b: 'b\n' }))
  await using _ = scene
  const shown = await plan()
  disturb(scene.theirs)
  const before = fingerprint(scene.theirs)
  expect(await land(shown)).toMatchObject({ outcome: 'stale' })
  expect(fingerprint(scene.theirs)).toEqual(before)
})

test('a branch checked out since it was shown to be free is not moved under its files', async () => {
  const { scene, plan, land } = await waiting(({ theirs }) => person(theirs, ['checkout', '-qb', 'elsewhere']))
  await using _ = scene
  const shown = await plan()
  person(scene.theirs, ['checkout', '-q', 'main'])
  const before = fingerprint(scene.theirs)
  expect(await land(shown)).toMatchObject({ outcome: 'stale' })
  expect(fingerprint(scene.theirs)).toEqual(before)
})

test('a branch of the person’s is never overwritten, whichever name it has', async () => {
  const { scene, base, commit, land } = await waiting(({ theirs }) => person(theirs, ['branch', 'lugh/t1']))
  await using _ = scene
  const shown = await scene.git.planLanding(scene.repository, 'main', { fastForward: false, branch: 'lugh/t1' })
  expect(shown).toMatchObject({ how: 'branch', branch: 'lugh/t1-2' })
  person(scene.theirs, ['branch', 'lugh/t1-2'])
  expect(await land(shown)).toMatchObject({ outcome: 'kept', branch: 'lugh/t1-2-2' })
  expect(['lugh/t1', 'lugh/t1-2', 'lugh/t1-2-2'].map((name) => tip(scene.theirs, name))).toEqual([base, base, commit])
})

test('where "lugh" itself is a branch a flat name is taken', async () => {
  const { scene, commit, land } = await waiting(({ theirs }) => person(theirs, ['branch', 'lugh']))
  await using _ = scene
  const shown = await scene.git.planLanding(scene.repository, 'main', { fastForward: false, branch: 'lugh/t1' })
  expect(await land(shown)).toMatchObject({ outcome: 'kept', branch: 'lugh-t1', commit })
})

test('a broken checkout of another branch is no obstacle, a broken one of the target is left alone', async () => {
  const at = (scene: Scene, name: string): string => join(scene.root, name)
  const { scene, plan } = await waiting((scene) => person(scene.theirs, ['worktree', 'add', '-q', '-b', 'side', at(scene, 'linked')]))
  await using _ = scene
  write(at(scene, 'linked'), { '.git': 'gitdir: /nowhere\n' })
  expect(await plan()).toMatchObject({ how: 'checkout', checkout: scene.theirs })
  person(scene.theirs, ['checkout', '-qb', 'elsewhere'])
  person(scene.theirs, ['worktree', 'add', '-q', at(scene, 'second'), 'main'])
  write(at(scene, 'second'), { '.git': 'gitdir: /nowhere\n' })
  expect(await plan()).toMatchObject({ how: 'branch', reason: `something git cannot make sense of is under way in ${at(scene, 'second')}` })
})

test('a detached checkout of the same commit is no obstacle', async () => {
  const { scene, commit, plan, land } = await waiting(({ theirs }) => person(theirs, ['checkout', '-q', '--detach']))
  await using _ = scene
  const shown = await plan()
  expect(shown).toMatchObject({ how: 'ref' })
  expect(await land(shown)).toMatchObject({ outcome: 'landed', commit })
})

test('hooks of the person’s repository stay still, their filters run', async () => {
  const { scene, plan, land } = await waiting(
    ({ theirs, personHome }) => {
      writeFileSync(
        join(personHome, '.gitconfig'),
        '[user]\n\tname = Mia\n\temail = m@x\n[filter "up"]\n\tsmudge = tr a-z A-Z\n\tclean = tr A-Z a-z\n',
      )
      commitAll(theirs, 'attributes', { '.gitattributes': '*.up filter=up\n', 'x.up': 'x\n' })
    },
    { 'x.up': 'smudged\n' },
  )
  await using _ = scene
  const canary = join(scene.root, 'hook-ran')
  for (const name of ['post-merge', 'post-checkout', 'reference-transaction', 'post-index-change', 'pre-merge-commit'])
    write(join(scene.theirs, '.git/hooks'), { [name]: { run: `#!/bin/sh\ntouch ${canary}\n` } })
  expect(await land(await plan())).toMatchObject({ outcome: 'landed', how: 'checkout' })
  expect([readFileSync(join(scene.theirs, 'x.up'), 'utf8'), existsSync(canary)]).toEqual(['SMUDGED\n', false])
  expect(person(scene.theirs, ['status', '--porcelain'])).toBe('')
})

test('the same input makes the same commit', async () => {
  const { scene, base, commit } = await waiting()
  await using _ = scene
  const input = { tree: await scene.git.treeOf(scene.repository, commit), parent: base, message: 'Result\n', author: AUTHOR, date: 1_700_000_000 }
  expect(await scene.git.commit(scene.repository, input)).toBe(commit)
  const raw = person(scene.places.store, ['--git-dir=.', 'cat-file', 'commit', commit])
  expect(raw.split('\n').slice(2)).toEqual([
    'author Mia <mia@example.org> 1700000000 +0000',
    'committer Lugh <lugh@localhost> 1700000000 +0000',
    '',
    'Result',
  ])
  const odd = await scene.git.commit(scene.repository, { ...input, author: { name: '<\n>', email: '' }, message: '-x\0y' })
  expect(person(scene.places.store, ['--git-dir=.', 'log', '-1', '--format=%an %ae %B', odd])).toBe('Lugh lugh@localhost -xy')
})
