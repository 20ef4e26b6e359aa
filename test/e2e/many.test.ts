/** Twenty tasks one after the other and eight at once: twenty-eight right commits, none lost, none doubled, nothing left over. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { YOU, type Person } from '#simulator'
import { addProject, merge, shown, wish, type Task } from '../support/desk.ts'
import { checkHistory } from '../support/history.ts'
import { numberedFiles } from '../support/plays.ts'
import { git, makeRepository, subjects } from '../support/repositories.ts'
import { describeWhole, withSystem, type System } from '../support/system.ts'

const SEQUENCE = 20
const AT_ONCE = 8
/** A chat takes a message a second; four people have four chats. */
const PEOPLE = ['You', 'Bea', 'Cem', 'Dia'].map((firstName, index) => ({ ...YOU, id: YOU.id + index, firstName, username: `person${index}` }))
const MINUTES = 5 * 60_000

const wishOf = (number: number): string => `Add file ${String(number).padStart(2, '0')}`
const personAt = (system: System, number: number): Person => system.person(PEOPLE[number % PEOPLE.length]?.id)

async function whole(system: System, number: number): Promise<Task> {
  const person = personAt(system, number)
  const task = await wish(person, wishOf(number))
  expect((await merge(person, task)).text).toMatch(/^✅ Merged/)
  return task
}

describeWhole('many tasks', (store) => {
  test(
    'twenty in sequence and eight at once end in twenty-eight right commits',
    () =>
      withSystem({ store, scripts: [numberedFiles], users: PEOPLE }, async (system) => {
        const path = makeRepository(join(system.at.root, 'shop'))
        await addProject(system.person(), path)
        for (let number = 1; number <= SEQUENCE; number += 1) await whole(system, number)
        expect(subjects(path)).toHaveLength(SEQUENCE + 1)

        const numbers = Array.from({ length: AT_ONCE }, (_, index) => SEQUENCE + 1 + index)
        await Promise.all(numbers.map((number) => whole(system, number)))
        await system.tidy()

        const landed = checkHistory(system, path)
        expect(landed.map(({ task }) => task).toSorted((a, b) => a - b)).toEqual(Array.from({ length: SEQUENCE + AT_ONCE }, (_, index) => index + 1))
        for (const { commit, title } of landed) {
          const number = /^Add file (\d+)$/.exec(title)?.[1] ?? '?'
          expect(git(path, 'diff-tree', '-r', '--no-commit-id', '--name-status', commit)).toBe(`A\tfiles/${number}.txt`)
          expect(git(path, 'show', `main:files/${number}.txt`)).toBe(`This is file ${number}.`)
        }
        expect(git(path, 'status', '--porcelain')).toBe('')
        expect(git(path, 'branch', '--list')).toBe('* main')
        expect(git(path, 'fsck', '--no-dangling')).toBe('')
        for (const { id } of PEOPLE) expect(shown(system.person(id), /^❌/)).toEqual([])
      }),
    MINUTES,
  )
})
