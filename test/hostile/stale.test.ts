/**
 * Between the card and the tap anything may change: files of the worktree, the person's repository, settings, rows. Each of many generated
 * changes is either refused as stale, with nothing moved, or harmless: what lands is, to the byte, what was shown, on what it was shown on.
 */
import { chmodSync, existsSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { Client } from 'pg'
import { expect, test } from 'vitest'
import type { Message, Person } from '#simulator'
import { addProject, approvalOf, becomes, sees, tap, wish } from '../support/desk.ts'
import { calls, play, runs, says, writes } from '../support/plays.ts'
import { commitFiles, git, makeRepository, tip, writeFiles } from '../support/repositories.ts'
import { serverAvailable } from '../support/stores.ts'
import { LONG, withSystem, type System } from '../support/system.ts'
import { filesOf, filesShown, shownPatch } from './shown.ts'

const LANES = 4
/** Of each lane: every kind once; the long form is the 200 and more that the promise is about. */
const MUTATIONS = LONG ? 60 : 8
const SEED = Number(process.env['LUGH_TEST_SEED'] ?? 7)
const PATIENCE_MS = 90_000

type At = { system: System; person: Person; path: string; task: number; sql: Client; nth: number }
type Mutation = Readonly<{ name: string; make: (at: At) => Promise<void> | void; mend?: (at: At) => Promise<void> | void }>

const inWorktree = ({ system, task }: At): string => {
  const folder = join(system.at.home, 'worktrees')
  return join(folder, readdirSync(folder).find((name) => name.startsWith(`t${task}-`)) ?? 'gone')
}
const set = async ({ person, nth }: At, words: string): Promise<void> => {
  const since = person.mark()
  person.say(`/project set ${words.replace('N', String(nth))}`)
  await person.waitFor(/is now|goes back/, { since, timeoutMs: PATIENCE_MS })
}
const ofTask = `(select id from task where number = $1::int)`
const rows = (name: string, statement: string): Mutation => ({ name, make: async ({ sql, task }) => void (await sql.query(statement, [task])) })
const worktree = (name: string, make: (folder: string) => void): Mutation => ({
  name,
  make: (at) => (existsSync(inWorktree(at)) ? make(inWorktree(at)) : undefined),
})

const MUTATIONS_OF: readonly Mutation[] = [
  worktree('a file of the worktree', (folder) => writeFileSync(join(folder, 'src/total.js'), 'evil()\n')),
  worktree('a new file in the worktree', (folder) => writeFileSync(join(folder, 'evil.js'), 'evil()\n')),
  worktree('a mode in the worktree', (folder) => chmodSync(join(folder, 'README.md'), 0o755)),
  worktree('a file made a link', (folder) => {
    rmSync(join(folder, 'README.md'), { force: true })
    symlinkSync('/etc/passwd', join(folder, 'README.md'))
  }),
  worktree('attributes of the worktree', (folder) => writeFileSync(join(folder, '.gitattributes'), '* -diff filter=x\n')),
  worktree('settings in the worktree', (folder) => writeFiles(folder, { '.lugh/config.yaml': 'target: evil\nfast-forward: false\ntest: evil\n' })),
  worktree('the .git file of the worktree', (folder) => writeFileSync(join(folder, '.git'), 'gitdir: /tmp\n')),
  { name: 'a commit on the target', make: ({ path, nth }) => void commitFiles(path, { [`their${nth}.txt`]: 'x\n' }, `Theirs ${nth}`) },
  { name: 'the same file on the target', make: ({ path, nth }) => void commitFiles(path, { 'README.md': `# ${nth}\n` }, `Readme ${nth}`) },
  { name: 'the target rewritten', make: ({ path, nth }) => void git(path, 'commit', '-q', '--amend', '--allow-empty', '-m', `Rewritten ${nth}`) },
  {
    name: 'settings on the target',
    make: ({ path, nth }) => void commitFiles(path, { '.lugh/config.yaml': `author: "X${nth} <x@x>"\n` }, `Settings ${nth}`),
  },
  {
    name: 'a dirty checkout',
    make: ({ path, nth }) => writeFiles(path, { 'README.md': `dirty ${nth}\n` }),
    mend: ({ path }) => void git(path, 'checkout', '-q', '--', 'README.md'),
  },
  {
    name: 'another branch checked out',
    make: ({ path, nth }) => void git(path, 'checkout', '-q', '-b', `other${nth}`),
    mend: ({ path }) => void git(path, 'checkout', '-q', 'main'),
  },
  { name: 'fast-forward off', make: (at) => set(at, 'fast-forward off'), mend: (at) => set(at, 'fast-forward on') },
  {
    name: 'another target',
    make: async (at) => {
      git(at.path, 'branch', `side${at.nth}`)
      await set(at, 'target sideN')
    },
    mend: (at) => set(at, 'target main'),
  },
  { name: 'the test command', make: (at) => set(at, 'test echo N') },
  { name: 'the author', make: (at) => set(at, 'author Ann N <ann@x>') },
  {
    name: 'configuration of the repository',
    make: ({ path }) => void git(path, 'config', 'filter.x.smudge', 'sed s/a/b/'),
    mend: ({ path }) => void git(path, 'config', '--unset', 'filter.x.smudge'),
  },
  {
    name: 'a replaced object',
    make: ({ path, nth }) => void (nth > 0 && git(path, 'replace', '-f', 'main^{commit}', git(path, 'commit-tree', '-m', 'x', 'main^{tree}'))),
    mend: ({ path }) =>
      void git(path, 'for-each-ref', '--format=%(refname:lstrip=2)', 'refs/replace')
        .split('\n')
        .filter((name) => name !== '')
        .map((name) => git(path, 'replace', '-d', name)),
  },
  rows('the tree in the row', `update change set tree = base_tree where task_id = ${ofTask} and state = 'proposed'`),
  rows('the base in the row', `update change set base_commit = reverse(base_commit) where task_id = ${ofTask} and state = 'proposed'`),
  rows('the base tree in the row', `update change set base_tree = tree where task_id = ${ofTask} and state = 'proposed'`),
  rows('the digest in the row', `update change set digest = reverse(digest) where task_id = ${ofTask} and state = 'proposed'`),
  rows(
    'the plan in the row',
    `update change set landing_plan = landing_plan || '{"say":"Merge does nothing."}' where task_id = ${ofTask} and state = 'proposed'`,
  ),
  rows('the target in the row', `update change set target_ref = 'refs/heads/evil' where task_id = ${ofTask} and state = 'proposed'`),
  rows('the title in the row', `update task set title = title || ' and more' where id = ${ofTask}`),
  rows('the wish in the row', `update task set wish = wish || ' and more' where id = ${ofTask}`),
  rows(
    'the digest in the button',
    `update button set input = jsonb_set(input, '{digest}', '"0000"') where capability = 'merge_change' and card_id in (select id from card where task_id = ${ofTask})`,
  ),
  rows('the state in the row', `update change set state = 'superseded' where task_id = ${ofTask} and state = 'proposed'`),
]

const WORK = play('Work', ({ wish: words }) => calls(writes('src/total.js', `// ${words}\nexport const total = 1\n`)), says('Worked.'))

/** The newest card of the task that can be merged, after this moment. */
function reviewAfter(person: Person, task: number, since: number): Promise<Message> {
  return person.waitFor(
    (message) => message.text.startsWith('🔵 Review') && message.text.includes(` · T${task} `) && person.buttons(message).includes('✅ Merge'),
    { since, timeoutMs: PATIENCE_MS },
  )
}

/** Taps merge on a card that has become something else meanwhile, and answers what is wrong with what came of it. */
async function tryOne(at: At, review: Message, mutation: Mutation): Promise<{ wrong?: string; merged: boolean }> {
  const { person, path, task } = at
  const shownOn = git(path, 'rev-parse', 'main')
  const number = person.messages().filter(({ text }) => text.startsWith(`T${task} · change `)).length
  const shown = filesShown(path, shownOn, shownPatch(person, task, number))
  await mutation.make(at)
  const refs = git(path, 'for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads')
  const toast = await tap(person, review, '✅ Merge')
  if (toast !== 'Merging…')
    return git(path, 'for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads') === refs
      ? { merged: false }
      : { merged: false, wrong: `told "${toast}", and moved` }
  const ended = await becomes(person, review, /^(?:✅ Merged|🌿 Kept|Outdated)|not merged/, PATIENCE_MS)
  if (ended.text.startsWith('🌿')) return { merged: true, wrong: 'kept as a branch that was not shown' }
  if (!ended.text.startsWith('✅ Merged')) {
    const now = git(path, 'for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads')
    return now === refs ? { merged: false } : { merged: false, wrong: `stale, and yet moved:\n${refs}\n${now}` }
  }
  expect(filesOf(path, 'main')).toEqual(shown)
  expect(git(path, '--no-replace-objects', 'rev-parse', 'main^')).toBe(shownOn)
  expect(review.text).toContain(git(path, 'log', '-1', '--format=%s', 'main').replace(/ \(T\d+\)$/, ''))
  return { merged: true }
}

test.skipIf(!serverAvailable)(
  `a change between the card and the tap is refused, or harmless: ${LANES * MUTATIONS} of them, seed ${SEED}`,
  async () => {
    const users = Array.from({ length: LANES }, (_, n) => ({ id: 1001 + n, firstName: `P${n}`, languageCode: 'en' }))
    const env = { LUGH_MODE: 'auto', LUGH_SANDBOX: 'required' }
    await withSystem({ store: 'server', users, limits: false, scripts: [WORK], env }, async (system) => {
      const sql = new Client({ connectionString: system.env['DATABASE_URL'] ?? '' })
      await sql.connect()
      try {
        // Settings are the owner's to change, in every lane.
        await sql.query(`update person set role = 'owner'`)
        const wrong: string[] = []
        const tally = { refused: 0, harmless: 0 }
        const lane = async (n: number): Promise<void> => {
          const person = system.person(1001 + n)
          const path = makeRepository(join(system.at.root, `shop${n}`))
          expect((await addProject(person, path)).text).toContain('is ready')
          const chosen = fc.sample(fc.constantFrom(...MUTATIONS_OF), { numRuns: MUTATIONS, seed: SEED + n })
          // Every kind at least once over the lanes.
          const list = chosen.map((mutation, index) => MUTATIONS_OF[index * LANES + n] ?? mutation)
          for (const [nth, mutation] of list.entries()) {
            const since = person.mark()
            const task = (await wish(person, `Work ${n}-${nth}`)).number
            const at: At = { system, person, path, task, sql, nth: nth + 1 }
            const review = await reviewAfter(person, task, since)
            const came = await tryOne(at, review, mutation).catch((error: unknown) => ({ wrong: String(error).slice(0, 1500), merged: false }))
            if (came.wrong !== undefined) wrong.push(`${mutation.name}: ${came.wrong}`)
            tally[came.merged ? 'harmless' : 'refused'] += 1
            await mutation.mend?.(at)
            person.say(`/stop T${task}`)
          }
        }
        await Promise.all(users.map((_, n) => lane(n)))
        expect(wrong).toEqual([])
        expect(tally.refused).toBeGreaterThan(tally.harmless / 2)
      } finally {
        await sql.end()
      }
    })
  },
)

test.skipIf(!serverAvailable)('an allowed command is the very command, place and run that was shown, or it does not run', async () => {
  const changes: readonly (readonly [string, string])[] = [
    ['command', `update approval set action = jsonb_set(action, '{command}', '"touch evil.txt"') where task_id = ${ofTask}`],
    ['place', `update approval set action = jsonb_set(action, '{cwd}', '"/"') where task_id = ${ofTask}`],
    ['run', `update approval set run_id = null where task_id = ${ofTask}`],
    ['digest', `update approval set digest = reverse(digest) where task_id = ${ofTask}`],
    ['button', `update button set input = jsonb_set(input, '{digest}', '"00"') where card_id in (select id from card where task_id = ${ofTask})`],
    ['state', `update approval set state = 'withdrawn' where task_id = ${ofTask}`],
  ]
  const play1 = play('Command', calls(runs('touch shown.txt')), says('Ran.'))
  await withSystem({ store: 'server', limits: false, scripts: [play1], env: { LUGH_SANDBOX: 'required' } }, async (system) => {
    const sql = new Client({ connectionString: system.env['DATABASE_URL'] ?? '' })
    await sql.connect()
    try {
      const person = system.person()
      const path = makeRepository(join(system.at.root, 'shop'))
      await addProject(person, path)
      const before = tip(path, 'main')
      for (const [name, statement] of changes) {
        const task = await wish(person, `Command with another ${name}`)
        const card = await approvalOf(person, task)
        await sql.query(statement, [task.number])
        const toast = await tap(person, card, '✅ Allow once')
        expect({ name, toast }).toEqual({ name, toast: expect.stringMatching(/has changed since|Too late/) })
        const { rows: steps } = await sql.query(`select state from step where task_id = ${ofTask}`, [task.number])
        expect({ name, steps }).toEqual({ name, steps: [] })
        person.say(`/stop T${task.number}`)
        await sees(person, new RegExp(`T${task.number}\\b.*stopped|stopped.*T${task.number}`, 'is'))
      }
      expect(tip(path, 'main')).toBe(before)
      await system.tidy()
    } finally {
      await sql.end()
    }
  })
})
