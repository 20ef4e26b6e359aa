/**
 * What a thumb feels: from an update until Telegram may forget it, from a tap until it is answered and until the card shows what it did, and from
 * what happened (a model's answer that asks a person something) until the message that says so has arrived. Beside a bare grammY bot that
 * acknowledges, answers, edits and sends.
 */
import { sleep } from '#core'
import { createPerson, startSimulator, type Message, type Person, type Script, type Simulator, type World } from '#simulator'
import { questionOf } from '../test/support/desk.ts'
import { asks, calls } from '../test/support/plays.ts'
import { withSystem, type StoreKind, type System } from '../test/support/system.ts'
import { ASKED, layDesks, type Desk } from './support/desks.ts'
import { inTurn, timed, type Bench, type Figure, type Goal, type Row } from './support/figure.ts'
import { startReady } from './support/program.ts'

/** With this pace no chat reaches Telegram's one message a second. */
const PACE_MS = 250
/** A model thinks that long, in which the edits of the answered card have left. */
const QUIET_MS = 2000
const OPTION = 'Go on'
const PATIENCE_MS = 60_000
const BUTTON: Goal = { text: 'p95 < 1,000 ms', met: (lugh) => lugh.tail < 1000 }
const NOTICE: Goal = { text: 'p95 < 500 ms', met: (lugh) => lugh.tail < 500 }

export const figure: Figure = {
  name: 'chat',
  measure: async (bench) => {
    const rows: Row[] = []
    for (const store of bench.stores) rows.push(...(await besideBare(bench, store)))
    return rows
  },
}

/** Samples of either side; `told` and `ready` of the bare bot are a reply, its buttons with it, of which reading the message is a part, too. */
type Samples = Readonly<Record<'acknowledged' | 'answered' | 'shown' | 'told' | 'ready', number[]>>
const none = (): Samples => ({ acknowledged: [], answered: [], shown: [], told: [], ready: [] })

async function besideBare(bench: Bench, store: StoreKind): Promise<Row[]> {
  const [lugh, bare] = [none(), none()]
  const simulator = await startSimulator({ users: ASKED })
  const { child } = await startReady('echo-bot', [simulator.apiRoot, simulator.botToken])
  const people = ASKED.map(({ id }) => createPerson(simulator.world, { id }))
  const asked = new Map<string, number>()
  try {
    await withSystem({ store, users: ASKED, scripts: [asksOn(asked)] }, async (system) => {
      const desks = await layDesks(system)
      for (const person of people) await tapBare(simulator, person, none())
      for (const desk of desks) await tapLugh(system, desk, asked, none())
      await inTurn(
        bench.rounds(60, 12),
        async (round) => {
          await sleep(PACE_MS)
          const desk = desks[round % ASKED.length]
          if (desk !== undefined) await tapLugh(system, desk, asked, lugh)
        },
        async (round) => {
          await sleep(PACE_MS)
          const person = people[round % ASKED.length]
          if (person !== undefined) await tapBare(simulator, person, bare)
        },
      )
    })
  } finally {
    await child.kill()
    for (const person of people) person.leave()
    await simulator.close()
  }
  const row = (name: string, key: keyof Samples, goal?: Goal): Row => ({
    name,
    store,
    unit: 'ms',
    lugh: lugh[key],
    bare: { name: 'bare grammY bot', samples: bare[key] },
    ...(goal === undefined ? {} : { goal }),
  })
  return [
    row('update (a tap) → acknowledged', 'acknowledged'),
    row('tap → answered', 'answered'),
    row('tap → its effect on the card', 'shown', BUTTON),
    row('a model asks → the question arrives', 'told', NOTICE),
    row('a model asks → its buttons, too', 'ready'),
  ]
}

/** Asks again after every answer, and notes when: in a chat that was still for long enough that Telegram's limit is not what is measured. */
function asksOn(asked: Map<string, number>): Script {
  return {
    name: 'asks again and again',
    match: () => true,
    turns: ({ wish: words, turn }) => {
      asked.set(words, performance.now() + QUIET_MS)
      return { ...calls(asks(`Question ${turn + 1}?`, [OPTION])), delayMs: QUIET_MS }
    },
  }
}

async function tapLugh(system: System, desk: Desk, asked: Map<string, number>, into: Samples): Promise<void> {
  const { person, task, question } = desk
  const since = person.mark()
  const asks = (message: Message): boolean => person.buttons(message).includes(OPTION)
  const late = (): number => performance.now() - (asked.get(task.title) ?? Number.NaN)
  const isNext = ({ id, text }: Message): boolean => id > question.id && /Question[^\n]* · T\d+/u.test(text)
  const told = person.waitFor(isNext, { since, timeoutMs: PATIENCE_MS }).then(() => into.told.push(late()))
  const next = questionOf(person, task, since).then((message) => {
    into.ready.push(late())
    return message
  })
  await press(system.world, person, question, (message) => !asks(message), into)
  await told
  desk.question = await next
}

async function tapBare({ world }: Simulator, person: Person, into: Samples): Promise<void> {
  const since = person.mark()
  let sent: Message | undefined
  const took = await timed(async () => {
    person.say('Go on?')
    sent = await person.waitFor(({ text }) => text === 'Go on?', { since, timeoutMs: PATIENCE_MS })
  })
  into.told.push(took)
  into.ready.push(took)
  if (sent !== undefined) await press(world, person, sent, ({ text }) => text.endsWith('noted.'), into)
}

/** A tap, until Telegram may forget it, until it is answered, and until the message shows what it did: three times from one start. */
async function press(world: World, person: Person, message: Message, shows: (message: Message) => boolean, into: Samples): Promise<void> {
  const began = performance.now()
  const elapsed = (): number => performance.now() - began
  const query = await person.tap(OPTION, { in: message })
  const acknowledged = async (): Promise<void> => {
    while (world.updates.pending.length > 0) await sleep(1)
    into.acknowledged.push(elapsed())
  }
  await Promise.all([
    acknowledged(),
    person.toast(query, PATIENCE_MS).then(() => into.answered.push(elapsed())),
    person.waitUntil(message, shows, 'the card to show it', PATIENCE_MS).then(() => into.shown.push(elapsed())),
  ])
}
