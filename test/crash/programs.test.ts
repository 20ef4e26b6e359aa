/**
 * Programs that lose their Lugh: killed before and after a call of theirs is committed, and while they wait. Each finds the same handle alive:
 * over HTTP by asking again under the same name, by `lugh mcp` without noticing anything.
 */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { addProject } from '../support/desk.ts'
import { eventually, PATIENCE_MS } from '../support/eventually.ts'
import { calls, runs, says, writes } from '../support/plays.ts'
import { connect, doorOf, freePort, GENERATIONS, type Door, type Program } from '../support/programs.ts'
import { processesOf } from '../support/remains.ts'
import { makeRepository } from '../support/repositories.ts'
import { describeSideBySide, withSystem, type System } from '../support/system.ts'
import type { Script } from '#simulator'

/** A start of Lugh under load, a few times over. */
const START_MS = 120_000
/** A client of the first generation learns of a broken stream by its own patience only. */
const LOST_MS = 5000
const Spawned = z.looseObject({ task: z.number(), task_id: z.string(), agent_id: z.string() })
const Tasks = z.looseObject({ tasks: z.array(z.looseObject({ task: z.number() })) })

/** Works for as long as it is held, and then asks for a command. */
function heldScript(): { script: Script; hold: (on: boolean) => void } {
  const held = { on: true }
  const turns: Script['turns'] = ({ wish, calls: done }) => {
    if (done.length > 1) return says('Written.')
    if (done.length === 1) return calls(runs('node -e "console.log(1)"'))
    return { ...calls(writes(`${wish.slice(6)}.txt`, `${wish}\n`)), ...(held.on ? { delayMs: 600_000 } : {}) }
  }
  return { script: { name: 'held', match: ({ wish }) => wish.startsWith('Write '), turns }, hold: (on) => (held.on = on) }
}

/** Starts a life that dies at the point; awaits that it is ready. */
const startDoomed = (system: System, point: string): Promise<unknown> => system.start({ LUGH_CRASH_AT: `mcp.${point}` })
const died = async (system: System): Promise<void> => expect(await system.lugh().exited).toEqual({ code: null, signal: 'SIGKILL' })
const asked = (system: System): number => system.model.requests.filter(({ path }) => path.startsWith('/v1/messages')).length
const spawnIn = (program: Program, n: number, how = {}) =>
  program.call('spawn_agent', { project: `shop${n}`, wish: `Write ${n}`, call_id: `the-call-${n}` }, how)
const wait = (program: Program, task: number, how = {}) => program.call('wait_for_task', { task, timeout_seconds: 120 }, how)
const WAITING = { done: true, state: 'waiting', waits_for: [{ kind: 'approval' }] }

async function prepare(system: System, port: number): Promise<Door> {
  for (const n of GENERATIONS.keys()) await addProject(system.person(), makeRepository(join(system.at.root, `shop${n}`)))
  return doorOf(system, port, 'read', 'request')
}

/** What the proxies started: Lughs that nobody of this test holds. */
const detached = (system: System) =>
  processesOf(system.at.root).filter(({ pid, command }) => command.includes('lugh.js start') && pid !== system.lugh().pid)

async function endDetached(system: System, signal: NodeJS.Signals): Promise<void> {
  const before = detached(system)
  for (const { pid } of before) process.kill(pid, signal)
  await eventually(() => detached(system).filter(({ pid }) => before.some((one) => one.pid === pid)), [], PATIENCE_MS)
}

describeSideBySide('a program whose Lugh is killed', (store) => {
  test('over HTTP asks again, and finds one task and the same handle', { timeout: START_MS * 3 }, async () => {
    const port = await freePort()
    const { script, hold } = heldScript()
    await withSystem({ store, scripts: [script], env: { PORT: String(port) }, stopped: true }, async (system) => {
      await startDoomed(system, 'before-commit')
      const door = await prepare(system, port)
      const programs = await Promise.all(GENERATIONS.map((generation) => connect(generation, 'http', door)))
      const spawn = (how = {}) => Promise.allSettled(programs.map((program, n) => spawnIn(program, n, how)))
      expect((await spawn({ timeoutMs: LOST_MS })).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
      await died(system)
      await startDoomed(system, 'after-commit')
      expect(Tasks.parse((await programs[1]?.call('list_tasks'))?.output).tasks).toEqual([])
      expect((await spawn({ timeoutMs: LOST_MS })).map(({ status }) => status)).toContain('rejected')
      await died(system)

      await system.start()
      const found = (await spawn()).map((one) => Spawned.parse(one.status === 'fulfilled' ? one.value.output : one.reason))
      expect((await spawn()).map((one) => Spawned.parse(one.status === 'fulfilled' ? one.value.output : one.reason))).toEqual(found)
      expect(Tasks.parse((await programs[0]?.call('list_tasks'))?.output).tasks).toHaveLength(2)
      await eventually(
        () => asked(system),
        (count) => count >= 2,
        PATIENCE_MS,
      )
      const waits = programs.map((program, n) =>
        wait(program, found[n]?.task ?? 0, { timeoutMs: LOST_MS }).then(
          () => 'answered',
          () => 'lost',
        ),
      )
      await programs[1]?.call('list_tasks') // both stand at the door by now
      hold(false)
      await system.crash()
      expect(await Promise.all(waits)).toEqual(['lost', 'lost'])
      for (const [n, program] of programs.entries()) expect((await wait(program, found[n]?.task ?? 0)).output).toMatchObject(WAITING)
      // And one that was itself ended and started again.
      await programs[0]?.close()
      const again = await connect('v1', 'http', door)
      expect((await wait(again, found[0]?.task ?? 0)).output).toMatchObject({ ...WAITING, task_id: found[0]?.task_id })
      for (const program of [again, ...programs]) await program.close()
    })
  })

  test('by lugh mcp is answered by the next Lugh, which that starts', { timeout: START_MS * 3 }, async () => {
    const port = await freePort()
    const { script, hold } = heldScript()
    await withSystem({ store, scripts: [script], env: { PORT: String(port) }, stopped: true }, async (system) => {
      let door: Door | undefined
      try {
        for (const [n, point] of ['before-commit', 'after-commit'].entries()) {
          hold(true)
          await startDoomed(system, point)
          door ??= await prepare(system, port)
          const program = await connect(n === 0 ? 'v1' : 'v2', 'stdio', door)
          // Under no name of its own: `lugh mcp` gives it one.
          const spawned = Spawned.parse((await program.call('spawn_agent', { project: `shop${n}`, wish: `Write ${n}` })).output)
          await died(system)
          expect(Tasks.parse((await program.call('list_tasks')).output).tasks).toHaveLength(n + 1)
          const before = asked(system)
          await eventually(
            () => asked(system),
            (count) => count > before || n === 0,
            PATIENCE_MS,
          )
          const waiting = wait(program, spawned.task)
          await program.call('list_tasks') // the wait stands at the door by now
          hold(false)
          await endDetached(system, 'SIGKILL')
          expect((await waiting).output).toMatchObject({ ...WAITING, task_id: spawned.task_id })
          await program.close()
          await endDetached(system, 'SIGTERM')
        }
      } finally {
        await endDetached(system, 'SIGKILL') // nobody else would end what a failed test leaves
      }
      await system.start()
    })
  })
})
