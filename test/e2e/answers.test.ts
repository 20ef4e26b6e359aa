/** Deciding without a button: a thumb on the card, a word in reply, and everything that waits on one card. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { addProject, approvalOf, becomes, reviewOf, sees, tap, wish } from '../support/desk.ts'
import { calls, play, runs, says, writes } from '../support/plays.ts'
import { makeRepository, subjects } from '../support/repositories.ts'
import { describeSideBySide, withSystem } from '../support/system.ts'

describeSideBySide('answers without a button', (store) => {
  test('👍 allows, 🤔 and 👀 look, “stop” stops; /inbox steps through what waits; 👍 merges, and a nod afterwards does nothing', async () => {
    const road = play('Round the cart total', calls(writes('total.txt', '1.00\n'), runs('sh test.sh', 'to see it work')), says('Rounded.'))
    const other = play('Add a shop sign', calls(writes('sign.txt', 'open\n'), runs('sh sign.sh', 'to paint it')), says('Painted.'))
    await withSystem({ store, scripts: [road, other] }, async (system) => {
      const path = makeRepository(join(system.at.root, 'shop'), { 'test.sh': 'true\n', 'sign.sh': 'true\n' })
      const you = system.person()
      await addProject(you, path)
      const first = await wish(you, 'Round the cart total')
      const asked = await approvalOf(you, first)
      const second = await wish(you, 'Add a shop sign')
      const sign = await approvalOf(you, second)
      you.say('/inbox')
      const inbox = await sees(you, /^2 need you · 0 running/)
      await tap(you, inbox, 'Next ▶')
      await becomes(you, inbox, /1 of 2\n\n🟠 Run command · shop · T1/)
      await you.waitUntil(inbox, (message) => you.buttons(message).includes('✅ Allow once'), 'the buttons of what it shows')
      you.react(asked, '🤔')
      await you.waitUntil(asked, (message) => you.buttons(message).includes('◀ Back'), 'the reasons')
      // Nobody reads a card that has just changed within its second.
      await new Promise((resolve) => setTimeout(resolve, 2100))
      you.react(asked, '👍')
      expect((await becomes(you, asked, /Allowed once by You at .* \(reaction\)/)).markup).toBeUndefined()
      await becomes(you, inbox, /needs? you/)
      you.replyTo(sign, 'stop')
      await becomes(you, sign, /No longer needed/)
      // A finger that was under way.
      expect(await you.toast(system.world.pressButton(you.id, sign, '✅ Allow once', { stale: true }))).toEqual({
        text: 'Too late: T2 is stopped, and nothing was done. On its card ▶️ Resume asks again, 🗑 Discard drops it.',
        alert: true,
      })
      you.react(sign, '👍')
      await sees(you, 'This card asks nothing any more')
      const review = await reviewOf(you, first)
      await new Promise((resolve) => setTimeout(resolve, 2100))
      you.replyTo(review, 'ok')
      const merged = await becomes(you, review, /^✅ Merged/)
      expect(merged.text).toMatch(/by You at .* \(reply\)/)
      expect(subjects(path)).toEqual(['Round the cart total (T1)', 'Begin'])
      await becomes(you, inbox, /^0 need you/)
      await system.tidy()
    })
  })

  test('an edit of a wish under way reaches the agent at its next step', async () => {
    const road = play('Greet people', calls(runs('sh slow.sh', 'to wait')), says('Hello.'))
    await withSystem({ store, scripts: [road] }, async (system) => {
      const path = makeRepository(join(system.at.root, 'shop'), { 'slow.sh': 'true\n' })
      const you = system.person()
      await addProject(you, path)
      const task = await wish(you, 'Greet people')
      await approvalOf(you, task)
      system.world.editText(you.id, task.wish, 'Greet people in French')
      await sees(you, 'T1 is under way: it hears your change at its next step')
      you.say('/stop T1')
      await sees(you, 'Stopped T1')
      await system.tidy()
    })
  })
})
