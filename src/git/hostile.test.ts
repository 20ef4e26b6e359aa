import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { worktreeName } from './places.ts'
import { fingerprint, openScene, person, tip, treeFiles, write } from './testing/scene.ts'
import type { Scene } from './testing/scene.ts'

/**
 * The sandbox lets nothing write to the canary's place: if the canary is there, something ran outside.
 * Everything an agent could write is planted by hand, with the rights an agent has.
 */
const HOOKS = [
  'post-checkout',
  'reference-transaction',
  'post-index-change',
  'pre-commit',
  'post-merge',
  'pre-push',
  'fsmonitor-watchman',
  'update',
  'pre-receive',
  'post-receive',
]

function plant(scene: Scene, worktree: string): string {
  const canary = join(scene.root, 'canary')
  const run = `touch ${canary}; cat`
  const { workshop } = scene.places
  const bad = join(workshop, 'bad')
  write(bad, Object.fromEntries(HOOKS.map((name) => [name, { run: `#!/bin/sh\n${run} > /dev/null\n` }])))
  const config = `[core]
	hooksPath = ${bad}
	fsmonitor = ${bad}/fsmonitor-watchman
	pager = ${run}
	editor = ${run}
	sshCommand = ${run}
	gitProxy = ${run}
	attributesFile = ${bad}/attributes
	excludesFile = ${bad}/excludes
	worktree = /
[filter "evil"]
	clean = ${run}
	smudge = ${run}
	process = ${run}
	required = true
[diff "evil"]
	command = ${run}
	textconv = ${run}
[diff]
	external = ${run}
[merge "evil"]
	driver = ${run}
[uploadpack]
	packObjectsHook = ${run}
[alias]
	add = !${run}
	status = !${run}
[include]
	path = ${bad}/more
[gpg]
	program = ${run}
[extensions]
	worktreeConfig = true
`
  writeFileSync(join(workshop, 'config'), `${readFileSync(join(workshop, 'config'), 'utf8')}${config}`)
  write(bad, { attributes: '* filter=evil diff=evil merge=evil\n', excludes: '*\n', more: `[core]\n\thooksPath = ${bad}\n` })
  const entry = join(workshop, 'worktrees', worktreeName(worktree))
  write(entry, { commondir: `${join(workshop, 'worktrees', 'fake')}\n`, 'config.worktree': config })
  write(join(workshop, 'worktrees', 'fake'), { config, HEAD: 'ref: refs/heads/main\n', 'objects/x': '', 'refs/x': '' })
  write(worktree, {
    '.gitattributes': '* filter=evil diff=evil merge=evil\n*.js -diff\n',
    '.git': `gitdir: ${join(workshop, 'worktrees', 'fake')}\n`,
  })
  return canary
}

test('nothing an agent wrote runs outside the sandbox, on the whole road', async () => {
  await using scene = await openScene({ 'a.js': 'a\n', b: 'b\n' })
  const { git, repository, theirs } = scene
  await git.addRepository(repository)
  const base = await git.fetch(repository, 'main')
  const worktree = { path: scene.worktree('t1'), branch: 'lugh/t1', base }
  await git.createWorktree(repository, worktree)
  const canary = plant(scene, worktree.path)
  write(worktree.path, { 'a.js': 'EVIL\n' })
  const own = ['base', 'store'] as const
  const tree = await git.snapshot(repository, worktree.path, base)
  expect(treeFiles(scene.places.store, tree)).toEqual({
    '100644 .gitattributes': '* filter=evil diff=evil merge=evil\n*.js -diff',
    '100644 a.js': 'EVIL',
    '100644 b': 'b',
  })
  expect((await git.diff(repository, await git.treeOf(repository, base), tree)).patch).toContain('+EVIL')
  expect(await git.merge(repository, base, base, tree)).toEqual({ outcome: 'clean', tree })
  await git.materialise(repository, tree, join(scene.home, 'tests', 't1'))
  await git.createWorktree(repository, { path: scene.worktree('t2'), branch: 'lugh/t2', base, tree })
  await git.createWorktree(repository, worktree)
  expect(await git.snapshot(repository, scene.worktree('t2'), base)).toBe(tree)
  const commit = await git.commit(repository, { tree, parent: base, message: 'm\n', author: { name: 'x', email: 'x@x' }, date: 1 })
  const plan = await git.planLanding(repository, 'main', { fastForward: true, branch: worktree.branch })
  expect(await git.land(repository, { targetBranch: 'main', old: base, commit, plan, message: 'm' })).toMatchObject({ outcome: 'landed' })
  await git.fetch(repository, 'main')
  await git.sweep(repository, [worktree.path])
  expect(existsSync(canary)).toBe(false)
  // The trap is a live one: plain git, outside, walks into it.
  plant(scene, worktree.path)
  person(worktree.path, ['status', '-s'])
  expect(existsSync(canary)).toBe(true)
  await git.removeWorktree(repository, worktree)
  for (const name of own) expect(readFileSync(join(scene.places[name], 'config'), 'utf8')).not.toContain('evil')
  expect(tip(theirs, 'main')).toBe(commit)
})

test('a nested repository with a hostile configuration is not asked anything', async () => {
  await using scene = await openScene({ a: 'a\n' })
  await scene.git.addRepository(scene.repository)
  const base = await scene.git.fetch(scene.repository, 'main')
  const path = scene.worktree('t1')
  await scene.git.createWorktree(scene.repository, { path, branch: 'lugh/t1', base })
  const canary = join(scene.root, 'canary')
  for (const name of ['n', 'a']) {
    write(path, { [name]: null })
    mkdirSync(join(path, name))
    person(join(path, name), ['init', '-q'])
    person(join(path, name), ['commit', '-q', '--allow-empty', '-m', 'x'])
    writeFileSync(join(path, name, '.git/config'), `[core]\n\tfsmonitor = touch ${canary}\n\thooksPath = .\n\tworktree = /\n`)
    write(path, { [`${name}/f`]: 'f\n' })
  }
  const tree = await scene.git.snapshot(scene.repository, path, base)
  const { problems } = await scene.git.diff(scene.repository, await scene.git.treeOf(scene.repository, base), tree)
  expect([problems.map(({ path, code }) => `${path} ${code}`), existsSync(canary)]).toEqual([['a gitlink', 'n gitlink'], false])
})

test('replace refs and grafts of the workshop change nothing that is shown', async () => {
  await using scene = await openScene({ a: 'a\n' })
  await scene.git.addRepository(scene.repository)
  const base = await scene.git.fetch(scene.repository, 'main')
  const path = scene.worktree('t1')
  await scene.git.createWorktree(scene.repository, { path, branch: 'lugh/t1', base })
  write(path, { a: 'shown\n' })
  person(path, ['commit', '-qam', 'x'])
  const [old, evil] = [person(path, ['rev-parse', `${base}:a`]), person(path, ['rev-parse', 'HEAD:a'])]
  person(path, ['replace', old, evil])
  const tree = await scene.git.snapshot(scene.repository, path, base)
  const { patch } = await scene.git.diff(scene.repository, await scene.git.treeOf(scene.repository, base), tree)
  expect(patch).toContain('-a\n+shown')
})

test('a replace ref in the person’s own repository does not change what is fetched or where it lands', async () => {
  await using scene = await openScene({ a: 'a\n' })
  const first = tip(scene.theirs, 'HEAD')
  write(scene.theirs, { a: 'second\n' })
  person(scene.theirs, ['commit', '-qam', 'second'])
  person(scene.theirs, ['replace', 'HEAD', first])
  await scene.git.addRepository(scene.repository)
  const base = await scene.git.fetch(scene.repository, 'main')
  expect(treeFiles(scene.places.base, base)).toEqual({ '100644 a': 'second' })
})

test('a worktree cannot lead a snapshot or a removal out of itself by links', async () => {
  await using scene = await openScene({ 'd/a': 'a\n' })
  await scene.git.addRepository(scene.repository)
  const base = await scene.git.fetch(scene.repository, 'main')
  const worktree = { path: scene.worktree('t1'), branch: 'lugh/t1', base }
  await scene.git.createWorktree(scene.repository, worktree)
  const outside = join(scene.root, 'outside')
  write(outside, { a: 'SECRET\n', deep: 'SECRET\n' })
  write(worktree.path, { d: { link: outside }, file: { link: join(outside, 'a') } })
  expect(treeFiles(scene.places.store, await scene.git.snapshot(scene.repository, worktree.path, base))).toEqual({
    '120000 d': outside,
    '120000 file': join(outside, 'a'),
  })
  await scene.git.removeWorktree(scene.repository, worktree)
  expect(fingerprint(outside)).toMatchObject({ a: expect.stringContaining('644'), deep: expect.stringContaining('644') })
})
