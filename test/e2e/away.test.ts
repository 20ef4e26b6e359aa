/** The person's repository is out of reach while a task works: what does not need it goes on. */
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { addProject, merge, questionOf, reviewOf, tap, wish } from '../support/desk.ts'
import { asks, calls, play, says, writes } from '../support/plays.ts'
import { fileAt, makeRepository } from '../support/repositories.ts'
import { describeBothStores, withSystem } from '../support/system.ts'

describeBothStores('while the repository is away', (store) => {
  test('a tap lets the run go on, and the change is shown once the repository is back', () => {
    let comeBack = (): void => undefined
    const done = (): ReturnType<typeof says> => {
      comeBack()
      return says('Chosen.')
    }
    const road = play('Choose a colour', calls(asks('Which?', ['Blue'])), calls(writes('colour.txt', 'blue\n')), done)
    return withSystem({ store, scripts: [road] }, async (system) => {
      const you = system.person()
      const path = makeRepository(join(system.at.root, 'shop'))
      await addProject(you, path)
      const task = await wish(you, 'Choose a colour')
      const question = await questionOf(you, task)
      renameSync(path, `${path}-away`)
      comeBack = () => renameSync(`${path}-away`, path)
      await tap(you, question, 'Blue')
      await reviewOf(you, task)
      await merge(you, task)
      expect(fileAt(path, 'main', 'colour.txt')).toBe('blue\n')
      await system.tidy()
    })
  })
})
