import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ObjectName } from '#core'
import type { SavedWorktree } from '../port.ts'
import { fingerprint, openScene, person, write } from '../testing/scene.ts'
import type { Files, Scene } from '../testing/scene.ts'

type Ready = { scene: Scene; base: ObjectName; path: string }

async function ready(files: Files): Promise<Ready> {
  const scene = await openScene(files)
  await scene.git.addRepository(scene.repository)
  const base = await scene.git.fetch(scene.repository, 'main')
  const path = scene.worktree('t1')
  await scene.git.createWorktree(scene.repository, { path, branch: 'lugh/t1', base })
  return { scene, base, path }
}

/** Makes a second worktree from what was saved of the first. */
async function restore(scene: Scene, saved: SavedWorktree): Promise<string> {
  const path = scene.worktree('t1-again')
  const { base, tree, head, index } = saved
  await scene.git.createWorktree(scene.repository, { path, branch: 'lugh/t1-again', base, tree, head, index, raw: true })
  return path
}

test('a worktree comes back byte for byte, whatever attributes say of line endings', async () => {
  const { scene, base, path } = await ready({
    '.gitattributes': '* text=auto\n*.bat eol=crlf\n*.id ident\n',
    'a.bat': 'x\n',
    'b.txt': 'one\n',
    'v.id': '$Id$\n',
  })
  await using _ = scene
  write(path, {
    'mixed.txt': 'one\r\ntwo\n',
    'a.bat': 'y\n',
    run: { run: '#!/bin/sh\r\n' },
    to: { link: 'nowhere\r' },
    'ünï/ζ ⟦x⟧.txt': 'u',
    'latin\xe9': 'x',
  })
  const saved = await scene.git.checkpoints.saveWorktree(scene.repository, { path, base })
  const again = await restore(scene, saved)
  expect(fingerprint(again, ['.git'])).toEqual(fingerprint(path, ['.git']))
  expect(await scene.git.checkpoints.saveWorktree(scene.repository, { path: again, base })).toEqual(saved)
})

test('what was committed and what was staged come back as they were', async () => {
  const { scene, base, path } = await ready({ a: 'a\n', b: 'b\n' })
  await using _ = scene
  write(path, { a: 'committed\n' })
  person(path, ['commit', '-qam', 'mine'])
  write(path, { b: 'staged\n' })
  person(path, ['add', 'b'])
  write(path, { b: 'unstaged\n', c: 'untracked\n' })
  const saved = await scene.git.checkpoints.saveWorktree(scene.repository, { path, base })
  const again = await restore(scene, saved)
  const state = (at: string): string[] =>
    [['log', '--format=%H %s'], ['status', '--porcelain=v1'], ['diff'], ['diff', '--cached']].map((args) => person(at, args))
  expect(state(again)).toEqual(state(path))
})

test('ignored files, repositories within and empty folders are named and not stored', async () => {
  const { scene, base, path } = await ready({ '.gitignore': '.env\nnode_modules/\n', a: 'a\n' })
  await using _ = scene
  write(path, { '.env': 'SECRET=1\n', 'node_modules/x/index.js': '1', 'inner/file': 'f\n' })
  person(join(path, 'inner'), ['init', '-q'])
  for (const folder of ['empty', 'deep/er', 'node_modules/hollow']) mkdirSync(join(path, folder), { recursive: true })
  const { ignored, ignoredCount, nested, emptyFolders, tree } = await scene.git.checkpoints.saveWorktree(scene.repository, { path, base })
  expect({ ignored, ignoredCount, nested, emptyFolders }).toEqual({
    ignored: ['.env', 'node_modules/'],
    ignoredCount: 2,
    nested: ['inner'],
    emptyFolders: ['deep/er', 'empty'],
  })
  expect(person(scene.places.store, ['--git-dir=.', 'ls-tree', '-r', '--name-only', tree])).toBe('.gitignore\na\ninner')
})

test('a change in the very moment of a checkpoint is in the next one', async () => {
  const { scene, base, path } = await ready({ a: 'aaaa\n' })
  await using _ = scene
  const seen: string[] = []
  for (let round = 0; round < 20; round++) {
    writeFileSync(join(path, 'a'), `${String(round).padStart(4, '0')}\n`)
    const { tree } = await scene.git.checkpoints.saveWorktree(scene.repository, { path, base })
    seen.push(person(scene.places.store, ['--git-dir=.', 'cat-file', 'blob', `${tree}:a`]))
  }
  expect(seen).toEqual(Array.from({ length: 20 }, (_, round) => String(round).padStart(4, '0')))
})

test('a kept checkpoint is read again, found whole, and gone when dropped', async () => {
  const { scene, base, path } = await ready({ a: 'a\n' })
  await using _ = scene
  const { checkpoints } = scene.git
  const saved = await checkpoints.saveWorktree(scene.repository, { path, base })
  const holds = [
    { path: 'manifest.json', text: '{"ü":1}' },
    { path: 'worktrees/w1/files', tree: saved.tree },
    { path: 'tasks/t1', text: 'line\n' },
  ]
  const { commit } = await checkpoints.keep(scene.repository, { name: 'c1', date: 1, message: 'C1', holds, commits: [base, saved.head ?? base] })
  expect(await checkpoints.read(scene.repository, commit, ['manifest.json', 'tasks/t1'])).toEqual(
    new Map([
      ['manifest.json', '{"ü":1}'],
      ['tasks/t1', 'line\n'],
    ]),
  )
  const blob = (await checkpoints.list(scene.repository, commit, 'tasks')).get('t1')
  if (blob === undefined) throw new Error('not listed')
  const second = await checkpoints.keep(scene.repository, {
    name: 'c2',
    date: 2,
    message: 'C2',
    holds: [{ path: 'tasks/t1', blob }],
    commits: [base],
  })
  expect([await checkpoints.verify(scene.repository, 'c1', commit), await checkpoints.verify(scene.repository, 'c1', second.commit)]).toEqual([
    undefined,
    'its reference names something else',
  ])
  await checkpoints.collect(scene.repository, { checkpoints: new Set(['c2']), trees: new Set(), commits: new Set(), youngMs: 0 })
  expect(await checkpoints.verify(scene.repository, 'c1', commit)).toBe('its reference is gone')
})

test('what a dropped checkpoint alone held is freed, what others or rows name stays', async () => {
  const { scene, base, path } = await ready({ a: 'a\n' })
  await using _ = scene
  const { checkpoints } = scene.git
  const kept: { commit: ObjectName; tree: ObjectName }[] = []
  for (const n of [1, 2, 3]) {
    write(path, { large: Buffer.from(Array.from({ length: 200_000 }, (_, at) => (at * 7919 * n * (at % 251)) % 256)), [`only${n}`]: `${n}\n` })
    const { tree } = await checkpoints.saveWorktree(scene.repository, { path, base })
    const { commit } = await checkpoints.keep(scene.repository, {
      name: `c${n}`,
      date: n,
      message: `C${n}`,
      holds: [{ path: 'files', tree }],
      commits: [base],
    })
    kept.push({ commit, tree })
  }
  const [first, second, third] = kept
  if (first === undefined || second === undefined || third === undefined) throw new Error('unreachable')
  const wouldFree = await checkpoints.bytesOf(scene.repository, ['c1', 'c2'])
  const { bytesBefore, bytesAfter } = await checkpoints.collect(scene.repository, {
    checkpoints: new Set(['c3']),
    trees: new Set([second.tree]),
    commits: new Set(),
    youngMs: 0,
  })
  const has = (name: string): boolean => !person(scene.places.store, ['--git-dir=.', 'cat-file', '--batch-check'], `${name}\n`).includes(' missing')
  expect([has(first.commit), has(first.tree), has(second.commit), has(second.tree), has(third.commit), has(third.tree)]).toEqual([
    false,
    false,
    false,
    true,
    true,
    true,
  ])
  expect([wouldFree > 50_000, bytesBefore - bytesAfter > 100_000, await checkpoints.verify(scene.repository, 'c3', third.commit)]).toEqual([
    true,
    true,
    undefined,
  ])
})

test('what is young stays, whatever the lists say', async () => {
  const { scene, base, path } = await ready({ a: 'a\n' })
  await using _ = scene
  write(path, { a: 'b\n' })
  const tree = await scene.git.snapshot(scene.repository, path, base)
  const none = { checkpoints: new Set<string>(), trees: new Set<string>(), commits: new Set<string>() }
  await scene.git.checkpoints.collect(scene.repository, { ...none, trees: new Set([tree]), youngMs: 0 })
  expect(await scene.git.snapshot(scene.repository, path, base)).toBe(tree)
  expect((await scene.git.checkpoints.collect(scene.repository, { ...none, youngMs: 60_000 })).dropped).toBe(0)
  expect((await scene.git.checkpoints.collect(scene.repository, { ...none, youngMs: 0 })).dropped).toBe(1)
})
