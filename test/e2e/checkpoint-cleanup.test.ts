/** Old checkpoints go only when the person has seen which, and the space comes back. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { addProject, sees } from '../support/desk.ts'
import { makeRepository } from '../support/repositories.ts'
import { describeSideBySide, withSystem } from '../support/system.ts'

describeSideBySide('cleaning up', (store) => {
  test('says first what would go, and then it is gone from the timeline', () =>
    withSystem({ store }, async (system) => {
      const you = system.person()
      await addProject(you, makeRepository(join(system.at.root, 'shop')))
      for (const name of ['one', 'two']) {
        you.say(`/checkpoint ${name}`)
        await sees(you, new RegExp(`${name} · shop\\nmain at`))
      }
      you.say('/checkpoint_cleanup')
      await sees(you, 'Nothing of shop would go.')
      you.say('/checkpoint_cleanup C1')
      await sees(you, /^🧪 Dry run: this would go from shop\nC1 .* one\n1 checkpoint, \d+ bytes/)
      you.say('/checkpoint_cleanup C1 go')
      await sees(you, /^Gone from shop/)
      await sees(you, /^📸 C1 · one · shop\nKept for its time, and gone\./)
      you.say('/restore C1')
      await sees(you, 'C1 was kept for its time and is gone.')
      const since = you.mark()
      you.say('/checkpoints')
      expect((await sees(you, /^Checkpoints of shop/, since)).text).not.toContain('C1')
      you.say('/checkpoint_keep nightly 14d')
      await sees(you, /· nightly: 14 days/)
    }))
})
