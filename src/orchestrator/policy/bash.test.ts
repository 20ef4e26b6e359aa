/**
 * The policy against the shell itself: whatever it lets run unasked is run by a real bash, with everything hostile spliced into it that a
 * repository, a file name or a page could have put there, and nothing may happen. Behind the walls, so that a miss harms nobody.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { chance } from '../../../test/support/chance.ts'
import { noWalls, plantMachine, type Machine } from '../../../test/support/sandbox.ts'
import { LOOKING } from '../run-command.ts'
import { decideCommand, judgeCommand } from './judge-command.ts'

const skip = noWalls('policy against bash') !== undefined

/** Leaves a trace when a shell, or anything a shell starts, runs it. */
const ACT = 'touch caught'

/** What stands where a word, a line or a part of one was expected. */
const PAYLOADS = [
  `; ${ACT}`,
  `;${ACT};`,
  `& ${ACT}`,
  `&& ${ACT}`,
  `|| ${ACT}`,
  `| ${ACT}`,
  `|& ${ACT}`,
  `\n${ACT}`,
  `\r\n${ACT}`,
  `\\\n;${ACT}`,
  `# \n${ACT}`,
  `$(${ACT})`,
  `"$(${ACT})"`,
  `'$(${ACT})'`,
  `$'\\x24(${ACT})'`,
  `\`${ACT}\``,
  `"\`${ACT}\`"`,
  `\\$(${ACT})`,
  `\\\\$(${ACT})`,
  `<(${ACT})`,
  `>(${ACT})`,
  `$((a[$(${ACT})]))`,
  `\${a[$(${ACT})]}`,
  `\${x:-$(${ACT})}`,
  `\${x:=$(${ACT})}`,
  `\${x/#/$(${ACT})}`,
  `\${x@P}`,
  `{a,$(${ACT})}`,
  `"a$(${ACT})b"`,
  `'a'$(${ACT})'b'`,
  `'; ${ACT}; '`,
  `"; ${ACT}; "`,
  `'\n${ACT}\n'`,
  `$"$(${ACT})"`,
  `<<E\n$(${ACT})\nE`,
  `<<'E'\n$(${ACT})\nE`,
  `<<-E\n\t$(${ACT})\n\tE`,
  `<<< $(${ACT})`,
  `<<< "$(${ACT})"`,
  `> caught`,
  `>> caught`,
  `>| caught`,
  `&> caught`,
  `<> caught`,
  `2> caught`,
  `1>caught`,
  `{fd}> caught`,
  `>&caught`,
  `; eval '${ACT}'`,
  `; sh -c '${ACT}'`,
  `; . ./act.sh`,
  `; ./act.sh`,
  `; f() { ${ACT}; }; f`,
  `; (${ACT})`,
  `; { ${ACT}; }`,
  `; ! ${ACT}`,
  `; time ${ACT}`,
  `; coproc ${ACT}`,
  `; if ${ACT}; then :; fi`,
  `; while ${ACT} && false; do :; done`,
  `; for x in 1; do ${ACT}; done`,
  `; case x in *) ${ACT};; esac`,
  `; trap '${ACT}' EXIT`,
  `; command ${ACT}`,
  `; builtin eval '${ACT}'`,
  `; env ${ACT}`,
  `; xargs ${ACT} < /dev/null`,
  `; find . -maxdepth 0 -exec ${ACT} ';'`,
  `; [[ -v 'a[$(${ACT})]' ]]`,
  `; test -v 'a[$(${ACT})]'`,
  `; [ -v 'a[$(${ACT})]' ]`,
  `; printf -v 'a[$(${ACT})]' x`,
  `; read 'a[$(${ACT})]' <<< x`,
  `; declare 'a[$(${ACT})]=x'`,
  `; let 'a[$(${ACT})]=1'`,
  `; unset 'a[$(${ACT})]'`,
  `; (( a[$(${ACT})] ))`,
  `; x='a[$(${ACT})]'; echo $((x))`,
  `; x='$(${ACT})'; echo \${x@P}`,
  `; sed '1e ${ACT}' a.txt`,
  `; sed -n 's/.*/${ACT}/e' a.txt`,
  `; sed 'w caught' a.txt`,
  `; awk 'BEGIN { system("${ACT}") }'`,
  `; awk 'BEGIN { print 1 > "caught" }'`,
  `; awk 'BEGIN { "${ACT}" | getline }'`,
  `; sort -o caught a.txt`,
  `; uniq a.txt caught`,
  `; tee caught`,
  `; find . -fprint caught`,
  `; find . -maxdepth 0 -execdir ./act.sh ';'`,
  `; git -c alias.x='!${ACT}' x`,
  `; git -c core.pager='${ACT};cat' log`,
  `; git grep -O./act.sh a`,
  `; git log --output=caught`,
  `; git diff --no-index --output=caught a.txt src/b.txt`,
  `; rg --pre ./act.sh a`,
  `; xxd a.txt caught`,
  `; date -f a.txt > caught`,
  `；${ACT}`,
  `﹔ ${ACT}`,
  `\u2028${ACT}`,
  `\u0085${ACT}`,
  `\u00a0;${ACT}`,
  `\u202e;${ACT}`,
  `-exec ${ACT} ;`,
  `--exec=./act.sh`,
  `--output=caught`,
  `-o caught`,
  `-Ocaught`,
  `--pre=./act.sh`,
  `*`,
  `\${PWD}/*`,
]

/** What agents look around with; `%` is where the payload goes. */
const TEMPLATES = [
  'ls %',
  'ls -la%',
  'cat a.txt%',
  'cat "%"',
  "cat '%'",
  'grep -n % a.txt',
  "grep -rn 'a%' src",
  'head -n 5 a.txt | wc -l%',
  'find . -name "%"',
  'git log --oneline%',
  'git diff -- %',
  'echo %',
  'echo "%" | sort',
  '[ -f a.txt ]%',
  'cd src && ls%',
  'sort a.txt | uniq -c%',
  'cd bare && git status%',
]

const SPLICED = [...new Set(TEMPLATES.flatMap((template) => PAYLOADS.map((payload) => template.replace('%', () => payload))))]

/** What commands are thrown together of by chance: all that opens, closes, joins, assigns or reads, and little that means anything. */
const SHARDS = [
  ...'echo cat ls printf grep sed awk sort : cd src a.txt x touch caught $( ) ` " \' $\' $" \\ ${ } ${x:= ${x:- ${x= ${a[ ] ${PATH: ${#'.split(' '),
  ..."${! ${x/ ${x% @P} $(( )) $[ { ( [[ ]] [ -eq -n -v <<E <<'E' <<-E <<< <( >( < > >> >| >& &> 2>&1 /dev/null ; ;; & && | || |& + * ?".split(' '),
  ...'! # = x= a=( a[0]= if then fi for in do done while case esac x) f() ;f time coproc 1 $x $a ~ .. / , {a, ..b} - -- -e p e'.split(' '),
  ...`s/a/b/ '{print}' ${ACT}|$(${ACT})|'a[$(${ACT})]'|\`${ACT}\`|\\$(${ACT})|;${ACT};|"$(${ACT})"|'${ACT}'|\nE\n|\n|\t| |w caught`.split('|'),
  "${x:='a[$(touch caught)]'}",
  '${b[x]}',
  '${PATH:x}',
  '$((x))',
  '${x@P}',
  '$x',
  '${!x}',
  '[ -v "$x" ]',
  '[[ $x -eq 1 ]]',
] as const
/** So many are thrown; few of them run unasked. */
const THROWN = process.env['LUGH_TEST_LONG'] === '1' ? 1_000_000 : 20_000
const MAX_SHARDS = 9

/** Runs each command of a file in a bash of its own, and says after which of them there is the trace; at the end, whether all else is as it was. */
const DRIVER = `cp -r tree clean
cd tree
n=0
while IFS= read -r -d '' command; do
  n=$((n + 1))
  bash -c "$command" > /dev/null 2>&1 < /dev/null
  if [ -e caught ] || [ -e src/caught ]; then
    echo $n
    rm -f caught src/caught
  fi
done < ../commands
cd ..
diff -r --exclude=index tree clean && echo done $n
`

let machine: Machine
beforeAll(async () => {
  if (!skip) machine = await plantMachine()
})
afterAll(async () => {
  if (!skip) await machine.end()
})

/** Of these commands those that changed something. */
async function acted(commands: readonly string[]): Promise<string[]> {
  const at = machine.worktree
  const tree = [
    'rm -rf tree clean && mkdir -p tree/src && cd tree',
    "printf 'a\\nb\\n' > a.txt && printf 'a\\n' > src/b.txt && printf '#!/bin/sh\\n${ACT}\\n' > act.sh && chmod +x act.sh",
    // To git a folder like this is a repository, with settings of its own.
    `mkdir -p bare/objects bare/refs && echo 'ref: refs/heads/x' > bare/HEAD && printf '[core]\nrepositoryformatversion = 0\nworktree = ..\nfsmonitor = "${ACT}; false"\nhooksPath = .\n' > bare/config && cp act.sh bare/post-index-change`,
    'git init -q && git add . && git -c user.name=a -c user.email=a@b commit -qm one && git status',
  ]
  writeFileSync(join(at, 'commands'), commands.map((command) => `${command}\0`).join(''))
  writeFileSync(join(at, 'driver.sh'), DRIVER)
  const done = await machine.sh(`(${tree.join(' && ')}) > /dev/null && bash driver.sh`, { env: LOOKING, limits: { timeoutMs: 600_000 } })
  expect(done.stdout, done.stderr.slice(-500)).toMatch(new RegExp(`done ${commands.length}\\n$`))
  return done.stdout
    .split('\n')
    .filter((line) => /^\d+$/.test(line))
    .map((line) => commands[Number(line) - 1] ?? '?')
}

it.skipIf(skip)(
  `of ${SPLICED.length} commands with something hostile in them, those that run unasked do nothing in a real bash`,
  { timeout: 120_000 },
  async () => {
    expect(SPLICED.length).toBeGreaterThanOrEqual(1000)
    const unasked = SPLICED.filter((command) => decideCommand(judgeCommand(command), { mode: 'ask', walls: 'up' }).decision === 'allow')
    expect(unasked.length).toBeGreaterThan(100)
    // The traps work: a command that does act is caught.
    const bait = [`ls; ${ACT}`, 'cd src && date > caught', 'cd bare && GIT_CONFIG_COUNT=0 git status 2>&1', 'cat a.txt']
    expect(await acted([...unasked, ...bait])).toEqual(bait.slice(0, 3))
  },
)

it.skipIf(skip)(
  `of ${THROWN} commands thrown together by chance, those that run unasked do nothing in a real bash`,
  { timeout: 900_000 },
  async () => {
    const dice = chance(Number(process.env['LUGH_TEST_SEED'] ?? 4))
    const unasked = new Set<string>()
    for (let n = 0; n < THROWN; n += 1) {
      const shards = Array.from({ length: dice.between(1, MAX_SHARDS) }, () => SHARDS[dice.between(0, SHARDS.length)] ?? '')
      const command = `${dice.pick(['echo ', 'cat ', 'ls ', ''])}${shards.join(dice.pick(['', ' ']))}`
      if (!command.includes('caught')) continue
      if (decideCommand(judgeCommand(command), { mode: 'ask', walls: 'up' }).decision === 'allow') unasked.add(command)
    }
    expect(await acted([...unasked])).toEqual([])
  },
)
