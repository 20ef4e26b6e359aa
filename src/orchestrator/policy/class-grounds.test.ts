/** Where a class, an offer and a reason begin and end: the small changes to the policy that nothing else would notice. */
import { describe, expect, it } from 'vitest'
import { decideCommand, judgeCommand } from './judge-command.ts'
import { offerFor } from './offer.ts'
import type { RiskClass } from './risk-class.ts'
import { ruleDigest, ruleText } from './rule.ts'

describe('what a class hangs on', () => {
  const risks = (commands: readonly string[]): unknown => commands.map((command) => [command, judgeCommand(command).risk])
  const are = (risk: RiskClass, commands: readonly string[]): void => expect(risks(commands)).toEqual(commands.map((command) => [command, risk]))
  const nested = (depth: number): string => (depth === 0 ? 'ls' : `sh -c ${JSON.stringify(nested(depth - 1))}`)

  it('lines within lines are read to the fourth, and what they hold counts wherever it stands', () => {
    expect([1, 4, 5, 6].map((depth) => judgeCommand(nested(depth)).risk)).toEqual(['inline', 'inline', 'hidden', 'hidden'])
    are('unreadable', ["sh -c 'ls ;;'", 'größe x', 'ls --größe'])
    are('root', ["sh -c 'timeout 5 sudo ls'", "env -S'sudo ls'", "env --split-string='sudo ls' x", "vim -c '!sudo ls' x", "vim '+:!sudo ls'"])
    are('hidden', [
      'sh -c',
      "sh -c 'sh -e $X'",
      'bash -e $X',
      'timeout 5 ls $X',
      'timeout 5 ls *.ts',
      'sem -a x',
      'parallel -a x',
      'parallel :::: x',
      'ls | parallel',
    ])
    are('project', ['npm test -- -t "rm a"', 'npm test "ls ;;"', 'npm test "eval x"', 'env ls ../x', 'sh -e', 'bash --norc a.sh'])
    are('outside', ['sem rm', 'entr rm', 'fdfind -x rm', 'watchexec rm'])
    expect([200, 201].map((words) => judgeCommand(`env ${'a '.repeat(words)}`).risk)).toEqual(['project', 'hidden'])
  })
  it('a path names another program than its last word alone', () => {
    are('project', ['/usr/bin/touch a', '../bin/touch a', 'a/../touch x'])
    expect(['npm test', './npm test', '/usr/bin/npm test', 'bin/npm test'].map((command) => judgeCommand(command).offer.length)).toEqual([1, 0, 0, 0])
  })
  it('what feeds a program, and what is kept for later', () => {
    are('write', ['ls > 3', 'ls >& x', 'sed -i 1d x', "sed -i '2i text' x", "sed -i 's/a/b/;3d' x"])
    are('inline', ["echo 1 | python3 -c 'print(1)'", "sed '1!e' x", "sed -n 'Ra' x", "python3 -m timeit 'a()'"])
    are('hidden', [
      '{ sh; } < x',
      '{ sh; } < x > y',
      "X='$(git push)' ls",
      "X+='$(git push)' ls",
      "X=(a 'b[$(git push)]')",
      'X=`ls` ls $"a"',
      'NODE_ENV=$X ls',
    ])
    are('hidden', [
      'cat x | m4',
      'ed -s x <<< y',
      'make -f - < x',
      'make -f- <<< x',
      'npm config set a b',
      'npm c x',
      'npm explore x -- ls',
      "bun -e '1'",
    ])
    are('project', ['ls | wc -l $(node)', 'NODE_ENV=test ls', 'X=1 ls', 'npm config list', 'node inspect x.js', 'make -f x'])
    are('read', ['ls --x=größe', 'cat < x', 'echo ${X:-a}', 'echo ${a[0]}', 'echo ${a[@]}', 'echo ${X:1:2}', 'echo ${X: -1}', 'cat .env.x', 'ls .g*'])
    are('network', ['python3 -m ftplib x', 'python3 -m webbrowser x', 'python3 -m smtpd'])
  })
  it('words that are text, patterns or anything at all, and those that are opened', () => {
    const text = 'echo true : printf basename dirname which type tr seq sleep ps printenv exit grep rg jq'.split(' ')
    are(
      'read',
      text.map((program) => `${program} ../x${['grep', 'rg', 'jq', 'tr'].includes(program) ? ' a' : ''}`),
    )
    are('read', [
      'command -v ../x',
      'date -d ../x',
      'echo $X',
      'true $X',
      'false $X',
      'set -e',
      'find . -newer x',
      'find a',
      "find a -exec ls {} ';'",
    ])
    are('project', ['date $X', 'set x', 'set -e ../x', 'find . -newer', "find a -exec find {} ';'", 'find a -exec ls {}', 'find -L a'])
    are('elsewhere', ['find . -newer ../x', 'find . -samefile ../x', 'grep -f ../x a', 'rg --file=../x a'])
    are('outside', ["find a -exec cd {} ';'"])
    are('delete', ["find a -exec ls {} ';' -exec rm {} ';'"])
    are('hidden', ['npm frob $X', 'npm --version $X', "find a -exec ls $X {} ';'"])
    are('install', ['yarn', 'bun', 'npm -v x', 'uv pip list', 'go run x@y'])
    expect(
      ['cargo test', 'cargo frobnicate', 'npm typecheck', 'npm frob', 'npm run a', 'npm run -- a'].map(
        (command) => judgeCommand(command).offer.length,
      ),
    ).toEqual([1, 0, 1, 0, 1, 0])
  })
  it('offers for good what a person reads in full: a line’s rules, a tool with its arguments, nothing of another act', () => {
    const call = { connector: 'c', server: 's', definition: 'd', tool: 't', digest: 'x' }
    const at = { command: 'npm test', cwd: '/w' }
    expect([
      offerFor({ tool: 'run_command', ...at }),
      offerFor({ tool: 'setup', ...at }),
      offerFor({ tool: 'mcp', ...at }),
      offerFor({ tool: 'mcp', ...at, call }),
    ]).toEqual([[{ program: 'npm', args: ['test'], more: true }], [], [], [{ call, input: 'npm test' }]])
    expect([ruleText({ call, input: 's · t {}' }), ruleText({ program: 'sh', args: ["it's", 'a b'], more: false })]).toEqual([
      's · t {}',
      String.raw`sh 'it'\''s' 'a b'`,
    ])
    expect(
      new Set([ruleDigest({ call, input: 'a' }), ruleDigest({ call, input: 'b' }), ruleDigest({ program: 'a', args: [], more: false })]).size,
    ).toBe(3)
  })
  it('expansions that assign, index by a name, slice by one, or speak another language hide what they run', () => {
    are('hidden', [
      'echo ${X:=a}',
      'echo ${X=a}',
      'echo ${a[X]}',
      'echo ${#a[X]}',
      'echo ${X:Y}',
      'echo ${X:0:Y}',
      'echo ${X@P}',
      'echo ${!X}',
      'echo $"a"',
    ])
  })
  it('globs that may be the folder above leave the worktree, others do not', () => {
    are('elsewhere', ['cat .*', 'cat ..*/x', 'cat .?/x', 'cat .[.]/x', 'cat a/.*/x', "cat $'..\\x2fx'"])
    are('read', ['cat .a*', 'cat .*a', 'cat *', 'cat ?/x', 'cat .[a-z]*', 'cat .???', 'cat a.*'])
  })
  it('archivers and git start programs by more words than one', () => {
    are('hidden', [
      "tar -xf x --to-com='ls'",
      'tar cf - . --checkpoint=1 --checkpoint-a=exec=sh',
      'tar xIf sh a',
      'tar -cf h:x .',
      'zip -T x y',
      'zip x y -TT ls',
    ])
    are('hidden', [
      'split --filter=ls x',
      'install --strip-program=x a b',
      'cpio -o --rsh-command=x',
      'patch -e x',
      'git merge -s x y',
      'git merge --strategy=x y',
    ])
    are('hidden', [
      'git tag -s v1',
      'git tag -u x v1',
      'git commit -S -m x',
      'git init --template=x',
      'git bisect view',
      'git bisect replay x',
      'git stash show --ext-diff',
    ])
    are('hidden', ["git branch --format='%(signature)'", "git log --format='%(signature:key)'"])
    are('write', [
      'tar cf x.tar LICENSE',
      'zip -r x.zip a',
      'split x',
      'git merge main',
      'git merge -s ours x',
      'git merge -X theirs x',
      'git tag -m x v1',
      'git commit -m S',
    ])
    are('write', ['git init x', 'git bisect good', 'patch -p1 x', 'unzip -o x.zip'])
  })
  it('the longest command, the fullest offer and the reason are as they are said', () => {
    expect([8000, 8001].map((length) => judgeCommand(`ls ${'a'.repeat(length - 3)}`).risk)).toEqual(['read', 'unreadable'])
    const chain = ['npm test', 'npm run a', 'npm run b', 'npm run c']
    expect([3, 4].map((n) => judgeCommand(chain.slice(0, n).join(' && ')).offer.length)).toEqual([3, 0])
    expect(['sh a.sh ok', 'sh a.sh "b c"', 'sh a.sh $X', 'sh a.sh ../x', './sh a.sh'].map((command) => judgeCommand(command).offer.length)).toEqual([
      1, 0, 0, 0, 0,
    ])
    expect(['node --test --test-reporter=spec', 'node --test --test-reporter=../x'].map((command) => judgeCommand(command).offer.length)).toEqual([
      1, 0,
    ])
    expect(['# x', 'cat <<E\nx', 'ls \\', 'ls\u200b'].map((command) => judgeCommand(command).problem)).toEqual([
      'there is nothing in it',
      'a here document in it has no end',
      'it ends in the middle',
      'it holds characters that look like others, or cannot be seen',
    ])
    const judged = judgeCommand('npm test')
    const rules = judged.offer.map(ruleDigest)
    expect(decideCommand(judged, { mode: 'auto', walls: 'up', granted: new Set(rules) })).toEqual({ decision: 'allow', by: 'rule', rules })
  })
})
