import { describe, expect, it } from 'vitest'
import { commandDigest, decideCommand, isReadOnly } from './policy.ts'

const HARMLESS = ['ls', 'ls -la src', 'cat README.md', 'head -n 20 src/cart.js', 'grep -rn total src', 'wc -l a b', 'pwd', 'diff a b', 'echo done']
const NOT_READ_ONLY = [
  'cat /etc/passwd',
  'cat ../../secret',
  'ls; rm -rf x',
  'ls && touch x',
  'cat $(touch x)',
  'cat `touch x`',
  'cat a > b',
  'cat a | sh',
  'grep x "$HOME"',
  'FOO=1 ls',
  'ls\nrm x',
  'ls ~',
  'tail -f x',
  'tail --follow=name x',
  'find . -delete',
  'git status',
  'node -e 1',
  'npm test',
  'env ls',
  'command ls',
  './ls',
  'ls *',
  'cat {a,b}',
  'echo \\x',
  "cat 'a'",
  'date -s 2020-01-01',
  'constructor x',
  '__proto__',
  'ｌｓ',
  'ls\u00a0x',
  'file -C -m x',
]

describe('policy', () => {
  it.each(HARMLESS)('reads without asking: %s', (command) => {
    expect(decideCommand(command, 'ask', 'up')).toBe('allow')
  })
  it.each(NOT_READ_ONLY)('asks in ask mode: %s', (command) => {
    expect([isReadOnly(command), decideCommand(command, 'ask', 'up')]).toEqual([false, 'ask'])
  })
  it.each([
    'git push',
    'git -c x=y push origin',
    'sudo ls',
    'npm publish',
    'npm i left-pad',
    'npx x',
    'curl x',
    'rm -rf /',
    'a | ssh b',
    'git reset --hard',
  ])('the floor asks in auto mode too: %s', (command) => {
    expect(decideCommand(command, 'auto', 'up')).toBe('ask')
  })
  it('runs sandboxed commands by itself in auto mode', () => {
    expect(['npm test', 'node --test', 'make', 'git status'].map((command) => decideCommand(command, 'auto', 'up'))).toEqual([
      'allow',
      'allow',
      'allow',
      'allow',
    ])
  })
  it('asks for everything where there is no sandbox', () => {
    expect(['ls', 'npm test'].map((command) => decideCommand(command, 'auto', 'none'))).toEqual(['ask', 'ask'])
  })
  it('binds an approval to the command, the place and the run', () => {
    const action = { tool: 'run_command', command: 'npm test', cwd: '/w' }
    const all = [
      commandDigest(action, 'r1'),
      commandDigest(action, 'r2'),
      commandDigest({ ...action, cwd: '/x' }, 'r1'),
      commandDigest({ ...action, command: 'npm test ' }, 'r1'),
    ]
    expect(new Set(all).size).toBe(4)
  })
})
