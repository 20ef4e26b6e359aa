/**
 * Buttons and commands that no other suite of whole Lughs has a reason to press. What is pressed over all of them is
 * held against what the cards can show, at the end of a run (`test/driven/driven.test.ts`).
 */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { demoScript, type Message, type Person } from '#simulator'
import { addProject, approvalOf, becomes, cardSays, reviewOf, sees, tap, wish } from '../support/desk.ts'
import { eventually } from '../support/eventually.ts'
import { looks, plainPicture } from '../support/pictures.ts'
import { calls, play, runs, says, writes } from '../support/plays.ts'
import { fileAt, makeRepository } from '../support/repositories.ts'
import { describeSideBySide, withSystem } from '../support/system.ts'

const lines = (change: Readonly<Record<number, string>> = {}): string =>
  Array.from({ length: 30 }, (_, at) => `${change[at + 1] ?? `line ${at + 1}`}\n`).join('')

const waits = play('Wait for me', calls(runs('touch waited.txt', 'to wait')), says('Waited.'))

/** Types, and waits for words that answer it. */
async function ask(you: Person, words: string, answer: string | RegExp): Promise<Message> {
  const since = you.mark()
  you.say(words)
  return sees(you, answer, since)
}

/** Presses a button that asks for words, and gives them. */
async function told(you: Person, on: Message, label: string, question: string | RegExp, words: string): Promise<void> {
  const since = you.mark()
  await tap(you, on, label)
  you.replyTo(await sees(you, question, since), words)
}

describeSideBySide('every button', (store) => {
  test('of a change of two files on a machine without a sandbox: its tests are run by a tap, then each step and verdict', () => {
    const road = play('Change both', calls(writes('a.txt', lines({ 3: 'three', 27: 'twenty-seven' })), writes('b.txt', 'new\n')), says('Changed.'))
    return withSystem({ store, scripts: [road], env: { LUGH_SANDBOX: 'off' } }, async (system) => {
      const path = makeRepository(join(system.at.root, 'shop'), { 'a.txt': lines(), '.lugh/config.yaml': 'test: test -f b.txt\n' })
      const you = system.person()
      await addProject(you, path)
      const task = await wish(you, 'Change both')
      const review = await reviewOf(you, task)
      expect(review.text).toContain('Tests: not run yet: there is no sandbox on this machine')
      await tap(you, review, '🧪 Run tests')
      const tested = await you.waitFor(
        (message) => /Review[^]*Tests: ✓ test -f b\.txt passed/.test(message.text) && you.buttons(message).includes('✅ Merge'),
        60_000,
      )
      for (const [label, then] of [
        ['🗂 Files', /file 1\/2 · hunk 1\/2/],
        ['◀ hunk 1/2', /hunk 2\/2/],
        ['file ▶', /file 2\/2/],
        ['◀ file 2/2', /file 1\/2 · hunk 1\/2/],
        ['Keep file', /file 2\/2/],
        ['◀ file 2/2', /✓ Kept by/],
        ['Drop file', /1 of 3 hunks: 2 dropped/],
        ['◀ Back', /1 of 3 hunks: 2 dropped/],
      ] as const) {
        await tap(you, tested, label)
        await becomes(you, tested, then)
      }
      await tap(you, tested, '✂️ Leave 2 out')
      const part = await you.waitFor((message) => /✂️ 1 of 3 hunks/.test(message.text) && you.buttons(message).includes('↩️ All 3 hunks'), 60_000)
      await tap(you, part, '↩️ All 3 hunks')
      await becomes(you, part, /^Outdated/)
      const whole = await reviewOf(you, task)
      await tap(you, whole, '🗑 Discard')
      await tap(you, whole, '◀ Back')
      await tap(you, whole, '✅ Merge')
      await becomes(you, whole, /^✅ Merged/)
      expect([fileAt(path, 'main', 'a.txt'), fileAt(path, 'main', 'b.txt')]).toEqual([lines({ 3: 'three', 27: 'twenty-seven' }), 'new\n'])
      await system.tidy()
    })
  })

  test('of a task at work, of its engine, of a way back and of the starters', () =>
    withSystem({ store, scripts: [waits, demoScript()] }, async (system) => {
      const you = system.person()
      await addProject(you, makeRepository(join(system.at.root, 'shop')))
      system.model.misbehave({ kind: 'hang' })
      const task = await wish(you, 'Wait for me')
      // Paused before it asked its model, it would meet the silence after its pause.
      await eventually(() => system.model.requests.length, 1, 60_000)
      await tap(you, task.card, '⏸ Pause')
      await cardSays(you, task, /paused/)
      await tap(you, task.card, '▶️ Resume')
      const asked = await approvalOf(you, task)
      await ask(you, '/checkpoint start', /^📸 C1 · start · shop\nmain at/)
      await told(you, task.card, '💬 Steer', 'What shall T1 hear?', 'Wait longer')
      await tap(you, asked, '✅ Allow once')
      await reviewOf(you, task)
      const back = await ask(you, '/restore C1', /^🧪 Dry run: back to /)
      await tap(you, back, '☑ Keep what people said since')
      await tap(you, back, '☐ Keep what people said since')
      await tap(you, back, '❌ Cancel')
      const engine = await ask(you, '/engine T1', /Engine[^]*✓ anthropic/)
      await you.tap('• anthropic', { in: engine, timeoutMs: 60_000 })
      await tap(you, engine, '◀ As its project')
      const installed = await ask(you, '/engine', /Engine[^]*✓ anthropic/)
      await tap(you, installed, '• anthropic')
      await tap(you, installed, '◀ As installed')
      const start = await ask(you, '/start', 'Try it on the sample project')
      for (const label of ['🐞 Fix a bug', '🌙 Dark mode', '🧪 Add a test', '📖 Better README']) await tap(you, start, label)
      await sees(you, /^T5 · /)
      await ask(you, '/stop all', /Stopped/)
      await system.tidy()
    }))

  test('of what was sent and said, and of a budget', () =>
    withSystem({ store, scripts: [looks('sketch', 'A page.', ['Build it']), waits, demoScript()], voice: true }, async (system) => {
      const you = system.person()
      await addProject(you, makeRepository(join(system.at.root, 'shop')))
      const task = await wish(you, 'Wait for me')
      await approvalOf(you, task)
      you.sendPhoto({ bytes: await plainPicture(1) })
      const first = await sees(you, /1\. Build it/)
      await tap(you, first, '📎 Attach to a task')
      await tap(you, first, '◀ Back')
      await tap(you, first, '📎 Attach to a task')
      await tap(you, first, 'T1 · Wait for me')
      const since = you.mark()
      you.sendPhoto({ bytes: await plainPicture(2) })
      const second = await sees(you, /1\. Build it/, since)
      await told(you, second, '📝 My own', 'What shall be done with it?', 'Wait for me, too')
      await becomes(you, second, /→ T2 · /)
      for (const label of ['Cancel', 'Fix']) {
        const before = you.mark()
        you.sendVoice('undo T1')
        const heard = await you.waitFor((message) => you.buttons(message).includes(label), { since: before, timeoutMs: 60_000 })
        if (label === 'Cancel') await tap(you, heard, label)
        else await told(you, heard, label, 'What did you say?', 'status')
      }
      await ask(you, '/budget set T1 0.000001', /T1/)
      const asked = await approvalOf(you, task)
      await tap(you, asked, '✅ Allow once')
      const budget = await you.waitFor((message) => you.buttons(message).includes('Cheaper model'), 60_000)
      await tap(you, budget, 'Cheaper model')
      await tap(you, budget, '◀ Back')
      await tap(you, budget, '⏹ Stop')
      await becomes(you, budget, /⏹ Stopped/)
      await ask(you, '/stop all', /Stopped/)
    }))

  test('and every command that is a word to look at or to set something', () =>
    withSystem({ store, scripts: [waits] }, async (system) => {
      const you = system.person()
      await addProject(you, makeRepository(join(system.at.root, 'shop')))
      const task = await wish(you, 'Wait for me')
      await approvalOf(you, task)
      for (const [words, answer] of [
        ['/since yesterday', /T1/],
        ['/export T1 csv', /T1|csv/],
        ['/budget', /Budgets/],
        ['/budget set T1 2', /T1/],
        ['/budget remove T1', /Removed/],
        ['/quiet 22-7 Europe/Berlin', /22/],
        ['/quiet off', /quiet/i],
        ['/away safe 2h', /2 h/],
        ['/notify done silent', /done/],
        ['/network allow example.org', /example\.org/],
        ['/topic', 'This is the lobby'],
        ['/people', /You · @you/],
        ['/ask where is the readme', /In shop|Nothing in shop/],
        ['/steer T1 Wait longer', /T1/],
        ['/pause T1', /T1/],
        ['/spawn Brigid', /Brigid/],
        ['/agents', /Brigid/],
        ['/token add laptop read', /laptop/],
        ['/token revoke laptop', /laptop/],
      ] as const)
        await ask(you, words, answer)
      await tap(you, await ask(you, '/search wait', /🔎 wait/), 'T1')
      await ask(you, '/stop all', /Stopped/)
      await system.tidy()
    }))
})
