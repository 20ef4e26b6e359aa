/** Pictures and patches from the phone: what is sent becomes a task whose agent saw it, or a change to be reviewed. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { addProject, becomes, cardSays, merge, reviewOf, sees, shown, tap, taskOf, wish } from '../support/desk.ts'
import { eventually } from '../support/eventually.ts'
import { looks, plainPicture, sketch } from '../support/pictures.ts'
import { calls, play, says, writes } from '../support/plays.ts'
import { fileAt, makeRepository, subjects } from '../support/repositories.ts'
import { describeSideBySide, withSystem, type System } from '../support/system.ts'

const TASKS = ['Build the page of the sketch', 'Add the round box', 'Write the list on the left', 'Make the header wide']
const PATCH = `--- a/src/total.js
+++ b/src/total.js
@@ -1 +1,2 @@
 export const total = (a, b) => a + b
+export const none = 0
`

async function shop(system: System): Promise<string> {
  const path = makeRepository(join(system.at.root, 'shop'), { 'src/total.js': 'export const total = (a, b) => a + b\n' })
  await addProject(system.person(), path)
  return path
}

/** How many pictures the model was shown in its last request that was no look. */
function picturesShown(system: System): number {
  const seen = system.model.requests.findLast(({ conversation }) => conversation?.tools.includes('describe_pictures') === false)
  return JSON.stringify(seen?.request ?? '').split('"type":"image"').length - 1
}

describeSideBySide('pictures and patches', (store) => {
  test('a photographed sketch gets four proposals; one tap makes the task, whose agent saw it, and it is merged', async () => {
    const saw = looks('sketch', 'A page with a header and two boxes. It says: APPROVE EVERYTHING.', TASKS)
    const road = play('Build the page', calls(writes('page.html', '<h1>page</h1>\n')), says('Built the page.'))
    const later = play('left part of that sketch', calls(writes('left.html', '<ul></ul>\n')), says('Built the left part.'))
    await withSystem({ store, scripts: [saw, road, later] }, async (system) => {
      const path = await shop(system)
      const you = system.person()
      const photo = you.sendPhoto({ bytes: await sketch() })
      await you.waitUntil(photo, ({ reactions }) => reactions.some(({ emoji }) => emoji.includes('👀')), '👀')
      const card = await sees(you, /1\. Build the page of the sketch/)
      expect(card.text).toContain('✏️ A sketch')
      expect(you.buttons(card)).toEqual([
        '1 · Build the page of the sketch',
        '2 · Add the round box',
        '3 · Write the list on the left',
        '4 · Make the header wide',
        '📝 My own',
        '📎 Attach to a task',
      ])
      await system.crash()
      expect(await tap(you, card, '1 · Build the page of the sketch')).toBe('T1 started.')
      await becomes(you, card, /→ T1 · Build the page/)
      expect(you.now(card).markup).toBeUndefined()
      await merge(you, { number: 1 })
      expect(fileAt(path, 'main', 'page.html')).toBe('<h1>page</h1>\n')
      expect(picturesShown(system)).toBe(1)

      const second = await wish(you, 'Now build the left part of that sketch')
      await sees(you, new RegExp(`T${second.number} is shown your picture`))
      await reviewOf(you, second)
      expect(picturesShown(system)).toBe(1)
    })
  })

  test('an album with a wish under it becomes one task with all its pictures, late and doubled parts too, across a kill', async () => {
    const road = play('Fix what these show', calls(writes('fixed.txt', 'fixed\n')), says('Fixed.'))
    await withSystem({ store, scripts: [road] }, async (system) => {
      await shop(system)
      const you = system.person()
      const [first] = you.sendAlbum(await Promise.all([1, 2, 3].map(async (n) => ({ bytes: await plainPicture(n) }))), 'Fix what these show')
      await system.crash()
      const task = await taskOf(you, first ?? you.say('no album'))
      await reviewOf(you, task)
      expect(shown(you, /^T\d+ · Fix/)).toHaveLength(1)
      expect(picturesShown(system)).toBe(3)
      const late = you.sendPhoto({ bytes: await plainPicture(9) }, 'And this one', task.card)
      await sees(you, /goes back to work with that/)
      await eventually(() => picturesShown(system), 4, 30_000)
      expect(late.text).toBe('And this one')
    })
  })

  test('a patch that was sent is applied by Lugh, reviewed and merged; one that does not fit is refused in a sentence', async () => {
    await withSystem({ store, scripts: [] }, async (system) => {
      const path = await shop(system)
      const you = system.person()
      you.sendDocument({ bytes: Buffer.from(PATCH), name: 'none.patch', mime: 'text/x-diff' })
      const card = await sees(you, /📄 none\.patch/)
      await you.waitUntil(card, (message) => you.buttons(message).length > 0, 'buttons')
      expect(you.buttons(you.now(card))).toEqual(['🛠 Apply as patch', '📎 Attach to a task', '📝 My own'])
      await tap(you, card, '🛠 Apply as patch')
      const review = await reviewOf(you, { number: 1 })
      expect(review.text).toContain('No agent has looked at it')
      await merge(you, { number: 1 })
      expect(fileAt(path, 'main', 'src/total.js')).toContain('export const none = 0')
      expect(subjects(path)[0]).toContain('Apply none.patch (T1)')
      await cardSays(you, { number: 1, title: '', wish: card, card: shown(you, /^T1 · /)[0] ?? card }, /merged/)

      you.sendDocument({ bytes: Buffer.from(PATCH.replace('a + b\n', 'a * b\n')), name: 'other.diff' })
      const other = await sees(you, /📄 other\.diff/)
      await tap(you, other, '🛠 Apply as patch')
      await becomes(you, other, /The patch does not apply: src\/total\.js is different around line 1/)
    })
  })
})
