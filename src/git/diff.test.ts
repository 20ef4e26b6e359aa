import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ObjectName } from '#core'
import { commitAll, openScene, person, write } from './testing/scene.ts'
import type { Files, Scene } from './testing/scene.ts'
import type { Diff } from './port.ts'

async function between(before: Files, after: Files): Promise<{ scene: Scene; shown: Diff }> {
  const scene = await openScene(before)
  await scene.git.addRepository(scene.repository)
  const base = await scene.git.fetch(scene.repository, 'main')
  commitAll(scene.theirs, 'second', after)
  const next = await scene.git.fetch(scene.repository, 'main')
  return {
    scene,
    shown: await scene.git.diff(scene.repository, await scene.git.treeOf(scene.repository, base), await scene.git.treeOf(scene.repository, next)),
  }
}

test('a rename, a mode, a link, a deletion and an addition are each named', async () => {
  const long = Array.from({ length: 20 }, (_, i) => `line ${i}\n`).join('')
  const { scene, shown } = await between(
    { old: long, run: 'r\n', was: 'w\n', gone: 'g\n' },
    { old: null, new: `${long}more\n`, run: { run: 'r\n' }, was: { link: 'run' }, gone: null, add: 'a\n' },
  )
  await using _ = scene
  expect(
    shown.files.map(({ path, oldPath, status, oldMode, newMode, insertions, deletions }) => [
      path,
      oldPath,
      status,
      oldMode,
      newMode,
      insertions,
      deletions,
    ]),
  ).toEqual([
    ['add', undefined, 'added', '000000', '100644', 1, 0],
    ['gone', undefined, 'deleted', '100644', '000000', 0, 1],
    ['new', 'old', 'renamed', '100644', '100644', 1, 0],
    ['run', undefined, 'modified', '100644', '100755', 0, 0],
    ['was', undefined, 'type-changed', '100644', '120000', 1, 1],
  ])
  expect([shown.insertions, shown.deletions, shown.problems]).toEqual([3, 2, []])
  expect(shown.patchBytes).toBe(Buffer.byteLength(shown.patch))
})

test('no attribute hides text: -diff, binary, a driver, an encoding', async () => {
  const attributes = '* -diff\n*.js binary\n*.md diff=x\n*.txt diff=never -text\n'
  const { scene, shown } = await between(
    { 'a.js': 'a\n', 'b.md': 'b\n' },
    { '.gitattributes': attributes, 'a.js': 'EVIL JS\n', 'b.md': 'EVIL MD\n', 'c.txt': 'EVIL TXT\n' },
  )
  await using _ = scene
  for (const word of ['+EVIL JS', '+EVIL MD', '+EVIL TXT', '+* -diff']) expect(shown.patch).toContain(word)
  expect(shown.files.every(({ binary }) => !binary)).toBe(true)
})

test('a binary is named with sizes and objects in place of its content, and text cannot pass for such a note', async () => {
  const bytes = new Uint8Array(5000).map((_, i) => i % 7)
  const spoof = 'x\rBinary files a/img and b/img differ\nBinary files a/img and b/img differ\n'
  const { scene, shown } = await between({ img: new Uint8Array([0, 1, 2]), a: 'a\n' }, { img: bytes, a: spoof })
  await using _ = scene
  const [a, img] = shown.files
  expect([a?.binary, img?.binary, img?.oldBytes, img?.newBytes]).toEqual([false, true, 3, 5000])
  expect(shown.patch).toMatch(/^Binary file img differs: 3 bytes \([0-9a-f]{40}\) → 5000 bytes \([0-9a-f]{40}\)$/m)
  expect(shown.patch).toContain('+x\rBinary files a/img and b/img differ\n+Binary files a/img and b/img differ\n')
})

test('a few NUL bytes do not hide a script; the counts are those of its lines', async () => {
  const text = `// ${'x'.repeat(60)}\nfine()\n`
  const long = Array.from({ length: 40 }, (_, i) => `line(${i})\n`).join('')
  const { scene, shown } = await between({ 'a.js': text, 'b.js': long }, { 'a.js': `//\0\n${text}evil()\n`, 'b.js': null, 'c.js': `\0${long}` })
  await using _ = scene
  expect(shown.patch).toContain(`+//\0\n // ${'x'.repeat(60)}\n fine()\n+evil()\n`)
  expect(shown.patch).not.toContain('Binary file')
  expect(shown.files.map(({ path, binary, insertions, deletions }) => [path, binary, insertions, deletions])).toEqual([
    ['a.js', false, 2, 0],
    ['c.js', false, 1, 1],
  ])
  expect([shown.insertions, shown.deletions]).toEqual([3, 1])
})

test('bytes that are no UTF-8 are named, so that two different files never read the same', async () => {
  const latin = (byte: number): Uint8Array => new Uint8Array([99, byte, 10])
  const { scene, shown } = await between({ a: latin(0xe8) }, { a: latin(0xe9) })
  await using _ = scene
  expect(shown.patch).toContain('-c⟦0xE8⟧\n+c⟦0xE9⟧\n')
})

test('names with line feeds cannot forge lines of the patch', async () => {
  const { scene, shown } = await between({ a: 'a\n' }, { 'x\n+++ b/forged': 'n\n' })
  await using _ = scene
  expect(shown.files.map(({ path }) => path)).toEqual(['x\n+++ b/forged'])
  expect(shown.patch.split('\n').filter((line) => line.startsWith('+++'))).toEqual([`${String.raw`+++ "b/x\n+++ b/forged"`}\t`])
})

test('links out of the repository or into .git are problems, links within are not', async () => {
  const links = {
    absolute: '/etc/passwd',
    up: '../x',
    'deep/up': '../../x',
    sly: 'a/../../x',
    git: '.git/config',
    hooks: 'sub/.GIT/hooks',
    ok: 'a',
    'deep/ok': '../a',
    'deep/dir': '.',
  }
  const { scene, shown } = await between({ a: 'a\n' }, Object.fromEntries(Object.entries(links).map(([name, link]) => [name, { link }])))
  await using _ = scene
  expect(shown.problems.map(({ path, code }) => `${path} ${code}`)).toEqual(
    ['absolute', 'deep/up', 'git', 'hooks', 'sly', 'up'].map((name) => `${name} escaping-symlink`),
  )
})

test('a link that was harmless and is moved to where it escapes is a problem', async () => {
  const { scene, shown } = await between({ 'd/l': { link: '../a' }, a: 'a\n' }, { 'd/l': null, l: { link: '../a' } })
  await using _ = scene
  expect(shown.problems.map(({ code }) => code)).toEqual(['escaping-symlink'])
})

test('gitlinks added, changed or removed are problems, unchanged ones are not', async () => {
  await using scene = await openScene({ a: 'a\n' })
  const [one, two] = ['1', '2'].map((digit) => digit.repeat(40))
  const links = (entries: Record<string, string | undefined>): void => {
    for (const [path, object] of Object.entries(entries)) person(scene.theirs, ['update-index', '--add', '--cacheinfo', `160000,${object},${path}`])
  }
  links({ same: one, changed: one, removed: one })
  person(scene.theirs, ['commit', '-qm', 'links'])
  await scene.git.addRepository(scene.repository)
  const base = await scene.git.treeOf(scene.repository, await scene.git.fetch(scene.repository, 'main'))
  links({ changed: two, added: two })
  person(scene.theirs, ['update-index', '--force-remove', 'removed'])
  person(scene.theirs, ['commit', '-qm', 'more'])
  const next = await scene.git.treeOf(scene.repository, await scene.git.fetch(scene.repository, 'main'))
  const { problems } = await scene.git.diff(scene.repository, base, next)
  expect(problems.map(({ path, code }) => `${path} ${code}`)).toEqual(['added gitlink', 'changed gitlink', 'removed gitlink'])
})

test('names that some system reads as .git are problems', async () => {
  await using scene = await openScene({ a: 'a\n' })
  await scene.git.addRepository(scene.repository)
  const base = await scene.git.treeOf(scene.repository, await scene.git.fetch(scene.repository, 'main'))
  const store = scene.places.store
  const blob = person(store, ['--git-dir=.', 'hash-object', '-w', '--stdin'], 'x\n')
  const names = ['.GIT', '.git ', '.git.', '.git::$INDEX_ALLOCATION', '.gi\u200ct', 'GIT~1', 'a\\.git\\config', '.ｇｉｔ']
  const fine = ['.gitignore', '.github', 'git', 'x.git', 'legit~1']
  const input = [...names, ...fine].map((name) => `100644 blob ${blob}\t${name}\0`).join('')
  const tree = ObjectName.parse(person(store, ['--git-dir=.', 'mktree', '-z'], input))
  const { problems } = await scene.git.diff(scene.repository, base, tree)
  expect(problems.map(({ path, code }) => `${path} ${code}`).toSorted()).toEqual(names.map((name) => `${name} reserved-name`).toSorted())
})

test('a blob larger than servers take is a problem', async () => {
  const { scene, shown } = await between({ a: 'a\n' }, { big: Buffer.alloc(100 * 1024 * 1024 + 1) })
  await using _ = scene
  expect(shown.problems).toEqual([{ path: 'big', code: 'too-large', say: 'big is larger than 100 MB.' }])
})

test('a patch too long to be shown whole is a problem', async () => {
  const { scene, shown } = await between({ a: 'a\n' }, { long: 'x'.repeat(79).concat('\n').repeat(600_000) })
  await using _ = scene
  expect(shown.problems.map(({ path, code }) => [path, code])).toEqual([['', 'too-large']])
  expect(shown.files.map(({ path, insertions }) => [path, insertions])).toEqual([['long', 600_000]])
})

test('equal trees differ in nothing', async () => {
  await using scene = await openScene()
  await scene.git.addRepository(scene.repository)
  const tree = await scene.git.treeOf(scene.repository, await scene.git.fetch(scene.repository, 'main'))
  expect(await scene.git.diff(scene.repository, tree, tree)).toEqual({
    files: [],
    hunks: [],
    insertions: 0,
    deletions: 0,
    patch: '',
    patchBytes: 0,
    problems: [],
  })
})

test('a missing tree is an error, never an empty diff', async () => {
  await using scene = await openScene()
  await scene.git.addRepository(scene.repository)
  const tree = await scene.git.treeOf(scene.repository, await scene.git.fetch(scene.repository, 'main'))
  write(join(scene.root, 'x'), {})
  await expect(scene.git.diff(scene.repository, tree, ObjectName.parse('0'.repeat(39).concat('1')))).rejects.toMatchObject({ code: 'git.failed' })
})
