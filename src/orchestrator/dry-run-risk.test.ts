import { ChangeId, TaskId } from '#core'
import type { Change, OwnStep } from '#db'
import { describe, expect, it } from 'vitest'
import { riskOf } from './dry-run-risk.ts'

const FILE = { path: 'src/a.js', status: 'modified', oldMode: '100644', newMode: '100644', insertions: 1, deletions: 1, binary: false }
const PASSED = { state: 'ran', command: 'npm test', exitCode: 0, endedBy: null, ms: 1, output: '' } as const
const CHANGE: Change = {
  id: ChangeId.parse('00000000-0000-4000-8000-000000000001'),
  taskId: TaskId.parse('00000000-0000-4000-8000-000000000002'),
  number: 1,
  state: 'proposed',
  targetRef: 'refs/heads/main',
  baseCommit: 'a',
  baseTree: 'b',
  tree: 'c',
  landingPlan: { how: 'ref', say: 'main' },
  digest: 'd',
  files: [FILE],
  insertions: 1,
  deletions: 1,
  diffBytes: 10,
  hiddenCharacters: 0,
  keys: [],
  mergeAsked: false,
  problems: [],
  summary: 'All is perfectly safe, I promise.',
  tests: PASSED,
  testsAllowedBy: null,
  notice: null,
  asking: false,
  part: null,
  atFile: null,
  atHunk: null,
  decidedBy: null,
  decidedAt: null,
}
const step = (state: OwnStep['state']): OwnStep => ({ callId: 'c', tool: 'run_command', state, output: '', command: 'git push' })

describe('the risk of going on from a dry run', () => {
  it('is low only when the tests pass and nothing was withheld', () => {
    expect(riskOf(CHANGE, [step('finished')])).toEqual({ level: 'low', grounds: ['the tests pass, nothing was withheld'] })
    expect(riskOf(undefined, [])).toEqual({ level: 'low', grounds: ['no file changes'] })
  })
  it.each([
    [{ tests: { ...PASSED, exitCode: 1 } }, 'high', 'the tests fail'],
    [{ hiddenCharacters: 2 }, 'high', 'it holds hidden characters'],
    [{ problems: [{ path: 'x', code: 'gitlink', say: 'x' }] }, 'high', 'it holds what cannot be merged'],
    [{ tests: null }, 'medium', 'no tests were run'],
    [{ files: [{ ...FILE, status: 'deleted' }] }, 'medium', '1 file deleted'],
    [{ files: [{ ...FILE, path: 'web/package.json' }] }, 'medium', 'it changes what builds or runs the project'],
    [{ files: [{ ...FILE, binary: true }] }, 'medium', 'it changes binary files'],
  ] as const)('%j makes it %s: %s', (difference, level, grounds) => {
    expect(
      riskOf(
        {
          ...CHANGE,
          ...difference,
          files: [...('files' in difference ? difference.files : CHANGE.files)],
          problems: [...('problems' in difference ? difference.problems : [])],
        },
        [],
      ),
    ).toEqual({ level, grounds: [grounds] })
  })
  it('names what was withheld, and the worst of all facts counts', () => {
    expect(riskOf({ ...CHANGE, hiddenCharacters: 1 }, [step('withheld'), step('withheld')])).toEqual({
      level: 'high',
      grounds: ['it holds hidden characters', '2 commands would still ask you'],
    })
  })
})
