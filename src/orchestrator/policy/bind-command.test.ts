import { describe, expect, it } from 'vitest'
import { commandDigest } from './bind-command.ts'

describe('what an approval is bound to', () => {
  it('is the command, the place and the run', () => {
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
