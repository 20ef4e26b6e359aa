import { describe, expect, it } from 'vitest'
import { ASKED_COMMANDS, FLOOR_COMMANDS, HARMLESS_COMMANDS } from '../../../test/support/command-corpus.ts'
import { decideCommand, judgeCommand } from './judge-command.ts'
import { ruleDigest, ruleText } from './rule.ts'

const decide = (command: string, mode: 'ask' | 'auto', granted: string[] = []) =>
  decideCommand(judgeCommand(command), { mode, walls: 'up', granted: new Set(granted) }).decision
const asked = (commands: readonly string[], mode: 'ask' | 'auto') => commands.filter((command) => decide(command, mode) === 'ask')
const allowed = (commands: readonly string[], mode: 'ask' | 'auto') => commands.filter((command) => decide(command, mode) === 'allow')

/** Of the harmless ones these still ask: what they read cannot be told from their text. */
const FALSE_ASKS = [
  'du -sh *',
  'diff <(ls a) <(ls b)',
  'cat src/{a,b}.ts',
  'for f in src/a.ts src/b.ts; do wc -l "$f"; done',
  "find . -name '*.ts' | xargs wc -l",
  'git ls-files | xargs grep -l foo',
  'wc -l $(git ls-files)',
  'npm ls',
  'timeout 5 ls',
  'test -n "$CI"',
  'while read l; do echo "$l"; done < x',
]

describe('the policy', () => {
  it('has a corpus worth its name', () => {
    expect([new Set([...FLOOR_COMMANDS, ...ASKED_COMMANDS]).size >= 300, new Set(HARMLESS_COMMANDS).size >= 200]).toEqual([true, true])
  })
  it('asks in every mode for what reaches beyond the worktree or hides what it runs', () => {
    expect([allowed(FLOOR_COMMANDS, 'ask'), allowed(FLOOR_COMMANDS, 'auto')]).toEqual([[], []])
  })
  it('never offers to allow such a command for good', () => {
    expect(FLOOR_COMMANDS.filter((command) => judgeCommand(command).offer.length > 0)).toEqual([])
  })
  it('asks in ask mode for whatever writes, deletes or runs code', () => {
    expect(allowed(ASKED_COMMANDS, 'ask')).toEqual([])
  })
  it('runs by itself in auto mode what stays in the worktree', () => {
    expect(
      asked(['npm test', 'node --test', 'make', 'git status', 'rm -rf dist', 'touch x', 'git commit -m x', "node -e 'console.log(1)'"], 'auto'),
    ).toEqual([])
  })
  it('asks for few of the harmless ones', () => {
    expect(asked(HARMLESS_COMMANDS, 'ask')).toEqual(FALSE_ASKS)
  })
  it('offers for good only calls of the project with their first words fixed', () => {
    const offered = (command: string) => judgeCommand(command).offer.map(ruleText)
    expect(
      [
        'pnpm test --filter cart',
        'cd web && npm run lint && npm test 2>&1 | tail -5',
        'node --test',
        'sh test.sh',
        './x.sh a',
        'make test',
        'python3 -m pytest -q',
      ].map(offered),
    ).toEqual([
      ['pnpm test …'],
      ['npm run lint …', 'npm test …'],
      ['node --test …'],
      ['sh test.sh'],
      ['./x.sh a'],
      ['make test'],
      ['python3 -m pytest …'],
    ])
  })
  it.each([
    'timeout 5 npm test',
    'env npm test',
    'sh -c "npm test"',
    "node -e '1'",
    'npm test > ../x',
    'npm test $X',
    'npm test --prefix ../x',
    'FOO=1 npm test',
    'cat x | npm test',
    'npm test && rm -rf dist',
    'npm test &',
    'go test -exec ./x ./...',
    'cargo test --config x',
    'pytest ../x',
    'npm test "a; b"',
    'unknown-program',
    'node_modules/.bin/x',
  ])('offers nothing for good for: %s', (command) => {
    expect(judgeCommand(command).offer).toEqual([])
  })
  it('lets a rule cover what it says, and nothing that it would not be offered for', () => {
    const [rule] = judgeCommand('npm test').offer.map(ruleDigest)
    const covered = (command: string) => decide(command, 'ask', [rule ?? ''])
    expect(['npm test', 'npm test cart', 'cd web && npm test | tail'].map(covered)).toEqual(['allow', 'allow', 'allow'])
    expect(
      [
        'npm test && npm run x',
        'npm run test',
        'npm testx',
        'X=1 npm test',
        'npm test; git push',
        'npm test -- ../x',
        'npm test $(ls)',
        'sh -c "npm test"',
        'pnpm test',
      ].filter((command) => covered(command) === 'allow'),
    ).toEqual([])
  })
  it('says what is risky in words, the worst first', () => {
    expect(['npm test', 'ls', 'git push && rm x', 'ls ;;'].map((command) => judgeCommand(command).words)).toEqual([
      "runs the project's code",
      'only reads',
      'pushes, publishes or deploys, deletes files of the worktree',
      "cannot be read with certainty: the shell’s grammar does not hold it: unexpected token ';;'",
    ])
  })
  it('judges the longest command in time, however nested', () => {
    const long = [
      'env '.repeat(900),
      `${'('.repeat(2000)}${')'.repeat(2000)}`,
      '$('.repeat(1500),
      "sh -c '".repeat(500),
      `ls ${'a '.repeat(1900)}`,
      `${'xargs '.repeat(600)}ls`,
    ]
    const begun = performance.now()
    expect(long.map((command) => judgeCommand(command).risk).filter((risk) => risk === 'read')).toHaveLength(1)
    expect(performance.now() - begun).toBeLessThan(2000)
  })
  it('asks for everything where there is no sandbox', () => {
    const bare = [...HARMLESS_COMMANDS, ...ASKED_COMMANDS].filter(
      (command) => decideCommand(judgeCommand(command), { mode: 'auto', walls: 'none' }).decision === 'allow',
    )
    expect(bare).toEqual([])
  })
})
