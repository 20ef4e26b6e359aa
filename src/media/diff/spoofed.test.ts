/** 250 diffs that try to hide something: whatever differs between base and tree can be read back from what is drawn. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { git, makeRepository } from '../../../test/support/repositories.ts'
import { beginningOf } from './beginning.ts'
import { cellsOf } from './cells.ts'
import { drawDiff } from './draw-diff.ts'
import { layOut, type Ink, type Measures, type Page } from './lay-out.ts'
import { parsePatch, type PatchFile } from './parse-patch.ts'

const MEASURES: Measures = { columns: { code: 57, name: 52, note: 68 }, pageHeight: 1240, maxPages: Infinity, canDraw: () => true }

const HIDDEN = [
  '\u202e',
  '\u2066',
  '\u2069',
  '\u200b',
  '\u200d',
  '\ufeff',
  '\u00a0',
  '\u00ad',
  '\u3164',
  '\u{e0061}',
  '\ufe0f',
  '\u2028',
  '\u0085',
  '\u001b[2K',
]
const WORDS = [
  'admin',
  'if (',
  'true',
  'return',
  '  ',
  '\t',
  ' ',
  '',
  'r\u043ele',
  'é',
  'e\u0301',
  '漢字',
  '👩‍💻',
  '--- a/x',
  '+++ b/x',
  '@@ -1,2 +1,2 @@',
  'diff --git a/x b/x',
  '\\ No newline at end of file',
  'x'.repeat(150),
]
const line = fc.array(fc.constantFrom(...WORDS, ...HIDDEN, '\r'), { maxLength: 8 }).map((words) => words.join(''))
const text = fc
  .tuple(fc.array(line, { maxLength: 12 }), fc.constantFrom('\n', '\r\n', '\n', '\n'), fc.boolean())
  .map(([lines, end, closed]) => lines.join(end) + (closed && lines.length > 0 ? end : ''))
/** The same text with one thing changed somewhere, as small as a byte. */
const twist = fc.tuple(text, fc.nat(), fc.constantFrom(...HIDDEN, ' ', '\t', '\r', 'о', '\n', '')).map(([old, seed, put]) => {
  const at = old.length === 0 ? 0 : seed % (old.length + 1)
  return [old, put === '' ? old.slice(0, at) + old.slice(at + 1) : old.slice(0, at) + put + old.slice(at)] as const
})
const pair = fc.oneof(twist, fc.tuple(text, text)).map(([old, fresh]) => [old.toWellFormed(), fresh.toWellFormed()] as const)

let repository: string
let patch: string
const pairs = fc.sample(
  pair.filter(([old, fresh]) => old !== fresh && !old.includes('\0')),
  { numRuns: 250, seed: 7 },
)

beforeAll(() => {
  repository = mkdtempSync(join(tmpdir(), 'lugh-spoofed-'))
  const name = (at: number): string => `f${String(at).padStart(3, '0')}.ts`
  makeRepository(repository, Object.fromEntries(pairs.map(([old], at) => [name(at), old])))
  git(repository, 'config', 'core.autocrlf', 'false')
  pairs.forEach(([, fresh], at) => writeFileSync(join(repository, name(at)), fresh))
  patch = `${git(repository, 'diff', '--full-index', '--text', '--no-renames', '--', 'f*.ts')}\n`
})
afterAll(() => rmSync(repository, { recursive: true, force: true }))

/** What a reader of the picture sees, spelled as it is in the file. */
function read(cells: readonly Ink[]): string {
  return cells.map(({ kind, text: drawn }) => (kind === 'box' ? fromName(drawn) : drawn)).join('')
}

const byName = new Map<string, string>()
function fromName(name: string): string {
  if (byName.size === 0)
    for (let point = 0; point < 0x10000; point += 1) {
      const char = String.fromCharCode(point)
      const [cell] = point >= 0xd800 && point < 0xe000 ? [] : cellsOf(char, () => false)
      if (cell?.kind === 'box') byName.set(cell.text, char)
    }
  return byName.get(name) ?? String.fromCodePoint(Number.parseInt(name.slice(2), 16))
}

/** The file as it is after what the pages show was done to `old`. Throws where they do not fit it. */
function applied(old: string, pages: readonly Page[]): string {
  const before = old === '' ? [] : old.split('\n')
  const isClosed = before.at(-1) === ''
  if (isClosed) before.pop()
  const after: string[] = []
  let [at, closed] = [0, isClosed]
  const lines: { sign: string; number: number; text: string }[] = []
  const open = new Set<string>()
  for (const row of pages.flatMap(({ rows }) => rows)) {
    if (row.kind === 'code' && row.number !== undefined) lines.push({ sign: row.sign, number: row.number, text: read(row.cells) })
    else if (row.kind === 'code') {
      const last = lines.at(-1)
      if (last !== undefined) last.text += read(row.cells)
    } else if (row.kind === 'note' && read(row.cells).includes('no line feed')) open.add(lines.at(-1)?.sign ?? '')
  }
  for (const { sign, number, text: shown } of lines) {
    if (sign === '-') while (at < number - 1) after.push(before[at++] ?? '?')
    else while (after.length < number - 1) after.push(before[at++] ?? '?')
    if (sign !== '+') expect(shown).toBe(before[at++])
    if (sign !== '-') after.push(shown)
  }
  const toEnd = at >= before.length
  after.push(...before.slice(at))
  if (toEnd) closed = open.has('+') || open.has(' ') ? false : lines.some(({ sign }) => sign === '+') || isClosed
  return after.join('\n') + (closed && after.length > 0 ? '\n' : '')
}

test('every byte that differs is on the pages', () => {
  const files = parsePatch(patch)
  const changed = pairs.map((each, at) => ({ each, name: `f${String(at).padStart(3, '0')}.ts` }))
  const byPath = new Map(files.map((file): [string, PatchFile] => [file.path, file]))
  for (const { each, name } of changed) {
    const [old, fresh] = each
    const file = byPath.get(name)
    if (file === undefined) throw new Error(`${name} is not on any page`)
    expect(applied(old, layOut([file], MEASURES, () => undefined).pages)).toBe(fresh)
  }
  expect(byPath.size).toBe(250)
})

test('pages that do not hold everything say so, and hold a beginning of it without a gap', () => {
  const files = parsePatch(patch)
  const all = layOut(files, MEASURES, () => undefined)
  const four = layOut(files, { ...MEASURES, maxPages: 4 }, () => undefined)
  expect([all.complete, four.complete, four.pages.length]).toEqual([true, false, 4])
  expect(four.pages.slice(0, 3)).toEqual(all.pages.slice(0, 3))
})

test('a beginning is itself a patch and says when it is not all', () => {
  const { patch: beginning, whole } = beginningOf(patch)
  const [some, all] = [parsePatch(beginning), parsePatch(patch)]
  expect([whole, beginningOf(some.length === 0 ? '' : 'x\n').whole]).toEqual([false, true])
  const lines = (files: readonly PatchFile[]): string[] =>
    files.flatMap(({ path, hunks }) => hunks.flatMap((hunk) => hunk.lines.map((l) => `${path}${l.sign}${l.text}`)))
  expect(lines(all).slice(0, lines(some).length)).toEqual(lines(some))
  expect(lines(some).length).toBeGreaterThan(300)
})

test('modes, links, moves and binaries are told', () => {
  const root = join(repository, 'more')
  makeRepository(root, { 'run.sh': 'echo\n', 'old name.txt': 'a\nb\nc\nd\ne\nf\n', 'logo.bin': '\0\u0001', 'gone.txt': 'x\n', 'empty.txt': '' })
  chmodSync(join(root, 'run.sh'), 0o755)
  git(root, 'mv', 'old name.txt', 'neuer\tName.txt')
  git(root, 'rm', '-q', 'gone.txt', 'empty.txt')
  writeFileSync(join(root, 'logo.bin'), '\0\u0002\u0003')
  const raw = git(root, 'add', '--all') + git(root, 'diff', '--cached', '--full-index', '-M', 'HEAD')
  const told = raw.replace(/^Binary files .* differ$/mu, 'Binary file logo.bin differs: 2 bytes (ab) → 3 bytes (cd)')
  expect(parsePatch(`${told}\n`).map(({ status, path, oldPath, notes }) => [status, oldPath, path, notes])).toEqual([
    ['D', undefined, 'empty.txt', []],
    ['D', undefined, 'gone.txt', []],
    ['M', undefined, 'logo.bin', ['binary: 2 bytes (ab) → 3 bytes (cd)']],
    ['R', 'old name.txt', 'neuer\tName.txt', ['100% the same']],
    ['M', undefined, 'run.sh', ['file (100644) → executable (100755)']],
  ])
})

/** A line and what it may be made to look like. */
const ALIKE: readonly (readonly [string, string])[] = [
  ['level', 'level\u200b'],
  ['user', 'us\u00a0er'],
  ['a  b', 'a b'],
  ['\tx', '    x'],
  ['end', 'end '],
  ['é', 'e\u0301'],
  ['👍🚀', '👍\u200d🚀'],
  ['漢', '字'],
  ['\ue000', '\ue001'],
  ['x\r', 'x'],
  ['// \u202e', '// \u202d'],
  ['𓀀', '𓀁'],
]

test('no two of them make the same picture', async () => {
  const picture = async (content: string): Promise<string> => {
    const made = `diff --git a/x.ts b/x.ts\nnew file mode 100644\n--- /dev/null\n+++ b/x.ts\n@@ -0,0 +1,1 @@\n+${content}\n`
    const { pages, whole } = await drawDiff({ patch: made, whole: true, title: '', look: 'dark', maxPages: 4 })
    expect([pages.length, whole]).toEqual([1, true])
    return Buffer.from(pages[0] ?? []).toString('base64')
  }
  for (const [one, other] of ALIKE) expect(await picture(one), JSON.stringify(other)).not.toBe(await picture(other))
})
