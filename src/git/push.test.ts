import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ObjectName } from '#core'
import type { LandOutcome, LandingPlan, Repository } from './port.ts'
import { commitAll, openScene, person, write } from './testing/scene.ts'
import type { Scene } from './testing/scene.ts'

type Ready = {
  scene: Scene
  server: string
  repository: Repository
  base: ObjectName
  commit: ObjectName
  plan: LandingPlan
  land: (plan?: LandingPlan) => Promise<LandOutcome>
}

/** A server (a bare repository behind a file URL) and a result that waits to be pushed. */
async function waiting(): Promise<Ready> {
  const scene = await openScene({ a: 'a\n' })
  const server = join(scene.root, 'server.git')
  person(scene.theirs, ['clone', '-q', '--bare', scene.theirs, server])
  person(scene.theirs, ['remote', 'add', 'origin', server])
  const repository = scene.project('url', `file://${server}`)
  const { git } = scene
  await git.addRepository(repository)
  const base = await git.fetch(repository, 'main')
  const path = scene.worktree('t1')
  await git.createWorktree(repository, { path, branch: 'lugh/t1', base })
  write(path, { a: 'changed\n' })
  const tree = await git.snapshot(repository, path, base)
  const commit = await git.commit(repository, { tree, parent: base, message: 'Result\n', author: { name: 'Mia', email: 'm@x' }, date: 1_700_000_000 })
  const plan = await git.planLanding(repository, 'main', { fastForward: true, branch: 'lugh/t1' })
  const land = (shown = plan): Promise<LandOutcome> => git.land(repository, { targetBranch: 'main', old: base, commit, plan: shown, message: 'm' })
  return { scene, server, repository, base, commit, plan, land }
}

const at = (server: string, name: string): string => person(server, ['--git-dir=.', 'rev-parse', name])

test('the push moves the target, and a repeat says so again', async () => {
  const { scene, server, base, commit, land } = await waiting()
  await using _ = scene
  const landed = { outcome: 'landed', commit, old: base, how: 'push' }
  expect([await land(), await land(), at(server, 'main')]).toEqual([landed, landed, commit])
})

test('a server that moved on is left as it is', async () => {
  const { scene, server, land } = await waiting()
  await using _ = scene
  const other = commitAll(scene.theirs, 'other', { b: 'b\n' })
  person(scene.theirs, ['push', '-q', 'origin', 'main'])
  expect(await land()).toEqual({ outcome: 'stale', reason: 'main has moved since this was shown' })
  expect([at(server, 'main'), person(server, ['--git-dir=.', 'for-each-ref', '--format=%(refname)'])]).toEqual([other, 'refs/heads/main'])
})

test('a target that the server protects stays, and the branch is pushed in its place, also on a repeat', async () => {
  const { scene, server, base, commit, land } = await waiting()
  await using _ = scene
  person(server, ['config', 'core.bare', 'false'])
  const kept = { outcome: 'kept', commit, branch: 'lugh/t1', reason: 'the server refused: branch is currently checked out' }
  expect([await land(), await land()]).toEqual([kept, kept])
  expect([at(server, 'main'), at(server, 'lugh/t1')]).toEqual([base, commit])
})

test('hooks of a repository on this machine are not run by a push to its file URL', async () => {
  const { scene, server, commit, land } = await waiting()
  await using _ = scene
  const canary = join(scene.root, 'canary')
  for (const name of ['pre-receive', 'update', 'post-receive', 'reference-transaction'])
    write(server, { [`hooks/${name}`]: { run: `#!/bin/sh\ntouch ${canary}\n` } })
  expect(await land()).toMatchObject({ outcome: 'landed', commit })
  expect(existsSync(canary)).toBe(false)
})

test('a taken branch name is never overwritten: the next one is used', async () => {
  const { scene, server, repository, base, commit, land } = await waiting()
  await using _ = scene
  person(scene.theirs, ['push', '-q', 'origin', 'main:refs/heads/lugh/t1'])
  const plan = await scene.git.planLanding(repository, 'main', { fastForward: false, branch: 'lugh/t1' })
  expect(await land(plan)).toEqual({ outcome: 'kept', commit, branch: 'lugh/t1-2', reason: 'fast-forward is off for this project' })
  expect([at(server, 'main'), at(server, 'lugh/t1'), at(server, 'lugh/t1-2')]).toEqual([base, base, commit])
})

test('a server that takes nothing is an error in words, not a success', async () => {
  const { scene, server, land } = await waiting()
  await using _ = scene
  person(server, ['config', 'receive.maxInputSize', '1'])
  await expect(land()).rejects.toMatchObject({
    code: 'git.failed',
    retryable: false,
    say: expect.stringContaining('refused the push: unpacker error'),
  })
})

test('a server that is gone can be asked again', async () => {
  const { scene, land, repository } = await waiting()
  await using _ = scene
  const away: Repository = { ...repository, location: 'http://127.0.0.1:9/x.git' }
  expect(await land().then(({ outcome }) => outcome)).toBe('landed')
  await expect(scene.git.fetch(away, 'main')).rejects.toMatchObject({ code: 'git.unreachable', retryable: true })
})
