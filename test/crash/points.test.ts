/** Dying at every named crash point, one life after the other, on one long road: each next life carries on what the last one left. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { crashPoints } from '../support/crash-points.ts'
import { crowd, expectRight, openShops } from '../support/crowd.ts'
import { addProject, sees } from '../support/desk.ts'
import { countingCommand } from '../support/reckoning.ts'
import { asks, calls, runs, says, writes } from '../support/plays.ts'
import { commitFiles, fileUrl, makeRepository } from '../support/repositories.ts'
import { DEFAULT_PRESSES, steadyHands } from '../support/steady-hands.ts'
import { describeSideBySide, LONG, piece, withSystem, type StoreKind, type System } from '../support/system.ts'
import type { Script } from '#simulator'
import { eventually } from '../support/eventually.ts'

/** A crash point is reached within seconds; the rest is a loaded machine. */
const DEATH_MS = 120_000
/** The short form dies at each point once, half of them on either store; the long one five times on both. */
const ROUNDS = LONG ? piece(5) : 1

/** What a person does to lead the road past a point, by the beginning of the point's name; the first that fits. */
const ROADS = [
  ['project.', 'project'],
  ['outbox.document', 'long'],
  ['outbox.prompt', 'asked'],
  ['rebase.', 'moved'],
  ['rehearse.', 'dry'],
  ['land.undo', 'undo'],
  ['land.redo', 'undo'],
  ['land.after-branch', 'pushed'],
  ['', 'walk'],
] as const
type Road = (typeof ROADS)[number][1]

/** The order in which a task passes the points, so that one task dies at many. */
const ORDER = [
  'inbox',
  'outbox.reaction',
  'worktree.after-record',
  'worktree.after-checkout',
  'worktree.after-attach',
  'prepare',
  'outbox.card',
  'card',
  'turn',
  'step',
  'outbox.callback',
  'snapshot',
  'tests',
  'propose',
  'outbox.text',
  'outbox.pictures',
  'checkpoint',
  'land',
  'clean-up',
  'worktree',
]
const place = (point: string): number => ORDER.findIndex((head) => point.startsWith(head))

/** Adding a project turns the chat to it, so that comes last. */
const ROAD_ORDER: readonly Road[] = ['walk', 'asked', 'long', 'dry', 'moved', 'pushed', 'undo', 'project']

const roadOf = (point: string): Road => ROADS.find(([head]) => point.startsWith(head))?.[1] ?? 'walk'

const [OWNER, PUSHER] = [2001, 2002]

/** Every wish is played by its first word and has a file and a counted command of its own. */
function scripts(onMoved: () => void): Script {
  return {
    name: 'roads',
    match: () => true,
    turns: ({ wish, calls: done }) => {
      const [road = '', name = ''] = wish.split(' ')
      const file = writes(`files/${name}.txt`, road === 'long' ? `line of ${name}\n`.repeat(900) : `${name}\n`)
      if (done.length > 0) return says(`Done with ${name}.`)
      if (road === 'moved') onMoved()
      // What a dry run runs, nobody allowed: its commands are not counted.
      if (road === 'dry') return calls(file)
      if (road === 'asked') return calls(file, asks('Which colour?'))
      return calls(file, runs(countingCommand(name)))
    },
  }
}

/** Leads past the point until the life has died of it. A road that has come to its end is walked again. */
async function dieAt(system: System, point: string, next: () => void): Promise<void> {
  const life = system.lugh()
  const deadline = Date.now() + DEATH_MS
  const ends = life.exited.then(() => true)
  for (let over = false; !over;) {
    next()
    over = await Promise.race([ends, new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 300))])
    if (!over && Date.now() > deadline) throw new Error(`${point} was never reached\n${life.output().slice(-2000)}`)
  }
  expect(await life.exited, point).toEqual({ code: null, signal: 'SIGKILL' })
}

function pointsFor(store: StoreKind): string[] {
  // Those of a way back are died at in restore-kills.test.ts: they need a checkpoint of something else than a merge. Those of notes, which need a
  // conversation that has grown long, in long-work.test.ts. That of a part of a change in review.test.ts. Those of what is said in voice.test.ts.
  // Those of an album that is outdated in e2e/pictures.test.ts: somebody must want a change of what they were shown. Those of programs in programs.test.ts.
  const all = crashPoints()
    .filter((point) => !/^(?:restore|notes|part|voice|mcp|outbox\.caption)\./.test(point))
    .toSorted((a, b) => ROAD_ORDER.indexOf(roadOf(a)) - ROAD_ORDER.indexOf(roadOf(b)) || place(a) - place(b))
  const mine = LONG ? all : all.filter((_, index) => (index % 2 === 0) === (store === 'embedded'))
  return ROAD_ORDER.flatMap((road) => Array.from({ length: ROUNDS }, () => mine.filter((point) => roadOf(point) === road)).flat())
}

test('there is a crash point beside every outside effect: at least thirty', () => {
  expect(crashPoints().length).toBeGreaterThanOrEqual(30)
})

describeSideBySide('kill at every crash point', (store) => {
  const points = pointsFor(store)
  test(`${points.length} deaths by name: no task lost, no merge or command twice, nothing left`, { timeout: points.length * 30_000 }, () => {
    let shop = ''
    let moves = 0
    const road = scripts(() => commitFiles(shop, { 'meanwhile.txt': `${(moves += 1)}\n` }, `Meanwhile ${moves}`))
    return withSystem({ store, scripts: [road], users: crowd(2), limits: false }, async (system) => {
      const files = { '.lugh/config.yaml': 'setup: "true"\ntest: "true"\n' }
      const [first = ''] = await openShops(system, [{ id: OWNER }], files)
      shop = first
      const repositories = [first]
      const pushed = makeRepository(join(system.at.root, 'pushed'))
      await addProject(system.person(), fileUrl(pushed))
      const other = system.person(PUSHER)
      other.say('/project use pushed')
      await sees(other, 'are about pushed now')
      system.person().say('/project use shop0')
      let said = 0
      let projects = 0
      const merged = (): number => hands.heads(/^(?:✅ Merged|🌿 Kept|↩️ Undone)/).length
      const walk = (name: Road) => (): void => {
        if (name === 'project') {
          if (hands.heads(/^✅ extra\d+ is ready/).length < projects) return
          projects += 1
          system.person().say(`/project add ${makeRepository(join(system.at.root, `extra${projects}`))}`)
        } else if (name === 'undo') {
          const card = hands.heads(/^(?:✅ Merged|↩️ Undone)/).find(({ chatId }) => chatId === OWNER)
          if (card !== undefined) hands.press(card, '↩️ Undo')
        } else if (merged() >= said) {
          said += 1
          system.person(name === 'pushed' ? PUSHER : OWNER).say(`${name === 'dry' ? '/dryrun ' : ''}${name} ${name}-${said}`)
        }
      }
      const hands = steadyHands(system.world, { words: 'Petrol', presses: [...DEFAULT_PRESSES, '✅ Go'] })
      try {
        for (const point of points) {
          await system.lugh().kill()
          const pictures = point.startsWith('outbox.pictures') ? { LUGH_PICTURES: 'dark' } : {}
          system.start({ LUGH_CRASH_AT: point, ...pictures }).catch(() => undefined)
          await dieAt(system, point, walk(roadOf(point)))
        }
        await system.start()
        await eventually(merged, said, DEATH_MS)
      } finally {
        hands.rest()
      }
      await expectRight(system, { repositories, kills: points.length, ownCommits: true, ends: ['merged', 'kept', 'undone'] })
    })
  })
})
