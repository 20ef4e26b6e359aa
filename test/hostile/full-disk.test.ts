/**
 * A full disk at every write of the road: LUGH_HOME, then the person's repository, on a small memory disk that is filled to the brim before
 * each step. The person reads one sentence, nothing is lost or half done, and everything goes on by itself or by a tap when space returns.
 */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Message, Person } from '#simulator'
import { addProject, becomes, tap, taskOf, wish, type Task } from '../support/desk.ts'
import { eventually } from '../support/eventually.ts'
import { calls, play, runs, says, writes } from '../support/plays.ts'
import { git, makeRepository, tip } from '../support/repositories.ts'
import { canMount, mountSmallDisk, type SmallDisk } from '../support/small-disk.ts'
import { serverAvailable } from '../support/stores.ts'
import { LONG, withSystem, type System } from '../support/system.ts'

const PATIENCE_MS = 120_000
const KIB = 1024

/** A memory disk of this size at `path`, for as long as `body` takes. */
async function onSmallDisk(path: string, size: string, system: System, body: (disk: SmallDisk) => Promise<void>): Promise<void> {
  using disk = mountSmallDisk(path, size)
  try {
    await body(disk)
    await system.lugh().stop()
  } finally {
    await killIfStarted(system)
  }
}

async function killIfStarted(system: System): Promise<void> {
  try {
    await system.lugh().kill()
  } catch {
    // it never started
  }
}

const FULL = /disk.*full/i

/** The card of a task as it stands when the task needs somebody or has stumbled over the disk. */
function stumbles(you: Person, task: Task, done: RegExp): Promise<Message> {
  return you.waitFor(
    (message) =>
      message.text.includes(`T${task.number} `) &&
      (FULL.test(message.text) || (done.test(message.text) && you.buttons(message).includes('✅ Merge'))),
    {
      timeoutMs: PATIENCE_MS,
    },
  )
}

/** From wherever it is to merged, by the buttons that are offered. */
async function bringHome(you: Person, task: Task): Promise<Message> {
  for (;;) {
    const about = (message: Message): boolean => new RegExp(`T${task.number} `).test(message.text)
    const next = await you.waitFor(
      (message) =>
        about(message) &&
        (message.text.startsWith('✅ Merged') ||
          you.buttons(message).some((label) => label === '✅ Merge' || (label === '▶️ Resume' && /paused|failed/.test(message.text)))),
      { timeoutMs: PATIENCE_MS },
    )
    if (next.text.startsWith('✅ Merged')) return next
    const label = you.buttons(next).includes('✅ Merge') ? '✅ Merge' : '▶️ Resume'
    await tap(you, next, label)
    if (label === '✅ Merge') return becomes(you, next, /^✅ Merged/, PATIENCE_MS)
    await you.waitUntil(next, (message) => !you.buttons(message).includes(label), `${label} to be gone`, PATIENCE_MS)
  }
}

const WORK = play(
  'Make it',
  calls(writes('made/a.txt', 'a'.repeat(100 * KIB))),
  calls(runs('mkdir -p made && head -c 200000 /dev/urandom | base64 > made/b.txt; sleep 0.2')),
  says('Made.'),
)

/** Whole or absent: git itself finds nothing wrong. */
function sound(path: string): void {
  expect(execFileSync('git', ['fsck', '--full', '--strict', '--no-dangling'], { cwd: path, stdio: ['ignore', 'pipe', 'pipe'] }).toString()).toBe('')
}

describe.skipIf(!canMount)('a full disk', () => {
  /** What is left when it is filled: each step of the road fails first at another of these. */
  const LEFT = LONG ? [0, 8, 16, 32, 64, 96, 128, 160, 224, 320, 448, 640, 896, 1280].map((kib) => kib * KIB) : [0, 160 * KIB, 480 * KIB]

  /** The same for a fetch of 400 kB and for an inverse commit. */
  const LEFT_TO_ADD = LONG ? [0, 8, 16, 32, 64, 128, 256].map((kib) => kib * KIB) : [0, 64 * KIB]

  test.skipIf(!serverAvailable)(
    'of LUGH_HOME, at every write of the road: one sentence, nothing lost, and the same task is merged when space returns',
    () =>
      withSystem(
        { store: 'server', bare: true, stopped: true, limits: false, scripts: [WORK], env: { LUGH_MODE: 'auto', LUGH_SANDBOX: 'required' } },
        (system) =>
          onSmallDisk(system.at.home, '24m', system, async (disk) => {
            await system.start()
            const path = makeRepository(join(system.at.root, 'shop'))
            const you = system.person()
            expect((await addProject(you, path)).text).toContain('is ready')
            let stumbled = 0
            for (const [index, left] of LEFT.entries()) {
              const before = tip(path, 'main')
              disk.fill(left)
              const task = await wish(you, `Make it ${index}`)
              const seen = await stumbles(you, task, /🔵 Review/)
              if (FULL.test(seen.text)) stumbled += 1
              expect(seen.text).not.toContain('Something went wrong')
              expect(tip(path, 'main')).toBe(before)
              disk.free()
              await bringHome(you, task)
              sound(path)
              expect(git(path, 'show', '--format=', '--name-only', 'main').split('\n')).toEqual(['made/a.txt', 'made/b.txt'])
              git(path, 'rm', '-rq', 'made')
              git(path, 'commit', '-qm', `Clear ${index}`)
            }
            expect(stumbled).toBeGreaterThan(1)
            for (const project of execFileSync('ls', [join(system.at.home, 'repos')])
              .toString()
              .trim()
              .split('\n'))
              for (const name of ['base.git', 'store.git']) sound(join(system.at.home, 'repos', project, name))
            expect(you.messages().filter(({ text }) => text.includes('Something went wrong'))).toEqual([])
          }),
      ),
  )

  test.skipIf(!serverAvailable)(
    'of LUGH_HOME, when a project is added and when a merge is undone: one sentence, and the same again works when space returns',
    () =>
      withSystem(
        { store: 'server', bare: true, stopped: true, limits: false, scripts: [WORK], env: { LUGH_MODE: 'auto', LUGH_SANDBOX: 'required' } },
        (system) =>
          onSmallDisk(system.at.home, '32m', system, async (disk) => {
            await system.start()
            const you = system.person()
            const stumbled = { adding: 0, undoing: 0 }
            for (const [index, left] of LEFT_TO_ADD.entries()) {
              const path = makeRepository(join(system.at.root, `shop-${index}`), { 'large.txt': randomBytes(200 * KIB).toString('hex') })
              disk.fill(left)
              const said = await addProject(you, path)
              if (!said.text.includes('is ready')) {
                stumbled.adding += 1
                expect(said.text).toMatch(FULL)
                disk.free()
                expect((await addProject(you, path)).text).toContain('is ready')
              }
              disk.free()
              const before = git(path, 'rev-parse', 'main^{tree}')
              const merged = await bringHome(you, await wish(you, `Make it ${index}`))
              disk.fill(left)
              const since = you.mark()
              await tap(you, merged, '↩️ Undo')
              const seen = await you.waitFor((message) => FULL.test(message.text) || /Undone by commit/.test(message.text), {
                since,
                timeoutMs: PATIENCE_MS,
              })
              if (FULL.test(seen.text)) stumbled.undoing += 1
              disk.free()
              await becomes(you, merged, /Undone by commit/, PATIENCE_MS)
              expect(git(path, 'rev-parse', 'main^{tree}')).toBe(before)
              sound(path)
            }
            expect(stumbled).toEqual({ adding: expect.toSatisfy((n: number) => n > 0), undoing: expect.toSatisfy((n: number) => n > 0) })
            expect(you.messages().filter(({ text }) => text.includes('Something went wrong'))).toEqual([])
          }),
      ),
  )

  /** The store lies on the same disk: what is left decides whether it is its log, a table or a file of git that finds no room. */
  const LEFT_TO_STORE = LONG ? [0, 16, 64, 256, 1024].map((kib) => kib * KIB) : [0, 256 * KIB]

  test('of LUGH_HOME with the embedded store in it: what was said meanwhile is done when space returns, by itself or by one tap', () =>
    withSystem(
      { store: 'embedded', bare: true, stopped: true, limits: false, scripts: [WORK], env: { LUGH_MODE: 'auto', LUGH_SANDBOX: 'required' } },
      (system) =>
        onSmallDisk(system.at.home, '192m', system, async (disk) => {
          await system.start()
          const path = makeRepository(join(system.at.root, 'shop'))
          const you = system.person()
          expect((await addProject(you, path)).text).toContain('is ready')
          for (const [index, left] of LEFT_TO_STORE.entries()) {
            const before = tip(path, 'main')
            const told = system.lugh().output().length
            disk.fill(left)
            const said = you.say(`Make it ${index}`)
            const heard = (): string =>
              you
                .messages()
                .slice(-3)
                .map(({ text }) => text)
                .join('\n') + system.lugh().output().slice(told)
            await eventually(() => FULL.test(heard()), true, PATIENCE_MS)
            // Longer than anything is tried again before it is given up.
            await new Promise((resolve) => setTimeout(resolve, 8000))
            expect(tip(path, 'main')).toBe(before)
            disk.free()
            await bringHome(you, await taskOf(you, said))
            sound(path)
            expect(git(path, 'show', '--format=', '--name-only', 'main').split('\n')).toEqual(['made/a.txt', 'made/b.txt'])
            git(path, 'rm', '-rq', 'made')
            git(path, 'commit', '-qm', `Clear ${index}`)
          }
          expect(you.messages().filter(({ text }) => text.includes('Something went wrong'))).toEqual([])
        }),
    ))

  test('of the person’s repository, when it is landed on: nothing moves, the card says why, and the same tap lands it when space returns', () =>
    withSystem({ store: 'embedded', limits: false, scripts: [WORK], env: { LUGH_MODE: 'auto', LUGH_SANDBOX: 'required' } }, (system) => {
      const folder = join(system.at.root, 'small')
      return onSmallDisk(folder, '8m', system, async (disk) => {
        const path = makeRepository(join(folder, 'shop'))
        const you = system.person()
        expect((await addProject(you, path)).text).toContain('is ready')
        for (const [index, left] of [0, 300 * KIB, 420 * KIB].entries()) {
          const before = tip(path, 'main')
          const task = await wish(you, `Make it ${index}`)
          const review = await stumbles(you, task, /🔵 Review/)
          disk.fill(left)
          const since = you.mark()
          await tap(you, review, '✅ Merge')
          // While it is tried again the task's card says why; the review's does when it is given up.
          const about = (message: Message): boolean =>
            message.text.includes(`T${task.number} `) && (FULL.test(message.text) || message.text.startsWith('✅ Merged'))
          await you.waitFor(about, { since, timeoutMs: PATIENCE_MS })
          if (!you.now(review).text.startsWith('✅ Merged')) expect(tip(path, 'main')).toBe(before)
          disk.free()
          await bringHome(you, task)
          sound(path)
          expect(git(path, 'status', '--porcelain')).toBe('')
          git(path, 'rm', '-rq', 'made')
          git(path, 'commit', '-qm', `Clear ${index}`)
        }
      })
    }))
})
