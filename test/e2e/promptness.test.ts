/**
 * Promises in seconds: the first answer, the stop, the start. Measured at the person's side, on a machine that does nothing else meanwhile;
 * three of them at once, but for the start, since they mostly wait and answer in a twentieth of what is promised.
 */
import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Person } from '#simulator'
import { addProject, cardSays, sees, wish, type Task } from '../support/desk.ts'
import { eventually } from '../support/eventually.ts'
import { calls, play, runs, says } from '../support/plays.ts'
import { processesNamed } from '../support/remains.ts'
import { makeRepository } from '../support/repositories.ts'
import { describeBothStores, describeWhole, withSystem, type System } from '../support/system.ts'

const REPLY_MS = 1000
const STOP_MS = 1000
const GONE_MS = 2000
const READY_MS = 3000
const TASKS = 8

async function begin(system: System): Promise<Person> {
  const you = system.person()
  await addProject(you, makeRepository(join(system.at.root, 'shop')))
  return you
}

/** Milliseconds until it resolves. */
async function timed(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await act()
  return Math.round(performance.now() - began)
}

/** A command that only a kill of its whole process group ends, and how many of its processes there are. */
function sleeper(): { command: string; alive: () => number } {
  const mark = `1000.${randomInt(100_000, 999_999)}`
  return {
    command: `setsid sleep ${mark} & nohup sleep ${mark} & sleep ${mark}`,
    alive: () => processesNamed(`sleep ${mark}`).length,
  }
}

async function eightAtWork(you: Person, words: string): Promise<Task[]> {
  const tasks: Task[] = []
  for (let n = 1; n <= TASKS; n += 1) tasks.push(await wish(you, `${words} ${n}`))
  return tasks
}

/** Waits until nothing has left for this chat for a while: Telegram takes a message a second, and what came before has had its share. */
async function calm(system: System): Promise<void> {
  const idle = (): number => Date.now() - (system.simulator.calls.findLast(({ method }) => method !== 'getUpdates')?.startedAt ?? 0)
  await eventually(idle, (ms) => ms > 3000, 60_000)
}

/** A wish is seen and gets its card; `/status` gets its answer. `pause` comes before each. */
async function measureReplies(you: Person, pause: () => Promise<void>): Promise<Record<string, number>> {
  await pause()
  const sent = performance.now()
  const task = wish(you, 'What about now')
  const said = you.messages().at(-1)
  const reaction = said === undefined ? Infinity : await timed(() => you.waitUntil(said, ({ reactions }) => reactions.length > 0, '👀'))
  const card = await task.then(() => Math.round(performance.now() - sent))
  await pause()
  const status = await timed(() => {
    const since = you.mark()
    you.say('/status')
    return sees(you, /needs? you/, since)
  })
  return { reaction, card, status }
}

function expectPrompt(measured: Record<string, number>, limit: number): void {
  console.info(`measured (ms, promised ${limit}): ${JSON.stringify(measured)}`)
  for (const [what, ms] of Object.entries(measured)) expect(ms, what).toBeLessThanOrEqual(limit)
}

describe('side by side', { concurrent: true }, () => {
  describeWhole('the first reply', (store) => {
    test('comes within a second while eight tasks hang in their commands', () => {
      const { command, alive } = sleeper()
      return withSystem({ store, scripts: [play('Hang', calls(runs(command)))], env: { LUGH_MODE: 'auto' } }, async (system) => {
        const you = await begin(system)
        await eightAtWork(you, 'Hang')
        await eventually(alive, (count) => count >= 3 * TASKS, 60_000)
        expectPrompt(await measureReplies(you, () => calm(system)), REPLY_MS)
        you.say('/stop all')
        await sees(you, '⏹ Stopped')
        await eventually(alive, 0, 10_000)
      })
    })

    test('comes within a second while eight tasks report progress into the same chat', () => {
      const busy = {
        name: 'busy',
        match: ({ wish: words }: { wish: string }) => words.startsWith('Busy'),
        turns: ({ turn }: { turn: number }) => ({
          delayMs: 1000,
          ...calls({ name: 'update_plan', input: { steps: [{ text: `Step ${turn}`, state: 'doing' }] } }),
        }),
      }
      return withSystem({ store, scripts: [busy], env: { LUGH_MODE: 'auto' } }, async (system) => {
        const you = await begin(system)
        const tasks = await eightAtWork(you, 'Busy')
        for (const task of tasks) await cardSays(you, task, /▸ Step/)
        // Two wishes or questions a minute leave room under Telegram's limits; progress of eight tasks must not have eaten it.
        expectPrompt(await measureReplies(you, () => new Promise((resolve) => setTimeout(resolve, 5000))), REPLY_MS)
        you.say('/stop all')
        await sees(you, '⏹ Stopped')
      })
    })
  })

  describeBothStores('stop', (store) => {
    type Hanging = Readonly<{ system: System; you: Person; task: Task; thinking: Task; alive: () => number }>
    const hanging = (body: (at: Hanging) => Promise<void>): Promise<void> => {
      const { command, alive } = sleeper()
      const scripts = [play('Hang in a command', calls(runs(command))), play('Hang in thought', { fault: { kind: 'hang' } })]
      return withSystem({ store, scripts, env: { LUGH_MODE: 'auto' } }, async (system) => {
        const you = await begin(system)
        const task = await wish(you, 'Hang in a command')
        const thinking = await wish(you, 'Hang in thought')
        await eventually(alive, (count) => count >= 3, 30_000)
        await eventually(() => system.model.requests.filter(({ conversation }) => conversation?.wish === 'Hang in thought').length, 1, 30_000)
        await body({ system, you, task, thinking, alive })
        await system.tidy()
      })
    }

    test('/stop answers within a second and every process of the task is gone within two, while the engine hangs', () =>
      hanging(async ({ system, you, task, thinking, alive }) => {
        const began = performance.now()
        const since = you.mark()
        you.say('/stop all')
        const said = sees(you, '⏹ Stopped', since).then(() => Math.round(performance.now() - began))
        await eventually(alive, 0, 30_000)
        expectPrompt({ gone: Math.round(performance.now() - began) }, GONE_MS)
        expectPrompt({ said: await said }, STOP_MS)
        await cardSays(you, task, '⏹ stopped')
        await cardSays(you, thinking, '⏹ stopped')
        await eventually(() => system.model.requests.at(-1)?.left, true, 5000)
      }))

    test('the ⏹ button does the same for its own task, and the other goes on', () =>
      hanging(async ({ you, task, thinking, alive }) => {
        const began = performance.now()
        const query = await you.tap('⏹ Stop', { in: task.card })
        const said = timed(() => you.toast(query))
        await eventually(alive, 0, 30_000)
        expectPrompt({ gone: Math.round(performance.now() - began) }, GONE_MS)
        expectPrompt({ said: await said }, STOP_MS)
        await cardSays(you, thinking, '⚙️ at work')
        you.say(`/stop T${thinking.number}`)
        await cardSays(you, thinking, '⏹ stopped')
      }))
  })

  describe('stop and go on', () => {
    test('a stopped task that is resumed keeps its finished steps', () =>
      withSystem({ store: 'embedded', scripts: [play('Go on', { fault: { kind: 'hang' } }, says('Done.'))] }, async (system) => {
        const you = await begin(system)
        const task = await wish(you, 'Go on')
        await eventually(() => system.model.requests.length, 1, 30_000)
        you.say('/stop')
        await cardSays(you, task, '⏹ stopped')
        system.model.play(play('Go on', says('Nothing was left to do.')))
        await you.tap('▶️ Resume', { in: task.card, timeoutMs: 30_000 })
        await sees(you, 'Nothing was left to do.')
        await system.tidy()
      }))
  })
})

describeBothStores('the start', (store) => {
  test('is ready in under three seconds after the first one, also after a kill, and answers at once', () =>
    withSystem({ store, bare: true }, async (system) => {
      const you = system.person()
      const answered = (): Promise<number> =>
        timed(() => {
          const since = you.mark()
          you.say('/status')
          return sees(you, /needs? you/, since)
        })
      console.info(`first start on a bare home: ${Math.round(system.lugh().readyMs() ?? 0)} ms`)
      await answered()
      await system.lugh().stop()
      const second = await system.start()
      expectPrompt({ ready: Math.round(second.readyMs() ?? Infinity) }, READY_MS)
      expectPrompt({ answered: await answered() }, REPLY_MS)
      const third = await system.crash()
      expectPrompt({ readyAfterKill: Math.round(third.readyMs() ?? Infinity) }, READY_MS)
      expectPrompt({ answeredAfterKill: await answered() }, REPLY_MS)
    }))
})
