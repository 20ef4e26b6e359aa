/** What is kept of a change is what git itself makes of those pieces, whatever the change. */
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ObjectName } from '#core'
import { byChance } from '../../test/support/chance.ts'
import type { Chance } from '../../test/support/chance.ts'
import { keepParts } from './testing/apply-parts.ts'
import { openScene, printed, treeFiles, write } from './testing/scene.ts'
import type { Files, Scene } from './testing/scene.ts'
import type { Diff, Hunk, KeptOutcome, Picked } from './port.ts'

const LONG = process.env['LUGH_TEST_LONG'] === '1'

/** A scene whose store has what is asked for; `tree` makes a tree of files. */
async function open(): Promise<{ scene: Scene; tree: (files: Files) => ObjectName }> {
  const scene = await openScene({})
  await scene.git.addRepository(scene.repository)
  return { scene, tree: (files) => treeOf(scene, files) }
}

/** The files as a tree of the store, by plain git. */
function treeOf(scene: Scene, files: Files): ObjectName {
  const folder = join(scene.root, `files-${randomBytes(4).toString('hex')}`)
  const index = `${folder}.index`
  write(folder, { ...files, '.keep': '' })
  const git = (...args: string[]): string =>
    printed(scene.theirs, [`--git-dir=${scene.places.store}`, `--work-tree=${folder}`, '-c', 'core.autocrlf=false', ...args], '', index).trim()
  git('add', '--all', '--force')
  const tree = ObjectName.parse(git('write-tree'))
  for (const path of [folder, index]) rmSync(path, { recursive: true, force: true })
  return tree
}

function pick(diff: Diff, keep: (hunk: Hunk) => boolean): Picked[] {
  return diff.hunks.map((hunk) => {
    const { file, oldStart, oldLines, newStart, newLines } = hunk
    return { file, hunk: hunk.hunk, oldStart, oldLines, newStart, newLines, path: diff.files[file]?.path ?? '', keep: keep(hunk) }
  })
}

const lines = (from: number, to: number, change: Readonly<Record<number, string>> = {}): string =>
  Array.from({ length: to - from + 1 }, (_, at) => `${change[from + at] ?? `line ${from + at}`}\n`).join('')

async function kept(
  before: Files,
  after: Files,
  keep: (hunk: Hunk, diff: Diff) => boolean,
): Promise<{ outcome: KeptOutcome; files: object; diff: Diff }> {
  const { scene, tree } = await open()
  await using _ = scene
  const [base, next] = [tree(before), tree(after)]
  const diff = await scene.git.diff(scene.repository, base, next)
  const outcome = await scene.git.keepHunks(
    scene.repository,
    base,
    next,
    pick(diff, (hunk) => keep(hunk, diff)),
  )
  return { outcome, diff, files: outcome.outcome === 'kept' ? treeFiles(scene.places.store, outcome.tree) : {} }
}

test('one hunk of three is left out, and the others land where they stood', async () => {
  const { files, diff } = await kept(
    { a: lines(1, 60) },
    { a: lines(1, 60, { 5: 'five\nand more', 30: 'thirty', 55: 'fifty-five' }) },
    ({ hunk }) => hunk !== 2,
  )
  expect(files).toEqual({ '100644 .keep': '', '100644 a': lines(1, 60, { 5: 'five\nand more', 55: 'fifty-five' }).trimEnd() })
  expect(
    diff.hunks.map(({ hunk, oldStart, oldLines, newStart, newLines, insertions, deletions }) => [
      hunk,
      oldStart,
      oldLines,
      newStart,
      newLines,
      insertions,
      deletions,
    ]),
  ).toEqual([
    [1, 2, 7, 2, 8, 2, 1],
    [2, 27, 7, 28, 7, 1, 1],
    [3, 52, 7, 53, 7, 1, 1],
  ])
  expect(diff.hunks[1]?.text.split('\n').slice(3, 6)).toEqual([' line 29', '-line 30', '+thirty'])
})

test('a name, a mode and the lines are taken apart; what is new, gone, binary or a link is one piece', async () => {
  const before = { old: lines(1, 30), gone: 'gone\n', bytes: Buffer.from([0, 1, 2, 255]), was: 'text\n', run: 'r\n' }
  const after = { new: lines(1, 30, { 20: 'twenty' }), bytes: Buffer.from([0, 9, 2, 255]), was: { link: 'new' }, run: { run: 'r\n' }, more: 'm\n' }
  const { diff, files } = await kept(before, after, ({ file, hunk }, { files: all }) => all[file]?.path === 'new' && hunk === 1)
  expect(diff.hunks.map(({ file, hunk, text }) => [diff.files[file]?.path, hunk, text.split('\n')[0]])).toEqual([
    ['bytes', 0, expect.stringMatching(/^Binary file bytes differs: 4 bytes/)],
    ['gone', 0, '@@ -1 +0,0 @@'],
    ['more', 0, '@@ -0,0 +1 @@'],
    ['new', 0, 'rename from old'],
    ['new', 1, expect.stringMatching(/^@@ -17,7 \+17,7 @@/)],
    ['run', 0, 'old mode 100644'],
    ['was', 0, 'old mode 100644'],
  ])
  expect(files).toMatchObject({
    '100644 old': lines(1, 30, { 20: 'twenty' }).trimEnd(),
    '100644 gone': 'gone',
    '100644 run': 'r',
    '100644 was': 'text',
  })
  expect(Object.keys(files)).toHaveLength(6)
})

test('a file that would stay in the way of a folder is refused with both names', async () => {
  const { outcome } = await kept({ a: 'file\n' }, { 'a/b': 'in a folder, and not like it at all\n' }, ({ file }) => file === 1)
  expect(outcome).toEqual({ outcome: 'refused', say: expect.stringContaining('a would stay and a/b come') })
})

test('pieces that are not those of the trees are stale, in number, place or name', async () => {
  const { scene, tree } = await open()
  await using _ = scene
  const [base, next] = [tree({ a: lines(1, 40) }), tree({ a: lines(1, 40, { 5: 'x', 30: 'y' }) })]
  const all = pick(await scene.git.diff(scene.repository, base, next), () => true)
  const wrong = [
    all.slice(1),
    [...all, ...all],
    all.map((one) => ({ ...one, newStart: one.newStart + 1 })),
    all.map((one) => ({ ...one, path: 'b' })),
  ]
  for (const picked of wrong) expect(await scene.git.keepHunks(scene.repository, base, next, picked)).toEqual({ outcome: 'stale' })
  expect(await scene.git.keepHunks(scene.repository, base, next, all)).toEqual({ outcome: 'kept', tree: next })
})

test('a change in more pieces than anybody steps through has one a file', async () => {
  const many = (word: string): string => Array.from({ length: 10_020 }, (_, n) => (n % 10 === 0 ? `${word}\n` : `${n}\n`)).join('')
  const { diff, files } = await kept({ a: many('a'), b: 'b\n' }, { a: many('x'), b: 'c\n' }, ({ file }) => file === 1)
  expect(diff.hunks.map(({ file, hunk, insertions }) => [file, hunk, insertions])).toEqual([
    [0, 0, 1002],
    [1, 0, 1],
  ])
  expect(files).toMatchObject({ '100644 a': many('a').trimEnd(), '100644 b': 'c' })
})

// By chance ----------------------------------------------------------------------------------------------------------------

const ENDS = ['\n', '\n', '\n', '\r\n'] as const

/** Few different lines, so that a hunk's surroundings stand in many places. */
function someLines(dice: Chance, most: number): string[] {
  return Array.from({ length: dice.between(0, most) }, () =>
    dice.pick(['', '{', '}', '  x = 1', 'ünï', '-- a', '@@ -1 +1 @@', '\\ No newline at end of file', 'diff --git a/x b/x']),
  )
}

function joined(dice: Chance, all: readonly string[]): Buffer {
  const end = dice.pick(ENDS)
  const mixed = dice.next() < 0.2
  const text = all.map((line) => `${line}${mixed ? dice.pick(ENDS) : end}`).join('')
  return Buffer.from(dice.next() < 0.3 ? text.replace(/\r?\n$/, '') : text, dice.next() < 0.1 ? 'latin1' : 'utf8')
}

/** Some lines changed, added and taken out, often with few unchanged ones between. */
function edited(dice: Chance, old: readonly string[]): string[] {
  const rate = dice.pick([0.02, 0.08, 0.3])
  return old.flatMap((line) =>
    dice.next() >= rate ? [line] : dice.next() < 0.4 ? [] : [...someLines(dice, 3), ...(dice.next() < 0.5 ? [line] : [])],
  )
}

type Made = { before: Record<string, Files[string]>; after: Record<string, Files[string]> }

/** One generated change, in a folder of its own. */
function change(dice: Chance, folder: string): Made {
  const made: Made = { before: {}, after: {} }
  const put = (side: keyof Made, path: string, content: Buffer): void => {
    made[side][`${folder}/${path}`] = dice.next() < 0.2 ? { run: content.toString('latin1') } : content
  }
  for (let file = 0; file < dice.between(1, 5); file++) {
    const old = someLines(dice, dice.pick([4, 40, 120]))
    const name = `${dice.pick(['a', 'dir/b', 'with space', 'ünï'])}${file}`
    const kind = dice.between(0, 12)
    if (kind !== 0) put('before', name, kind === 1 ? randomLike(dice) : joined(dice, old))
    if (kind === 2) continue
    if (kind === 3) put('after', `moved/${file}`, joined(dice, edited(dice, old)))
    else if (kind === 4) made.after[`${folder}/${name}`] = { link: dice.pick(['x', '.']) }
    else if (kind === 5) put('after', `${name}/inner`, joined(dice, someLines(dice, 9)))
    else put('after', name, kind === 1 ? randomLike(dice) : kind === 0 ? joined(dice, old) : joined(dice, edited(dice, old)))
  }
  return made
}

function randomLike(dice: Chance): Buffer {
  return Buffer.from(Array.from({ length: dice.between(1, 300) }, () => dice.between(0, 256)))
}

/** Several changes side by side in one pair of trees, to be judged at once; alone each in the long form. */
const [TREES, CHANGES] = LONG ? [1000, 1] : [8, 25]

test(
  `of ${TREES * CHANGES} generated changes the kept pieces are what git apply makes of them`,
  () =>
    byChance(async (dice) => {
      const { scene, tree } = await open()
      await using _ = scene
      const seen = { renames: 0, modes: 0, pieces: 0, dropped: 0, refused: 0, trees: 0 }
      for (let round = 0; round < TREES; round++) {
        const all = Array.from({ length: CHANGES }, (_, n) => change(dice, `c${n}`))
        const base = tree(Object.assign({}, ...all.map(({ before }) => before)))
        const next = tree(Object.assign({}, ...all.map(({ after }) => after)))
        const diff = await scene.git.diff(scene.repository, base, next)
        const share = dice.pick([0.2, 0.5, 0.8])
        const picked = pick(diff, () => dice.next() < share)
        const outcome = await scene.git.keepHunks(scene.repository, base, next, picked)
        const asked = outcome.outcome === 'refused' ? withoutClashes(picked, diff.files) : picked
        const ours = asked === picked ? outcome : await scene.git.keepHunks(scene.repository, base, next, asked)
        expect(ours).toEqual({ outcome: 'kept', tree: keepParts(scene, base, next, asked) })
        seen.trees++
        seen.renames += diff.files.filter(({ status }) => status === 'renamed').length
        seen.modes += diff.files.filter(({ status, oldMode, newMode }) => status === 'modified' && oldMode !== newMode).length
        seen.pieces += picked.length
        seen.dropped += asked.filter(({ keep }) => !keep).length
        seen.refused += asked === picked ? 0 : 1
      }
      expect(Math.min(seen.dropped, seen.renames, seen.modes)).toBeGreaterThan((TREES * CHANGES) / 20)
      if (process.env['LUGH_TEST_SEED'] !== undefined) console.info(seen)
    }),
  LONG ? 600_000 : 60_000,
)

/** The same verdicts, but for files that became folders and what became of them: those are kept whole. */
function withoutClashes(picked: readonly Picked[], files: Diff['files']): Picked[] {
  const folders = files.flatMap(({ path }) => (path.endsWith('/inner') ? [path.slice(0, -'/inner'.length)] : []))
  const isOne = (path: string | undefined): boolean => path !== undefined && folders.some((folder) => path === folder || path === `${folder}/inner`)
  return picked.map((one) => (isOne(files[one.file]?.path) || isOne(files[one.file]?.oldPath) ? { ...one, keep: true } : one))
}
