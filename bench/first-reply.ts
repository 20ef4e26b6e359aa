/** From a person's message to the first thing they see, beside a grammY bot that only sends the text back (long polling, the same simulator). */
import { join } from 'node:path'
import { sleep } from '#core'
import { createPerson, startSimulator, type Person } from '#simulator'
import { addProject, sees } from '../test/support/desk.ts'
import { play } from '../test/support/plays.ts'
import { makeRepository } from '../test/support/repositories.ts'
import { withSystem, type StoreKind, type System } from '../test/support/system.ts'
import { inTurn, timed, type Bench, type Figure, type Goal, type Row } from './support/figure.ts'
import { startReady } from './support/program.ts'

/** Telegram allows a message a second in a chat and thirty in all; with so many chats and such a pace neither limit is what is measured. */
const CHATS = 48
const PACE_MS = 150
/** The first one sets things up and is not measured. */
const USERS = Array.from({ length: CHATS }, (_, n) => ({ id: 2001 + n, firstName: `Person ${n + 1}` }))

const GOAL: Goal = {
  text: 'p95 ≤ 3 × bare and < 200 ms',
  met: (lugh, bare) => lugh.tail < 200 && bare !== undefined && lugh.tail <= 3 * bare.tail,
}

type Ask = (person: Person, round: number) => Promise<unknown>

const command: Ask = (person) => {
  const since = person.mark()
  person.say('/status')
  return sees(person, /needs? you/, since)
}
const seen: Ask = (person, round) => {
  const said = person.say(`Look at it, round ${round}`)
  return person.waitUntil(said, ({ reactions }) => reactions.length > 0, '👀')
}
const card: Ask = (person, round) => {
  const words = `Look again, round ${round}`
  const since = person.mark()
  person.say(words)
  return person.waitFor(({ text }) => /^T\d+ · /.test(text) && text.includes(words), { since })
}

export const figure: Figure = {
  name: 'first-reply',
  measure: async (bench) => {
    const rows: Row[] = []
    for (const store of bench.stores) rows.push(...(await besideEcho(bench, store)))
    return rows
  },
}

async function besideEcho(bench: Bench, store: StoreKind): Promise<Row[]> {
  const simulator = await startSimulator({ users: USERS })
  const people = USERS.map(({ id }) => createPerson(simulator.world, { id }))
  const { child } = await startReady('echo-bot', [simulator.apiRoot, simulator.botToken])
  const echo: Ask = (person) => {
    const since = person.mark()
    person.say('/status')
    return sees(person, '/status', since)
  }
  try {
    const rows: Row[] = []
    // One slot, whose task hangs: what is measured is the answer, not the work of other tasks.
    const options = { store, users: USERS, scripts: [play('Look', { fault: { kind: 'hang' } })], env: { LUGH_SLOTS: '1' } }
    await withSystem(options, async (system) => {
      await settleIn(system, people, echo)
      rows.push(await compare(bench, system, people, echo, { name: 'update → first reply (text)', store, goal: GOAL, ask: command }))
      rows.push(await compare(bench, system, people, echo, { name: 'update → 👀 on a wish', store, goal: GOAL, ask: seen }))
      rows.push(await compare(bench, system, people, echo, { name: 'update → task card', store, ask: card }))
    })
    return rows
  } finally {
    await child.kill()
    for (const person of people) person.leave()
    await simulator.close()
  }
}

/** Everybody has written once to both bots, and the project is there. */
async function settleIn(system: System, people: readonly Person[], echo: Ask): Promise<void> {
  await addProject(system.person(), makeRepository(join(system.at.root, 'shop')))
  for (const [n, { id }] of USERS.entries()) {
    const person = system.person(id)
    if (n > 0) {
      const since = person.mark()
      person.say('/project use shop')
      await sees(person, 'shop', since)
    }
    const other = people[n]
    if (other !== undefined) await echo(other, 0)
  }
  await card(system.person(), 0)
}

function chatOf(round: number): number {
  return 1 + (round % (CHATS - 1))
}

type Wanted = Pick<Row, 'name' | 'goal'> & { store: StoreKind; ask: Ask }

async function compare(bench: Bench, system: System, people: readonly Person[], echo: Ask, wanted: Wanted): Promise<Row> {
  const { ask, ...row } = wanted
  const lugh: number[] = []
  const bare: number[] = []
  await inTurn(
    bench.rounds(60, 8),
    async (round) => {
      await sleep(PACE_MS)
      lugh.push(await timed(() => ask(system.person(USERS[chatOf(round)]?.id), round)))
    },
    async (round) => {
      const person = people[chatOf(round)]
      if (person !== undefined) bare.push(await timed(() => echo(person, round)))
    },
  )
  return { ...row, unit: 'ms', lugh, bare: { name: 'grammY echo', samples: bare } }
}
