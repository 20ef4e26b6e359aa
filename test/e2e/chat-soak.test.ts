/** Two chats that use everything at once: nothing Lugh sends breaks one of Telegram's rules, and whoever is told to wait waits. */
import { expect, test } from 'vitest'
import type { ApiCall, Simulator } from '#simulator'
import { crowd, openShops } from '../support/crowd.ts'
import { subjects } from '../support/repositories.ts'
import { doTask, notes, WAYS } from '../support/soak-people.ts'
import { describeSideBySide, LONG, withSystem, type System } from '../support/system.ts'

const PEOPLE = crowd(2)
/** Of the long form: eight tasks at once, four a chat, and new ones for half an hour (`LUGH_TEST_SOAK_MINUTES` says otherwise). */
const LANES = 4
const MINUTES = Number(process.env['LUGH_TEST_SOAK_MINUTES'] ?? 30)
const MS = MINUTES * 60_000
/** Of the short one, by chat: spoken and by reactions, edited and by words; a photo and by words, a question and by buttons. */
const SHORT = [
  [1, 3],
  [2, 4],
]
/** Telegram's own words for "slow down" come now and then even to those who keep its limits. */
const FLOODS = LONG ? 0.01 : 0.05
const RETRY_AFTER_S = 2
/** What was under way when the answer came is nobody's fault. */
const GRACE_MS = 500
const hasChat = ({ chat_id: chat }: ApiCall['parameters']): boolean => chat !== undefined

/** Messages to a chat that began while a 429 to that chat had not been waited out. */
function impatient(calls: readonly ApiCall[]): string[] {
  const refused = calls.filter(({ error }) => error?.code === 429)
  const writes = calls.filter(({ method }) => /^(?:send(?!ChatAction)|edit)/.test(method))
  return refused.flatMap((no) => {
    const seconds = Number(/retry after (\d+)/.exec(no.error?.description ?? '')?.[1])
    const [from, until] = [(no.endedAt ?? no.startedAt) + GRACE_MS, (no.endedAt ?? no.startedAt) + seconds * 1000]
    const early = writes.filter(
      ({ startedAt, parameters }) => parameters['chat_id'] === no.parameters['chat_id'] && startedAt > from && startedAt < until - 50,
    )
    return early.map(({ method, startedAt }) => `${method} ${until - startedAt} ms before the ${seconds} s of ${no.method} were over`)
  })
}

/** How often each method was called. */
function told(simulator: Simulator): string {
  const counts = Object.groupBy(simulator.calls, ({ method }) => method)
  const lines = Object.entries(counts).map(([method, list]) => `${method} ${list?.length ?? 0}`)
  return `${lines.join(', ')}; 429: ${simulator.calls.filter(({ error }) => error?.code === 429).length}`
}

type Lived = { merged: number; readonly givenUp: string[] }

/** One chat: tasks one after the other in each lane, until the time is up. */
async function live(system: System, at: number, lived: Lived): Promise<void> {
  const room = { you: system.person(PEOPLE[at]?.id), world: system.world }
  const until = Date.now() + MS
  let next = at * WAYS * 1000
  const one = async (number: number): Promise<void> => {
    try {
      await doTask(room, number)
      lived.merged += 1
    } catch (error) {
      lived.givenUp.push(`${number}: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`)
    }
  }
  const lane = async (): Promise<void> => {
    while (Date.now() < until) {
      next += 1
      await one(next)
    }
  }
  await Promise.all(LONG ? Array.from({ length: LANES }, lane) : (SHORT[at] ?? []).map(one))
}

describeSideBySide('a soak of two chats', (store) => {
  test(
    `${LONG ? `eight tasks at once for ${MINUTES} minutes` : 'four tasks at once'} break no rule of Telegram, and who is told to wait waits`,
    { timeout: (LONG ? MS : 0) + 600_000 },
    ({ annotate }) =>
      withSystem({ store, scripts: [notes], voice: true, users: PEOPLE, env: { LUGH_PICTURES: 'dark' } }, async (system) => {
        const paths = await openShops(system, PEOPLE)
        system.simulator.faults.add({ kind: 'flood', retryAfter: RETRY_AFTER_S, probability: FLOODS, times: Infinity, when: hasChat })
        const lived: Lived = { merged: 0, givenUp: [] }
        await Promise.all(PEOPLE.map((_person, at) => live(system, at, lived)))
        system.simulator.faults.clear()
        await annotate(`${store}: ${lived.merged} tasks merged; ${told(system.simulator)}`)
        expect({ breaches: system.simulator.breaches, impatient: impatient(system.simulator.calls), givenUp: lived.givenUp }).toEqual({
          breaches: [],
          impatient: [],
          givenUp: [],
        })
        expect(paths.flatMap((path) => subjects(path))).toHaveLength(lived.merged + PEOPLE.length)
      }),
  )
})
