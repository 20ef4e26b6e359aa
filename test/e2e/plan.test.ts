/** Plan mode as a person meets it: nothing is written before Go, whatever the agent tries; the plan can be changed, cancelled, and outlives a crash. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { call, type Conversation, type Message, type Person, type ScriptedAnswer, type ScriptedCall } from '#simulator'
import { expect, test } from 'vitest'
import { addProject, approvalOf, becomes, card, cardSays, merge, reviewOf, sees, shown, tap, wish } from '../support/desk.ts'
import { calls, play, runs, says, writes } from '../support/plays.ts'
import { fileAt, fingerprint, makeRepository, subjects, type Fingerprint } from '../support/repositories.ts'
import { describeSideBySide, withSystem, type System } from '../support/system.ts'

const plans = (...steps: readonly string[]): ScriptedCall => call('propose_plan', { steps })
const edits = (path: string, from: string, to: string): ScriptedCall =>
  call('edit_file', { path, edits: [{ old_text: from, new_text: to, replace_all: false }] })
const planOf = (person: Person, number: number, since?: number): Promise<Message> => card(person, { number }, 'Plan', '✅ Go', since)

async function project(system: System, more: Record<string, string> = {}): Promise<string> {
  const path = makeRepository(join(system.at.root, 'shop'), more)
  await addProject(system.person(), path)
  return path
}

async function setMode(person: Person, words: string): Promise<void> {
  const since = person.mark()
  person.say(`/mode ${words}`)
  await sees(person, /is now in \w+ mode/, since)
}

/** Every file of a checkout but git's own and the ignored ones, which no worktree gets. */
function files(path: string): Fingerprint {
  const theirs = /^(?:\.git|ignored)(?:\/|$)/u
  return Object.fromEntries(Object.entries(fingerprint(path)).filter(([name]) => !theirs.test(name)))
}

/** Those of the only worktree there is. */
function worktree(system: System): Fingerprint {
  const [only] = readdirSync(join(system.at.home, 'worktrees'))
  return files(join(system.at.home, 'worktrees', only ?? 'none'))
}

/** Every way to write that an agent has, and some it should not. */
const ATTEMPTS = [
  writes('written.txt', 'x'),
  edits('README.md', '# Shop', '# Changed'),
  runs('echo x > by-redirection.txt'),
  runs('touch by-touch.txt'),
  runs('sh -c "echo x > by-shell.txt"'),
  runs('cat README.md | tee by-pipe.txt'),
  runs('git checkout -b other'),
  runs('cp README.md by-copy.txt'),
]

describeSideBySide('plan mode', (store) => {
  test('nothing is written before Go, whatever the agent tries; after it the same agent writes, and asks as ever', async () => {
    const road = play(
      'Round the total',
      { think: 'I will try to write at once.', ...calls(...ATTEMPTS) },
      calls(runs('cat README.md'), plans('Round in src/total.js', 'Run the tests')),
      { think: 'Now I may.', ...calls(edits('src/total.js', 'a + b', 'Math.round(a + b)'), runs('touch asked.txt')) },
      says('Rounded.'),
    )
    await withSystem({ store, scripts: [road] }, async (system) => {
      const path = await project(system, { '.lugh/config.yaml': 'setup: touch set-up.txt\n' })
      const you = system.person()
      await setMode(you, 'plan')
      const task = await wish(you, 'Round the total')
      const plan = await planOf(you, task.number)
      expect(plan).toMatchObject({ silent: false })
      expect(plan.text).toContain('1. Round in src/total.js\n2. Run the tests')
      expect(plan.text).toContain('no grounds yet')
      expect(you.buttons(plan)).toEqual(['✅ Go', '✏️ Change', '🧪 Dry run', '❌ Cancel'])
      expect(worktree(system)).toEqual(files(path))
      expect(shown(you, /Run command/)).toEqual([])
      const [first, second] = system.model.requests
      expect(first?.conversation?.tools).toEqual([
        'list_files',
        'find_files',
        'search_files',
        'read_file',
        'run_command',
        'fetch_url',
        'ask_person',
        'propose_plan',
      ])
      const answers = second?.conversation?.calls.map(({ isError, output }) => isError && /Go/.test(output))
      expect(answers).toEqual(ATTEMPTS.map(() => true))

      await tap(you, plan, '✅ Go')
      expect((await becomes(you, plan, /✅ Go by You/)).markup).toBeUndefined()
      await tap(you, await approvalOf(you, task), '✅ Allow once')
      expect(system.model.requests.at(-1)?.conversation?.tools).toContain('write_file')
      const review = await reviewOf(you, task)
      expect(review.text).toContain('src/total.js +1 −1')
      expect(review.text).toContain('⚠️ Outside the plan: asked.txt, set-up.txt')
      await merge(you, task)
      expect(fileAt(path, 'main', 'src/total.js')).toContain('Math.round(a + b)')
      expect(['set-up.txt', 'asked.txt', 'written.txt', 'by-shell.txt'].map((name) => fileAt(path, 'main', name))).toEqual([
        '',
        '',
        undefined,
        undefined,
      ])
      await system.tidy()
    })
  })

  test('✏️ Change makes the agent plan again; a reply in words never is a Go; ❌ Cancel ends it and the repository is as it was', async () => {
    const heeding = ({ calls: done }: Conversation): ScriptedAnswer => calls(plans(done.at(-1)?.output.split('\n')[0] ?? 'Rewrite everything'))
    await withSystem({ store, scripts: [play('Round the total', heeding, heeding, heeding)] }, async (system) => {
      const path = await project(system)
      const before = fingerprint(path)
      const you = system.person()
      await setMode(you, 'plan')
      const task = await wish(you, 'Round the total')
      const first = await planOf(you, task.number)
      const since = you.mark()
      await tap(you, first, '✏️ Change')
      you.replyTo(await sees(you, /What shall be different in the plan of T1/), 'Only the total')
      const second = await planOf(you, task.number, since)
      expect(second.text).toContain('1. The person wants the plan changed: Only the total')
      expect((await becomes(you, first, /✏️ Sent back by You/)).markup).toBeUndefined()
      you.replyTo(second, 'yes go')
      const third = await you.waitFor(({ text }) => text.startsWith('🟠 Plan 3') && text.includes('yes go'), 30_000)
      await tap(you, third, '❌ Cancel')
      await becomes(you, third, /❌ Cancelled, nothing was written: by You/)
      await cardSays(you, task, 'its plan was cancelled by You; nothing was written')
      expect(fingerprint(path)).toEqual(before)
      await system.tidy()
    })
  })

  test('a plan that waits outlives a kill, and its Go counts once', async () => {
    const road = play('Round the total', calls(plans('Write one file')), calls(writes('one.txt', 'one\n')), says('Written.'))
    await withSystem({ store, scripts: [road] }, async (system) => {
      const path = await project(system)
      const you = system.person()
      await setMode(you, 'plan')
      const task = await wish(you, 'Round the total')
      const plan = await planOf(you, task.number)
      await system.crash()
      expect(await tap(you, plan, '✅ Go')).toBe('Go.')
      await merge(you, task)
      expect(subjects(path)).toEqual(['Round the total (T1)', 'Begin'])
      expect(shown(you, /Plan · shop/)).toHaveLength(1)
      await system.tidy()
    })
  })

  test('a repository may ask for plans itself, a question needs none, and the estimate of the next one says what it is taken from', async () => {
    const road = play('Write a note', calls(plans('Write it')), calls(writes('note.txt', 'n\n')), says('Written.'))
    const again = play('Write another', calls(plans('Write it too')))
    await withSystem({ store, scripts: [road, again, play('What is this', says('A shop.'))] }, async (system) => {
      await project(system, { '.lugh/config.yaml': 'mode: plan\n' })
      const you = system.person()
      const first = await wish(you, 'Write a note')
      await tap(you, await planOf(you, first.number), '✅ Go')
      await reviewOf(you, first)
      await wish(you, 'What is this')
      await sees(you, 'A shop.')
      const next = await wish(you, 'Write another')
      const plan = await planOf(you, next.number)
      expect(plan.text).toMatch(/Estimate: .*of work\nGrounds: the middle of 2 earlier tasks of this project/)
      await tap(you, plan, '❌ Cancel')
      await setMode(you, 'ask')
      const free = await wish(you, 'Write a note')
      await reviewOf(you, free)
      you.say('/stop all')
      await system.tidy()
    })
  })
})
