import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { TaskId } from '#core'
import { openScene, person, write } from './testing/scene.ts'

test('a dry run has one reference of its own in the store, and none once it is over', async () => {
  await using scene = await openScene()
  const { git, repository, places } = scene
  await git.addRepository(repository)
  const base = await git.fetch(repository, 'main')
  const path = scene.worktree('t1')
  await git.createWorktree(repository, { path, branch: 'lugh/t1', base })
  const references = (): string => person(places.store, ['for-each-ref', '--format=%(refname) %(objectname)'])
  const before = references()
  const dryRun = TaskId.parse(randomUUID())
  write(path, { 'src/a.js': 'export const a = 2\n' })
  const first = await git.snapshot(repository, path, base, dryRun)
  write(path, { 'src/a.js': 'export const a = 3\n' })
  const second = await git.snapshot(repository, path, base, dryRun)
  expect(references().trim()).toBe(`${before}\nrefs/lugh/dry/${dryRun} ${second}`.trim())
  await git.keepForDryRun(repository, dryRun, first)
  expect(references()).toContain(`refs/lugh/dry/${dryRun} ${first}`)
  await git.endDryRun(repository, dryRun, false)
  await git.endDryRun(repository, dryRun, false)
  expect(references()).toBe(before)
})

test('the tree of an adopted dry run is kept as any other', async () => {
  await using scene = await openScene()
  const { git, repository, places } = scene
  await git.addRepository(repository)
  const base = await git.fetch(repository, 'main')
  const dryRun = TaskId.parse(randomUUID())
  const tree = await git.treeOf(repository, base)
  await git.keepForDryRun(repository, dryRun, tree)
  await git.endDryRun(repository, dryRun, true)
  expect(person(places.store, ['for-each-ref', '--format=%(refname)']).trim()).toBe(`refs/lugh/trees/${tree}`)
})
