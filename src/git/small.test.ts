import { expect, test } from 'vitest'
import { branchNames, fallbackName, refOf } from './branch-name.ts'
import { fields, readable, readableName, toBytes } from './bytes.ts'
import { parseChanges } from './changed-files.ts'
import { GitFailed, redact } from './failure.ts'
import { worktreeName } from './places.ts'
import { createQueue } from './queue.ts'

test('the queue runs one at a time per key in order, keys side by side, and a failure holds up nobody', async () => {
  const oneAtATime = createQueue()
  const log: string[] = []
  const opened = Promise.withResolvers<void>()
  const first = oneAtATime('a', async () => {
    log.push('a1 begins')
    await opened.promise
    log.push('a1 fails')
    throw new Error('no')
  })
  const second = oneAtATime('a', async () => log.push('a2'))
  await oneAtATime('b', async () => log.push('b1'))
  opened.resolve()
  await expect(first).rejects.toThrow('no')
  await second
  expect(log).toEqual(['a1 begins', 'b1', 'a1 fails', 'a2'])
})

test('bytes go through names unchanged', () => {
  const raw = new Uint8Array([0xe9, 0xff, 0x0a, 0, 0x41, 0])
  expect(fields(raw).map((name) => [...toBytes(name)])).toEqual([[0xe9, 0xff, 0x0a], [0x41]])
  expect(fields(new Uint8Array())).toEqual([])
})

test('valid text is itself, each invalid byte is named, truncated and overlong sequences too', () => {
  expect(readable(Buffer.from('grüß 日本 😀\n'))).toBe('grüß 日本 😀\n')
  expect(readable(Buffer.from([0x61, 0xc3, 0x0a, 0xc0, 0x80, 0xf0, 0x9f, 0x98, 0x80, 0xed, 0xa0, 0x80]))).toBe(
    'a⟦0xC3⟧\n⟦0xC0⟧⟦0x80⟧😀⟦0xED⟧⟦0xA0⟧⟦0x80⟧',
  )
  expect(readableName('a\xe9')).toBe('a⟦0xE9⟧')
  expect(readable(Buffer.from('\ufeffx'))).toBe('\ufeffx')
})

test('ten megabytes of invalid bytes are read within the time of a test', () => {
  expect(readable(new Uint8Array(10_000_000).fill(0xff)).startsWith('⟦0xFF⟧⟦0xFF⟧')).toBe(true)
})

test('branch names become references, anything else is refused', () => {
  expect(['main', 'lugh/t1-x', 'ü', 'a.b', 'a@b'].map(refOf)).toEqual([
    'refs/heads/main',
    'refs/heads/lugh/t1-x',
    'refs/heads/ü',
    'refs/heads/a.b',
    'refs/heads/a@b',
  ])
  for (const name of [
    '',
    '@',
    '-a',
    '/a',
    'a/',
    'a//b',
    '.a',
    'a/.b',
    'a..b',
    'a.lock',
    'a.lock/b',
    'a b',
    'a:b',
    'a~',
    'a^',
    'a?',
    'a*',
    'a[',
    'a\\b',
    'a@{1}',
    'a\nb',
    'a.',
    'a\x7f',
  ])
    expect(() => refOf(name), name).toThrow('is no name for a branch')
})

test('names to try are distinct and begin with the one that was wanted', () => {
  const names = [...branchNames('lugh/t1')]
  expect([names[0], names[1], names[50], new Set(names).size, fallbackName('0123456789abcdef')]).toEqual([
    'lugh/t1',
    'lugh/t1-2',
    'lugh-t1',
    100,
    'lugh/0123456789',
  ])
})

test('worktree names are safe and distinct per path', () => {
  expect(worktreeName('/x/ü ..')).toMatch(/^[\w-]+$/)
  expect(worktreeName('/a/t1')).not.toBe(worktreeName('/b/t1'))
})

test('credentials leave every URL of a text', () => {
  expect(redact("fatal: 'https://mia:pa55@h/x' ssh://git@h https://h/a@b git@h:x")).toBe("fatal: 'https://h/x' ssh://h https://h/a@b git@h:x")
})

const finished = { exitCode: 128, signal: null, endedBy: null, stdout: '', stderr: '', truncated: false, ms: 1 }

test('a full disk, a timeout and a lock can be tried again; other failures cannot', () => {
  const seen = [
    { ...finished, stderr: 'fatal: write error: No space left on device' },
    { ...finished, exitCode: null, endedBy: 'timeout' as const },
    { ...finished, stderr: "fatal: Unable to create '/x/index.lock': File exists." },
    { ...finished, stderr: 'fatal: bad object https://a:b@c/' },
  ].map((result) => new GitFailed(['git', 'x'], result))
  expect(seen.map(({ code, retryable }) => [code, retryable])).toEqual([
    ['disk.full', true],
    ['git.failed', true],
    ['git.failed', true],
    ['git.failed', false],
  ])
  expect(seen.at(-1)?.message).not.toContain('a:b')
})

test('a change git describes in an unknown way is an error, never left out', () => {
  const raw = ':100644 100644 1 2 M\0a\0'
  for (const text of [':100644 100644 1 2 X\0a\0', ':100644 100644 1 2 M\0', ':100644 100644 1 2 R100\0a\0', raw, `${raw}x\ty\ta\0`])
    expect(() => parseChanges(Buffer.from(text)), JSON.stringify(text)).toThrow('in a way Lugh does not know')
  expect(parseChanges(Buffer.from(`${raw}1\t2\ta\0`))).toMatchObject([{ path: 'a', insertions: 1, deletions: 2, binary: false }])
})
