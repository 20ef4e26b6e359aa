import { describe, expect, it } from 'vitest'
import { alikeDigest, commandDigest, whatChanged } from './bind-command.ts'

const action = { tool: 'run_command', command: 'npm test', cwd: '/w' }

describe('what an approval is bound to', () => {
  it('is the command, the place, the run and what it would meet', () => {
    const all = [
      commandDigest(action, 'r1', { worktree: 'a' }),
      commandDigest(action, 'r2', { worktree: 'a' }),
      commandDigest({ ...action, cwd: '/x' }, 'r1', { worktree: 'a' }),
      commandDigest({ ...action, command: 'npm test ' }, 'r1', { worktree: 'a' }),
      commandDigest(action, 'r1', { worktree: 'b' }),
      commandDigest(action, 'r1', { worktree: 'a', path: '/bin' }),
    ]
    expect(new Set(all).size).toBe(6)
  })
  it('is said in words when it changed', () => {
    expect(whatChanged({ worktree: 'a', path: '/bin', engine: 'x' }, { worktree: 'b', path: '/usr/bin', engine: 'x' })).toBe(
      'files of the worktree, PATH',
    )
  })
  it('makes requests alike by what would run and how risky it looked, wherever it would run', () => {
    const risk = 'runs code'
    expect(alikeDigest('p', action, risk)).toBe(alikeDigest('p', { ...action, cwd: '/other' }, risk))
    expect(
      new Set([
        alikeDigest('p', action, risk),
        alikeDigest('q', action, risk),
        alikeDigest('p', action, 'x'),
        alikeDigest('p', { ...action, command: 'x' }, risk),
      ]).size,
    ).toBe(4)
  })
})
