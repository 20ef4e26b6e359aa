/** Several people at once, each with a repository of their own, so that tasks run side by side and no chat's speed limit holds all up. */
import { join } from 'node:path'
import { expect } from 'vitest'
import { addProject, sees } from './desk.ts'
import { countingCommand, whatIsWrong } from './reckoning.ts'
import { calls, runs, says, writes } from './plays.ts'
import { makeRepository } from './repositories.ts'
import type { System } from './system.ts'
import type { Script } from '#simulator'
import { eventually } from './eventually.ts'

/** That many people, for `SystemOptions.users`. */
export function crowd(size: number): { id: number; firstName: string }[] {
  return Array.from({ length: size }, (_, index) => ({ id: 2001 + index, firstName: `P${index}` }))
}

/** The first person adds a repository for everybody; everybody turns to their own. Answers the paths. */
export async function openShops(system: System, people: readonly { id: number }[], files: Record<string, string> = {}): Promise<string[]> {
  const owner = system.person()
  const paths: string[] = []
  for (const [index, { id }] of people.entries()) {
    const path = makeRepository(join(system.at.root, `shop${index}`), files)
    expect((await addProject(owner, path)).text).toContain('is ready')
    paths.push(path)
    if (id !== owner.id) await turnTo(system, id, `shop${index}`)
  }
  await turnTo(system, owner.id, 'shop0')
  return paths
}

async function turnTo(system: System, id: number, shop: string): Promise<void> {
  const one = system.person(id)
  const since = one.mark()
  one.say(`/project use ${shop}`)
  await sees(one, `are about ${shop} now`, since)
}

/** "Add file 07" writes a file, asks to run one counted command, and says so; a command that was interrupted is let be. */
export const countedFiles: Script = {
  name: 'counted files',
  match: ({ wish }) => wish.startsWith('Add file '),
  turns: ({ wish, calls: done }) => {
    const name = /^Add file (\S+)/.exec(wish)?.[1] ?? '?'
    return done.length === 0 ? calls(writes(`files/${name}.txt`, `This is file ${name}.\n`), runs(countingCommand(name))) : says(`Added ${name}.`)
  },
}

/** Lugh's slowest look for something left to do comes every two seconds. */
const QUIET_MS = 3000

/** Waits until nothing waits for the bot, and the bot has asked for nothing but updates for a while. */
export async function quiet({ simulator, world }: Pick<System, 'simulator' | 'world'>): Promise<void> {
  const last = (): number => simulator.calls.findLast(({ method }) => method !== 'getUpdates')?.startedAt ?? 0
  await eventually(() => world.updates.pending.length === 0 && Date.now() - last() > QUIET_MS, true, 60_000)
}

/** Waits until nothing is left, stops, and expects a history without a fault. */
export async function expectRight(
  system: System,
  about: { repositories: readonly string[]; kills: number; ownCommits?: boolean; ends?: readonly string[] },
): Promise<void> {
  await system.tidy()
  await quiet(system)
  await system.lugh().stop()
  const { home } = system.at
  const wrong = await whatIsWrong({ home, databaseUrl: system.env['DATABASE_URL'], simulator: system.simulator, model: system.model, ...about })
  expect(wrong).toEqual([])
}
