/** apply_patch and find_files on real files: all of a patch or nothing, a repeat after a kill does nothing twice; and pictures that are looked at. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EditGuard, ToolContext, ToolOutcome } from '../port.ts'
import { createTools } from './index.ts'
import { applyHunks, parsePatch } from './parse-patch.ts'

const tools = createTools()
let worktree: string
let context: ToolContext
const never = (): never => {
  throw new Error('nothing is run here')
}

beforeEach(() => {
  worktree = mkdtempSync(join(tmpdir(), 'lugh-patch-'))
  context = {
    worktree,
    signal: new AbortController().signal,
    onOutput: () => undefined,
    runCommand: never,
    background: { start: never, look: never, stop: never },
  }
})
afterEach(() => rmSync(worktree, { recursive: true, force: true }))

function put(path: string, text: string | Uint8Array): void {
  mkdirSync(dirname(join(worktree, path)), { recursive: true })
  writeFileSync(join(worktree, path), text)
}
const got = (path: string): string | undefined => (existsSync(join(worktree, path)) ? readFileSync(join(worktree, path), 'utf8') : undefined)
const patchOf = (...lines: string[]): { patch: string } => ({ patch: ['*** Begin Patch', ...lines, '*** End Patch'].join('\n') })
const apply = (input: { patch: string }, guard?: EditGuard): Promise<ToolOutcome> => tools.run('apply_patch', input, context, guard)

const WHOLE = patchOf(
  '*** Add File: src/new.js',
  '+export const a = 1',
  '*** Update File: src/old.js',
  '@@ function two',
  '   return 1',
  '-  // here',
  '+  // there',
  '*** Delete File: src/gone.js',
  '*** Update File: src/from.js',
  '*** Move to: src/to.js',
  '@@',
  '-x',
  '+y',
)

function ground(): void {
  put('src/old.js', 'function one\n  return 1\n  // here\nfunction two\n  return 1\n  // here\n')
  put('src/gone.js', 'bye\n')
  put('src/from.js', 'x\n')
}
const AFTER = {
  'src/new.js': 'export const a = 1\n',
  'src/old.js': 'function one\n  return 1\n  // here\nfunction two\n  return 1\n  // there\n',
  'src/gone.js': undefined,
  'src/from.js': undefined,
  'src/to.js': 'y\n',
}
const now = (): Record<string, string | undefined> => Object.fromEntries(Object.keys(AFTER).map((path) => [path, got(path)]))

describe('apply_patch', () => {
  it('adds, changes, deletes and renames by one patch, at the place that was named', async () => {
    ground()
    expect(await apply(WHOLE)).toEqual({ output: 'Patched src/new.js, src/old.js, src/gone.js, src/to.js, src/from.js.', isError: false })
    expect(now()).toEqual(AFTER)
  })

  it('changes nothing when one part does not fit, and says which', async () => {
    ground()
    const before = now()
    const { output, isError } = await apply(patchOf('*** Add File: a', '+a', '*** Update File: src/old.js', '@@', '-not there', '+x'))
    expect({ isError, now: now(), a: got('a') }).toEqual({ isError: true, now: before, a: undefined })
    expect(output).toContain('src/old.js: Hunk 1 of 1 does not fit: “not there” is not there')
  })

  it.each([0, 1, 2, 3, 4])('repeated after a kill when %i of its files were written does the rest and nothing twice', async (written) => {
    ground()
    const guard = await tools.guard('apply_patch', WHOLE, context)
    const before = now()
    await apply(WHOLE)
    const order = ['src/new.js', 'src/old.js', 'src/gone.js', 'src/to.js', 'src/from.js']
    for (const path of order.slice(written)) {
      const text = before[path]
      if (text === undefined) rmSync(join(worktree, path), { force: true })
      else put(path, text)
    }
    expect(await apply(WHOLE, guard)).toMatchObject({ isError: false })
    expect(now()).toEqual(AFTER)
  })

  it.each([
    ['outside the project', patchOf('*** Add File: ../x', '+a'), 'outside the project'],
    ['git’s own', patchOf('*** Add File: .git/hooks/post-commit', '+a'), 'belongs to git'],
    ['a file that is there', patchOf('*** Add File: src/old.js', '+a'), 'exists already'],
    ['a file that is not there', patchOf('*** Delete File: nope'), 'does not exist'],
    ['one file twice', patchOf('*** Add File: a', '+a', '*** Delete File: a'), 'names a file twice'],
    ['nothing', { patch: 'diff --git a b' }, 'A patch is'],
  ])('refuses %s', async (_, input, words) => {
    ground()
    const { output, isError } = await apply(input)
    expect({ isError, output }).toEqual({ isError: true, output: expect.stringContaining(words) })
  })

  it('keeps CRLF, and a missing last line feed', () => {
    const parsed = parsePatch(patchOf('*** Update File: a', '@@', ' one', '-two', '+2').patch)
    const hunks = 'files' in parsed && parsed.files[0]?.kind === 'update' ? parsed.files[0].hunks : []
    expect([applyHunks('one\r\ntwo\r\n', hunks), applyHunks('one\ntwo', hunks)]).toEqual([{ text: 'one\r\n2\r\n' }, { text: 'one\n2' }])
  })
})

describe('find_files', () => {
  it('finds by pattern, and says when there is nothing', async () => {
    put('src/a.ts', '')
    put('src/deep/b.ts', '')
    put('node_modules/x/c.ts', '')
    put('README.md', '')
    const find = async (input: object): Promise<string> => (await tools.run('find_files', input, context)).output
    expect([
      await find({ pattern: '*.ts' }),
      await find({ pattern: 'src/*.ts' }),
      await find({ pattern: '*.py' }),
      await find({ pattern: '*.ts', path: 'src/deep' }),
    ]).toEqual(['src/a.ts\nsrc/deep/b.ts', 'src/a.ts', 'No file fits *.py.', 'src/deep/b.ts'])
  })
})

describe('read_file', () => {
  it('shows a picture, told by its bytes', async () => {
    const png = Buffer.from('89504e470d0a1a0a00', 'hex')
    put('a.png', png)
    put('lie.png', 'only words\n')
    expect(await tools.run('read_file', { path: 'a.png' }, context)).toEqual({
      output: 'a.png (image/png, 9 bytes), shown here.',
      isError: false,
      pictures: [{ mediaType: 'image/png', base64: png.toString('base64') }],
    })
    expect(await tools.run('read_file', { path: 'lie.png' }, context)).toEqual({ output: 'lie.png (lines 1-1 of 1)\nonly words', isError: false })
  })
})
