/** Dry runs as a person meets them: what would happen is shown, nothing outside the throwaway changes, and a Go pays for nothing twice. */
import { createServer } from 'node:net'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { openDb, type Store } from '#db'
import { call, type Message, type Person, type ScriptedCall } from '#simulator'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { addProject, approvalOf, becomes, card, cardSays, merge, reviewOf, sees, shown, tap, taskOf, type Task } from '../support/desk.ts'
import { eventually } from '../support/eventually.ts'
import { calls, heard, play, runs, says, writes } from '../support/plays.ts'
import { clutter, fileAt, fingerprint, git, makeRepository } from '../support/repositories.ts'
import { heardLog } from '../support/stores.ts'
import { describeSideBySide, withSystem, type System } from '../support/system.ts'

const TOTAL = 'export const total = (a, b) => Math.round(a + b)\n'
const TESTED = {
  '.lugh/config.yaml': 'test: sh test.sh && touch left-by-tests.txt\n',
  'test.sh': 'grep -q round src/total.js && echo 7 tests passed\n',
}

async function project(system: System, more: Record<string, string> = {}): Promise<string> {
  const path = makeRepository(join(system.at.root, 'shop'), more)
  await addProject(system.person(), path)
  return path
}

/** Sends `/dryrun words` and waits for the card of the task it became. */
async function dryRun(person: Person, words: string): Promise<Task> {
  return taskOf(person, person.say(`/dryrun ${words}`))
}

const resultOf = (person: Person, number: number, since?: number): Promise<Message> => card(person, { number }, 'Dry run', '🗑 Discard', since)
const plans = (...steps: readonly string[]): ScriptedCall => call('propose_plan', { steps })

/** Every reference of Lugh's own repositories of the only project, and who has which branch there. */
function references(system: System): Record<string, string> {
  const repos = join(system.at.home, 'repos')
  const found = readdirSync(repos).flatMap((id) =>
    ['base.git', 'store.git', 'workshop.git'].map((name) => [`${id}/${name}`, git(join(repos, id, name), 'for-each-ref')] as const),
  )
  return Object.fromEntries(found)
}

/** What lies in the workshops all tasks share, beside git's own bookkeeping of worktrees. */
function planted(system: System): string[] {
  const repos = join(system.at.home, 'repos')
  return readdirSync(repos).flatMap((id) => readdirSync(join(repos, id, 'workshop.git')).map((name) => `${id}/${name}`))
}

/** Traffic and audit, which record that a dry run was asked for, and what is the dry run's own. */
const NOT_COMPARED = ['inbox', 'outbox', 'card', 'button', 'event', 'lease', 'prompt', 'setting']

/** Every row there is but those of this task, as text, by table. */
async function rows(db: Store, dry: number): Promise<Record<string, string[]>> {
  const Name = z.object({ name: z.string(), own: z.boolean() })
  const tables = await db.rows(
    Name,
    `select t.table_name as name, exists (select from information_schema.columns c where c.table_name = t.table_name and c.column_name = 'task_id') as own
     from information_schema.tables t where t.table_schema = 'public' and t.table_type = 'BASE TABLE' order by 1`,
  )
  const found: Record<string, string[]> = {}
  for (const { name, own } of tables) {
    if (NOT_COMPARED.includes(name)) continue
    const but = name === 'task' ? `where number <> ${dry}` : own ? `where task_id is distinct from (select id from task where number = ${dry})` : ''
    const all = await db.rows(z.object({ row: z.string() }), `select to_jsonb(r)::text as row from ${name} r ${but} order by 1`)
    found[name] = all.map(({ row }) => row)
  }
  return found
}

/** What lies in the store of a Lugh that has stopped. */
async function stopped<T>(system: System, look: (db: Store) => Promise<T>): Promise<T> {
  await system.lugh().stop()
  const db = await openDb({ home: system.at.home, databaseUrl: system.env['DATABASE_URL'], log: heardLog() })
  try {
    return await look(db)
  } finally {
    await db.close()
  }
}

describeSideBySide('a dry run', (store) => {
  test('shows files, commands, what was withheld and the risk, and leaves everything else exactly as it was, discarded or not', async () => {
    const seen: string[] = []
    const listener = createServer((socket) => {
      seen.push('connected')
      socket.destroy()
    })
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
    const address = listener.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const road = play(
      'Round the total',
      calls(
        writes('src/total.js', TOTAL),
        runs('bash call.sh'),
        runs('sh sneak.sh'),
        runs('sh test.sh'),
        runs('git push origin main'),
        runs('npm install left-pad'),
      ),
      says('Rounded; the push was withheld.'),
    )
    const other = play('Say hello', calls(runs('echo waits for you > hello.txt')), says('Hello.'))
    await withSystem({ store, scripts: [road, other] }, async (system) => {
      const path = await project(system, {
        ...TESTED,
        'call.sh': `echo hi > /dev/tcp/127.0.0.1/${port}; echo tried\n`,
        'sneak.sh': 'git branch sneaky; git update-ref refs/heads/other HEAD; echo x > "$(git rev-parse --git-common-dir)/planted"; echo tried\n',
      })
      clutter(path)
      const you = system.person()
      you.say('/new Say hello')
      const waits = await approvalOf(you, { number: 1 })
      const before = {
        repository: fingerprint(path),
        planted: planted(system),
        references: references(system),
        rows: await stopped(system, (db) => rows(db, 2)),
      }
      await system.start()
      const task = await dryRun(you, 'Round the total')
      const result = await resultOf(you, task.number)
      expect(result).toMatchObject({ silent: false })
      expect(result.text).toContain('1 file +1 −1')
      expect(result.text).toContain('Tests: ✓ sh test.sh && touch left-by-tests.txt passed')
      expect(result.text).toContain('Commands run (3):')
      expect(result.text).toMatch(/Withheld \(\d\):[^]*git push origin main[^]*npm install left-pad/)
      expect(result.text).toMatch(
        /Spent: \$0\.\d+, .* \(measured\)\nTo go on: about \$0\.\d+ \(grounds: .*\)\nRisk: medium \(\d commands would still ask you\)/,
      )
      expect(you.buttons(result)).toEqual(['✅ Go', '🗑 Discard', '👁 Diff'])
      expect(shown(you, /Run command.* T2/)).toEqual([])
      const withoutDry = (all: Record<string, string>): Record<string, string> =>
        Object.fromEntries(
          Object.entries(all).map(([name, text]) => [name, text.replace(/^.*(?:refs\/lugh\/dry\/|refs\/heads\/lugh\/t2-).*\n?/gm, '').trim()]),
        )
      expect(withoutDry(references(system))).toEqual(before.references)
      expect(fingerprint(path)).toEqual(before.repository)

      await tap(you, result, '🗑 Discard')
      await becomes(you, result, /🗑 Discarded by You.*Nothing of it is left/)
      await eventually(() => references(system), before.references, 15_000)
      await eventually(() => readdirSync(join(system.at.home, 'worktrees')).filter((name) => name.startsWith('t2-')), [], 15_000)
      const after = {
        repository: fingerprint(path),
        planted: planted(system),
        references: references(system),
        rows: await stopped(system, (db) => rows(db, 2)),
      }
      expect(after).toEqual(before)
      expect(seen).toEqual([])
      await system.start()
      expect(you.buttons(you.now(waits))).toContain('✅ Allow once')
      you.say('/stop all')
      await system.tidy()
    })
    await new Promise((resolve) => listener.close(resolve))
  })

  test('✅ Go goes on from there without asking the model again, with the files that were shown', async () => {
    const road = play('Round the total', calls(writes('src/total.js', TOTAL), runs('sh test.sh')), says('Rounded.'))
    await withSystem({ store, scripts: [road] }, async (system) => {
      const path = await project(system, TESTED)
      const you = system.person()
      const task = await dryRun(you, 'Round the total')
      const result = await resultOf(you, task.number)
      expect(result.text).toContain('Nothing was withheld.')
      expect(result.text).toContain('To go on: $0.00')
      const asked = system.model.requests.length
      expect(await tap(you, result, '✅ Go')).toBe('Goes on from here.')
      const review = await reviewOf(you, task)
      expect(review.text).toContain('src/total.js +1 −1')
      expect(system.model.requests.length).toBe(asked)
      await becomes(you, result, /✅ Go by You at .*: it goes on for good from here/)
      await merge(you, task)
      expect(fileAt(path, 'main', 'src/total.js')).toBe(TOTAL)
      expect(fileAt(path, 'main', 'left-by-tests.txt')).toBeUndefined()
      await system.tidy()
      expect(Object.values(references(system)).join('\n')).not.toContain('refs/lugh/dry/')
    })
  })

  test('a plan is tried out by its button; ✅ Go adopts transcript and files into its task, and what was withheld asks then', async () => {
    const road = play(
      'Round the total',
      calls(plans('Round it', 'Push it')),
      calls(writes('src/total.js', TOTAL), runs('git push origin main')),
      says('Rounded, not pushed.'),
      (conversation) => calls(writes('heard.txt', heard(conversation)), runs('touch allowed.txt')),
      says('All done.'),
    )
    await withSystem({ store, scripts: [road], env: { LUGH_MODE: 'plan' } }, async (system) => {
      const path = await project(system, TESTED)
      const you = system.person()
      const task = await taskOf(you, you.say('Round the total'))
      const plan = await card(you, task, 'Plan', '🧪 Dry run')
      expect(await tap(you, plan, '🧪 Dry run')).toBe('🧪 T2 tries it out.')
      const result = await resultOf(you, 2)
      expect(result.text).toContain('It tries out T1.')
      const meanwhile = await you.waitUntil(plan, ({ text }) => text.includes('T2 tries it out'), 'the plan to say so', 30_000)
      expect(you.buttons(meanwhile)).toEqual(['✅ Go', '✏️ Change', '❌ Cancel'])
      const asked = system.model.requests.length
      await tap(you, result, '✅ Go')
      await becomes(you, plan, /✅ Go by You/)
      await tap(you, await approvalOf(you, task), '✅ Allow once')
      await reviewOf(you, task)
      expect(system.model.requests.length).toBe(asked + 2)
      await merge(you, task)
      expect(fileAt(path, 'main', 'src/total.js')).toBe(TOTAL)
      expect(fileAt(path, 'main', 'heard.txt')).toContain('- git push origin main')
      expect(fileAt(path, 'main', 'allowed.txt')).toBe('')
      await becomes(you, result, /T1 goes on from here/)
      await sees(you, /^T2 · 🧪 Dry run[^]*went on for good/)
      you.say('/why T1')
      expect((await sees(you, /^Why · T1/)).text).toMatch(
        /git push origin main\n.*\nAllowed by: nobody: it did not run\nLed to: not run: a dry run withholds it/,
      )
      await system.tidy()
      expect(Object.values(references(system)).join('\n')).not.toContain('refs/lugh/dry/')
    })
  })

  test('🗑 Discard of a plan’s dry run leaves the plan waiting; a decision about the plan ends its dry run; both outlive a kill', async () => {
    const road = play('Round the total', calls(plans('Round it')), calls(writes('src/total.js', TOTAL)), says('Rounded.'))
    await withSystem({ store, scripts: [road], env: { LUGH_MODE: 'plan' } }, async (system) => {
      const path = await project(system)
      const before = fingerprint(path)
      const you = system.person()
      const task = await taskOf(you, you.say('Round the total'))
      const plan = await card(you, task, 'Plan', '🧪 Dry run')
      await tap(you, plan, '🧪 Dry run')
      const first = await resultOf(you, 2)
      await system.crash()
      expect(await tap(you, first, '🗑 Discard')).toBe('Discarded. T1 is as it was.')
      await you.waitUntil(plan, (message) => you.buttons(message).includes('🧪 Dry run'), 'the plan to wait again', 30_000)
      const second = await dryRun(you, 'T1').then(() => resultOf(you, 3))
      await tap(you, plan, '❌ Cancel')
      await becomes(you, second, /Over: /)
      await cardSays(you, task, 'nothing was written')
      expect(fingerprint(path)).toEqual(before)
      await system.tidy()
      await eventually(() => Object.values(references(system)).join('\n').includes('refs/lugh/dry/'), false, 15_000)
    })
  })

  test('words to its card send it round again, and a task that has begun can be tried out from where it is only at rest', async () => {
    const road = play(
      'Round the total',
      calls(writes('src/total.js', TOTAL)),
      says('Rounded.'),
      (conversation) => calls(writes('heard.txt', heard(conversation))),
      says('Also that.'),
    )
    await withSystem({ store, scripts: [road] }, async (system) => {
      await project(system)
      const you = system.person()
      const task = await dryRun(you, 'Round the total')
      const first = await resultOf(you, task.number)
      you.replyTo(first, 'and write down what I said')
      const again = await you.waitUntil(first, ({ text }) => text.includes('2 files'), 'the second result', 30_000)
      expect(you.buttons(again)).toContain('✅ Go')
      you.say('/dryrun T1')
      await sees(you, 'T1 is a dry run itself.')
      you.say('/dryrun T99')
      await sees(you, 'There is no T99')
      you.say('/stop T1')
      await becomes(you, first, /Over: by You/)
      you.say('/resume T1')
      await sees(you, 'nothing of it is kept')
      await system.tidy()
    })
  })
})
