import { existsSync, mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
// oxlint-disable-next-line no-restricted-imports -- makes what plain git would not
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import type { ObjectName } from '#core'
import { commitAll, fingerprint, openScene, person, treeFiles, write } from './testing/scene.ts'
import type { Files, Scene } from './testing/scene.ts'

async function atWork(files?: Files): Promise<{ scene: Scene; base: ObjectName; path: string; take: () => Promise<Record<string, string>> }> {
  const scene = await openScene(files)
  await scene.git.addRepository(scene.repository)
  const base = await scene.git.fetch(scene.repository, 'main')
  const path = scene.worktree('t1')
  await scene.git.createWorktree(scene.repository, { path, branch: 'lugh/t1', base })
  const take = async (): Promise<Record<string, string>> => treeFiles(scene.places.store, await scene.git.snapshot(scene.repository, path, base))
  return { scene, base, path, take }
}

test('an untouched worktree is the base tree', async () => {
  const { scene, base, path } = await atWork()
  await using _ = scene
  expect(await scene.git.snapshot(scene.repository, path, base)).toBe(await scene.git.treeOf(scene.repository, base))
})

test('every kind of change is taken: content, mode, links, folders for files, deletions, odd names', async () => {
  const { scene, path, take } = await atWork({ a: 'a\n', dir: 'was a file\n', 'x/y': 'y\n', gone: 'g\n', run: 'r\n', link: { link: 'a' } })
  await using _ = scene
  const odd = 'new\nline "quoted" \\ ünï'
  write(path, { a: 'b\n', 'dir/in': 'in\n', x: 'now a file\n', gone: null, run: { run: 'r\n' }, link: { link: 'x' }, [odd]: 'odd\n' })
  writeFileSync(Buffer.concat([Buffer.from(`${path}/bytes-`), Buffer.from([0xe9, 0xff])]), 'bytes\n')
  expect(await take()).toEqual({
    '100644 a': 'b',
    [`100644 bytes-${String.fromCharCode(0xe9, 0xff)}`]: 'bytes',
    '100644 dir/in': 'in',
    [`100644 ${Buffer.from(odd).toString('latin1')}`]: 'odd',
    '100644 x': 'now a file',
    '100755 run': 'r',
    '120000 link': 'x',
  })
})

test('ignored files are left out, tracked ones are taken although they are ignored', async () => {
  const { scene, path } = await atWork({ '.gitignore': '*.log\n' })
  await using _ = scene
  write(scene.theirs, { 'kept.log': '1\n' })
  person(scene.theirs, ['add', '-f', 'kept.log'])
  commitAll(scene.theirs, 'tracked though ignored')
  const base = await scene.git.fetch(scene.repository, 'main')
  await scene.git.createWorktree(scene.repository, { path, branch: 'lugh/t1', base })
  write(path, { 'kept.log': '2\n', 'noise.log': 'n\n', 'node_modules.txt': 'm\n' })
  expect(treeFiles(scene.places.store, await scene.git.snapshot(scene.repository, path, base))).toEqual({
    '100644 .gitignore': '*.log',
    '100644 kept.log': '2',
    '100644 node_modules.txt': 'm',
  })
})

test('commits, staging and index bits of the agent count for nothing: only files do', async () => {
  const { scene, path, take } = await atWork({ a: 'a\n', b: 'b\n', c: 'c\n' })
  await using _ = scene
  write(path, { a: 'committed\n' })
  person(path, ['commit', '-qam', 'agent'])
  write(path, { a: 'then changed\n', b: 'hidden by skip-worktree\n', c: 'hidden by assume-unchanged\n' })
  person(path, ['update-index', '--skip-worktree', 'b'])
  person(path, ['update-index', '--assume-unchanged', 'c'])
  expect(await take()).toEqual({ '100644 a': 'then changed', '100644 b': 'hidden by skip-worktree', '100644 c': 'hidden by assume-unchanged' })
})

test('a change of the same length with its old time put back is seen', async () => {
  const { scene, path, take } = await atWork({ a: 'aaaa\n' })
  await using _ = scene
  const at = join(path, 'a')
  const { atime, mtime } = statSync(at)
  writeFileSync(at, 'bbbb\n')
  utimesSync(at, atime, mtime)
  expect(await take()).toEqual({ '100644 a': 'bbbb' })
  writeFileSync(at, 'cccc\n')
  utimesSync(at, atime, mtime)
  expect(await take()).toEqual({ '100644 a': 'cccc' })
})

test('a nested repository becomes a gitlink the diff refuses, with and without commits, and is not read', async () => {
  const { scene, base, path } = await atWork({ 'src/a.js': '1\n' })
  await using _ = scene
  for (const name of ['empty', 'full']) {
    mkdirSync(join(path, name))
    execFileSync('git', ['init', '-q'], { cwd: join(path, name) })
    writeFileSync(join(path, name, 'inside'), 'x')
  }
  execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@x', 'commit', '-q', '--allow-empty', '-m', 'x'], { cwd: join(path, 'full') })
  execFileSync('git', ['init', '-q'], { cwd: join(path, 'src') })
  write(path, { 'src/b.js': '2\n' })
  const tree = await scene.git.snapshot(scene.repository, path, base)
  const { problems, files } = await scene.git.diff(scene.repository, await scene.git.treeOf(scene.repository, base), tree)
  expect(problems.map(({ path, code }) => [path, code])).toEqual([
    ['empty', 'gitlink'],
    ['full', 'gitlink'],
  ])
  expect(files.map(({ path }) => path)).toEqual(['empty', 'full', 'src/b.js'])
})

test('submodules stay what they were, whatever was done in their place', async () => {
  await using scene = await openScene({ a: 'a\n' })
  const link = commitAll(scene.theirs, 'c')
  person(scene.theirs, ['update-index', '--add', '--cacheinfo', `160000,${link},sub`])
  person(scene.theirs, ['commit', '-qm', 'submodule'])
  await scene.git.addRepository(scene.repository)
  const base = await scene.git.fetch(scene.repository, 'main')
  const path = scene.worktree('t1')
  await scene.git.createWorktree(scene.repository, { path, branch: 'lugh/t1', base })
  const unchanged = { '100644 a': 'a', '160000 sub': link }
  const take = async (): Promise<Record<string, string>> => treeFiles(scene.places.store, await scene.git.snapshot(scene.repository, path, base))
  expect(await take()).toEqual(unchanged)
  write(path, { 'sub/file': 'x\n' })
  execFileSync('git', ['init', '-q'], { cwd: join(path, 'sub') })
  execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@x', 'commit', '-q', '--allow-empty', '-m', 'x'], { cwd: join(path, 'sub') })
  expect(await take()).toEqual(unchanged)
  write(path, { sub: null })
  expect(await take()).toEqual(unchanged)
})

test('a name git keeps for itself is refused in words', async () => {
  const { scene, base, path } = await atWork()
  await using _ = scene
  write(path, { '.GIT/config': 'x\n' })
  await expect(scene.git.snapshot(scene.repository, path, base)).rejects.toMatchObject({
    code: 'git.refused-content',
    say: '.GIT/config has a name that git keeps for itself. Rename or delete it.',
  })
})

test('a pipe in the place of a file counts as its deletion', async () => {
  const { scene, path, take } = await atWork({ a: 'a\n', b: 'b\n' })
  await using _ = scene
  write(path, { a: null })
  execFileSync('mkfifo', [join(path, 'a'), join(path, 'other')])
  expect(await take()).toEqual({ '100644 b': 'b' })
})

test('a folder replaced by a link to elsewhere is a link, and nothing behind it is taken', async () => {
  const { scene, path, take } = await atWork({ 'd/a': 'a\n', 'd/b': 'b\n' })
  await using _ = scene
  write(path, { d: { link: '/etc' } })
  expect(await take()).toEqual({ '120000 d': '/etc' })
})

test('line endings follow .gitattributes, and an untouched CRLF file is no change', async () => {
  const { scene, path, take } = await atWork({ '.gitattributes': '*.txt text eol=crlf\n', 'a.txt': 'one\n', 'raw.bin': 'x\r\n' })
  await using _ = scene
  expect(execFileSync('cat', [join(path, 'a.txt')]).toString()).toBe('one\r\n')
  write(path, { 'b.txt': 'two\r\n' })
  expect(await take()).toMatchObject({ '100644 a.txt': 'one', '100644 b.txt': 'two', '100644 raw.bin': 'x' })
})

test('LFS pointers stay pointers, and no filter of the worktree runs', async () => {
  const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 3\n'
  const { scene, path, take } = await atWork({ '.gitattributes': '*.png filter=lfs diff=lfs merge=lfs -text\n', 'a.png': pointer })
  await using _ = scene
  person(path, ['config', 'filter.lfs.clean', `touch ${join(scene.root, 'ran')}; cat`])
  write(path, { b: 'b\n' })
  expect(await take()).toMatchObject({ '100644 a.png': pointer.trimEnd(), '100644 b': 'b' })
  expect(existsSync(join(scene.root, 'ran'))).toBe(false)
})

test('a snapshot leaves the worktree and the workshop as they were', async () => {
  const { scene, path, take } = await atWork()
  await using _ = scene
  write(path, { new: 'n\n' })
  const before = [fingerprint(path), fingerprint(scene.places.workshop)]
  await take()
  expect([fingerprint(path), fingerprint(scene.places.workshop)]).toEqual(before)
})

test('a worktree that was never Lugh’s own is read in full', async () => {
  await using scene = await openScene({ a: 'a\n', b: 'b\n' })
  await scene.git.addRepository(scene.repository)
  const base = await scene.git.fetch(scene.repository, 'main')
  const path = join(scene.root, 'elsewhere')
  write(path, { a: 'a\n', c: 'c\n' })
  expect(treeFiles(scene.places.store, await scene.git.snapshot(scene.repository, path, base))).toEqual({ '100644 a': 'a', '100644 c': 'c' })
})
