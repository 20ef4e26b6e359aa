/** ripgrep narrows a search behind real walls, and no answer tells whether it was there. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { TaskId, randomIds } from '#core'
import { createTools, type ToolContext } from '#engines'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { noWalls, plantMachine, type Machine } from '../../../test/support/sandbox.ts'
import { ripgrepFor } from './ripgrep-for.ts'

const skip = noWalls('ripgrep') !== undefined
const tools = createTools()
/** More than are read before it is asked which are worth it. */
const FILES = 400

const SEARCHES: readonly Record<string, unknown>[] = [
  { pattern: 'needle' },
  { pattern: 'NEEDLE', ignore_case: true },
  { pattern: '^const needle = \\d+' },
  { pattern: 'needle', path: 'node_modules/x' },
  { pattern: 'nee(dle|p)' },
  { pattern: 'crème brûlée' },
  { pattern: '\uFEFFneedle' },
  { pattern: 'canary' },
  { pattern: '--files' },
]

describe.skipIf(skip)('search_files with and without ripgrep', () => {
  let machine: Machine
  let started: string[][] = []
  const context = (ripgrep: boolean): ToolContext => ({
    worktree: machine.worktree,
    signal: new AbortController().signal,
    onOutput: () => undefined,
    background: { start: refuse, look: refuse, stop: refuse },
    runCommand: refuse,
    ...(ripgrep ? { ripgrep: narrowing } : {}),
  })
  const task = TaskId.parse(randomIds.uuid())
  const behindWalls = (args: readonly string[]): Promise<string | undefined> => {
    const { sandbox, lughHome, worktree } = machine
    return ripgrepFor(
      { m: { sandbox, home: lughHome }, claim: { signal: new AbortController().signal }, worktree: { taskId: task, path: worktree } },
      args,
    )
  }
  const narrowing = (args: readonly string[]): Promise<string | undefined> => {
    started.push([...args])
    return behindWalls(args)
  }
  const search = (input: unknown, ripgrep: boolean): Promise<{ output: string }> => tools.run('search_files', input, context(ripgrep))

  beforeAll(async () => {
    if (skip) return
    machine = await plantMachine()
    const put = (path: string, content: string | Uint8Array): void => {
      mkdirSync(dirname(join(machine.worktree, path)), { recursive: true })
      writeFileSync(join(machine.worktree, path), content)
    }
    for (let n = 0; n < FILES; n += 1) put(`a/${String(n).padStart(4, '0')}.txt`, `filler ${n}\n`)
    put('src/z/one.js', 'const needle = 1 // 🐱\r\nconst Needle = 2\n')
    put('src/z/two.css', '.needle { color: red }\n')
    put('src/z/sweet.md', 'crème brûlée\nneep\n')
    put('src/z/.hidden', 'needle in hiding\n')
    put('src/z/late-nul.txt', Buffer.concat([Buffer.alloc(9000, 'x'), Buffer.from([10, 0, 10]), Buffer.from('needle after a NUL\n')]))
    put('src/z/latin1.txt', Buffer.from([0xe9, 10, ...Buffer.from('needle')]))
    put('src/z/large.txt', `${'x'.repeat(1024 * 1024)}\nneedle\n`)
    put('src/z/options.txt', '--files\n')
    put('src/z/marked.txt', '\uFEFFneedle with a mark\n')
    put('node_modules/x/c.js', 'needle\n')
    put('.gitignore', 'src\n')
    put('.ignore', 'src\n')
    put('.rgignore', 'src\n')
    put('.git', 'needle\n')
    symlinkSync(join(machine.personHome, '.npmrc'), join(machine.worktree, 'src/z/npmrc'))
  })
  afterAll(async () => {
    if (!skip) await machine.end()
  })

  it('answers the same', async () => {
    started = []
    for (const input of SEARCHES) expect(await search(input, true), JSON.stringify(input)).toEqual(await search(input, false))
    expect((await search({ pattern: 'needle' }, true)).output.split('\n')).toEqual([
      'src/z/.hidden:1: needle in hiding',
      'src/z/late-nul.txt:3: needle after a NUL',
      'src/z/marked.txt:1: \uFEFFneedle with a mark',
      'src/z/one.js:1: const needle = 1 // 🐱',
      'src/z/two.css:1: .needle { color: red }',
    ])
    // Asked where much was to be read and a text is certain, and nowhere else.
    expect(started.length).toBeGreaterThanOrEqual(5)
    expect(started.length).toBeLessThan(SEARCHES.length)
  })

  it('goes on without it where it fails', async () => {
    const broken = { ...context(true), ripgrep: () => Promise.resolve(undefined) }
    expect(await tools.run('search_files', { pattern: 'needle' }, broken)).toEqual(await search({ pattern: 'needle' }, false))
  })

  it('reads nothing outside its own ground', async () => {
    for (const path of [machine.personHome, machine.lughHome, machine.sibling, '/etc/shadow'])
      expect((await behindWalls(['--no-config', '-uuu', '--follow', '--no-messages', '-l', '-e', machine.canary, '--', path])) ?? '').toBe('')
  })
})

function refuse(): never {
  throw new Error('not here')
}
