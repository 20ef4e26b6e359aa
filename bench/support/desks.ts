/** Six people, each with a task in a chat of their own that asks them something: what is measured by taps needs that many, so that no chat reaches Telegram's one message a second. */
import { join } from 'node:path'
import type { Message, Person } from '#simulator'
import { addProject, questionOf, sees, wish, type Task } from '../../test/support/desk.ts'
import { makeRepository } from '../../test/support/repositories.ts'
import type { System } from '../../test/support/system.ts'

/** Who is asked, as users of the system under measure. */
export const ASKED = Array.from({ length: 6 }, (_, n) => ({ id: 3001 + n, firstName: `Person ${n + 1}` }))

/** One of them, with the question that waits. */
export type Desk = { readonly person: Person; readonly task: Task; question: Message }

/** Lays one project for all of `ASKED` and starts a task for each; answers once every first question has arrived. */
export async function layDesks(system: System): Promise<Desk[]> {
  await addProject(system.person(), makeRepository(join(system.at.root, 'shop')))
  const desks: Desk[] = []
  for (const [n, { id }] of ASKED.entries()) {
    const person = system.person(id)
    if (n > 0) {
      const since = person.mark()
      person.say('/project use shop')
      await sees(person, 'shop', since)
    }
    const task = await wish(person, `Ask me, person ${n + 1}`)
    desks.push({ person, task, question: await questionOf(person, task) })
  }
  return desks
}
