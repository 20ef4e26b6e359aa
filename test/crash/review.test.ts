/** `kill -9` between verdicts and landing: rows alone decide, so each next life ends with exactly the kept hunks on the target, once. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Script } from '#simulator'
import { addProject, becomes, reviewOf, tap, wish } from '../support/desk.ts'
import { checkHistory, landings } from '../support/history.ts'
import { calls, says, writes } from '../support/plays.ts'
import { fileAt, makeRepository } from '../support/repositories.ts'
import { describeSideBySide, LONG, withSystem } from '../support/system.ts'

const MINUTES = 5 * 60_000
const list = (change: Readonly<Record<number, string>> = {}): string =>
  Array.from({ length: 40 }, (_, at) => `${change[at + 1] ?? `item ${at + 1}`}\n`).join('')
const file = (words: string): string => `list${/\d+/.exec(words)?.[0] ?? ''}.txt`

const TIDY: Script = {
  name: 'tidy',
  match: ({ wish: words }) => /Tidy list \d/.test(words),
  turns: ({ wish: words, calls: done }) =>
    done.length > 0 ? says('Tidied.') : calls(writes(file(words), list({ 4: 'four', 20: 'twenty', 36: 'thirty-six' }))),
}

/** Where a life dies after the dropped hunk is left out, and (`land`) after Merge. */
const POINTS = [
  'part.after-act',
  'clean-up.between-acts',
  'prepare.worktree.after-act',
  'tests.after-act',
  'propose.before-outcome',
  'land.merge.after-act',
]
const SHORT = ['part.after-act', 'propose.before-outcome', 'land.merge.after-act']

describeSideBySide('killed between verdicts and landing', (store) => {
  test(
    'what was kept lands once, what was dropped never does',
    () =>
      withSystem({ store, scripts: [TIDY] }, async (system) => {
        const points = LONG ? POINTS : SHORT
        const files = Object.fromEntries(points.map((_, nth) => [`list${nth + 1}.txt`, list()]))
        const path = makeRepository(join(system.at.root, 'shop'), { ...files, '.lugh/config.yaml': 'test: "true"\n' })
        const you = system.person()
        await addProject(you, path)
        for (const [nth, point] of points.entries()) {
          const task = await wish(you, `Tidy list ${nth + 1}`)
          const whole = await reviewOf(you, task)
          const doom = async (): Promise<void> => {
            await system.lugh().stop()
            await system.start({ LUGH_CRASH_AT: point })
          }
          const rise = async (): Promise<void> => {
            expect(await system.lugh().exited, point).toEqual({ code: null, signal: 'SIGKILL' })
            await system.start()
          }
          await tap(you, whole, '🗂 Files')
          await becomes(you, whole, /hunk 1\/3/)
          await tap(you, whole, 'hunk ▶')
          await becomes(you, whole, /hunk 2\/3/)
          await tap(you, whole, 'Drop')
          await becomes(you, whole, /hunk 3\/3[\s\S]*2 of 3 hunks/)
          const landing = point.startsWith('land.')
          if (!landing) await doom()
          await you.tap('✂️ Leave 1 out', { in: whole })
          if (!landing) await rise()
          await becomes(you, whole, /^Outdated/)
          const part = await reviewOf(you, task)
          expect(part.text, point).toContain('✂️ 2 of 3 hunks')
          if (landing) await doom()
          await you.tap('✅ Merge', { in: part })
          if (landing) await rise()
          await becomes(you, part, /^✅ Merged/)
          expect(fileAt(path, 'main', `list${nth + 1}.txt`), point).toBe(list({ 4: 'four', 36: 'thirty-six' }))
          expect(
            landings(path).filter(({ title }) => title === `Tidy list ${nth + 1}`),
            point,
          ).toHaveLength(1)
        }
        await system.tidy()
        checkHistory(system, path)
      }),
    MINUTES,
  )
})
