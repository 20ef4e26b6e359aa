import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fingerprint, openScene, person, tip, treeFiles, write } from './testing/scene.ts'

const AUTHOR = { name: 'Mia', email: 'mia@example.org' }

test('the whole road: added, fetched, worked on, shown, merged into the clean checkout', async () => {
  await using scene = await openScene({ 'README.md': '# hello\n', 'src/a.js': 'export const a = 1\n' })
  const { git, repository, theirs } = scene
  expect(await git.addRepository(repository)).toEqual({ defaultBranch: 'main', empty: false })
  const base = await git.fetch(repository, 'main')
  expect(base).toBe(tip(theirs, 'main'))
  const worktree = { path: scene.worktree('t1'), branch: 'lugh/t1-x', base }
  await git.createWorktree(repository, worktree)
  expect(person(worktree.path, ['status', '--porcelain=v1', '--branch'])).toBe('## lugh/t1-x')
  write(worktree.path, { 'src/a.js': 'export const a = 2\n', 'new.txt': 'new\n' })
  const tree = await git.snapshot(repository, worktree.path, base)
  const shown = await git.diff(repository, await git.treeOf(repository, base), tree)
  expect(shown).toMatchObject({ insertions: 2, deletions: 1, problems: [] })
  expect(shown.files.map(({ path, status }) => [path, status])).toEqual([
    ['new.txt', 'added'],
    ['src/a.js', 'modified'],
  ])
  const plan = await git.planLanding(repository, 'main', { fastForward: true, branch: worktree.branch })
  expect(plan).toMatchObject({ how: 'checkout', checkout: theirs })
  const before = fingerprint(theirs)
  expect(before).not.toEqual({})
  const commit = await git.commit(repository, { tree, parent: base, message: 'Change a\n', author: AUTHOR, date: 1_700_000_000 })
  const landing = { targetBranch: 'main', old: base, commit, plan, message: 'lugh: T1' }
  expect(await git.land(repository, landing)).toEqual({ outcome: 'landed', commit, old: base, how: 'checkout' })
  expect(await git.land(repository, landing)).toEqual({ outcome: 'landed', commit, old: base, how: 'checkout' })
  expect(tip(theirs, 'main')).toBe(commit)
  expect(person(theirs, ['status', '--porcelain'])).toBe('')
  expect(treeFiles(join(theirs, '.git'), commit)).toEqual({
    '100644 README.md': '# hello',
    '100644 new.txt': 'new',
    '100644 src/a.js': 'export const a = 2',
  })
  await git.removeWorktree(repository, worktree)
  expect(existsSync(worktree.path)).toBe(false)
})
