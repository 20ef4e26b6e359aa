/** Two Lughs, two stores, one token: Telegram throws one of them out, which says so once and waits; no message is lost. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sees } from '../support/desk.ts'
import { spawnLugh, type LughProcess } from '../support/lugh-process.ts'
import { withSystem } from '../support/system.ts'

const STOP_MS = 5000
const MESSAGES = 12

const saysConflict = (life: LughProcess): number => life.output().split('"bot.poll-conflict"').length - 1

test('the one thrown out stops within 5 s and says so once; every message is answered', () =>
  withSystem({ store: 'embedded', limits: false, conflicts: true }, async (system) => {
    const you = system.person()
    you.say('/status')
    await sees(you, /needs? you/)
    const home = join(system.at.root, 'other')
    mkdirSync(home)
    const first = system.lugh()
    const second = spawnLugh({ ...system.env, LUGH_HOME: home }, system.at.cwd)
    try {
      await second.ready
      const conflicts = () => system.simulator.calls.filter(({ error }) => error?.code === 409)
      await expect.poll(() => conflicts().length, { timeout: 30_000, interval: 20 }).toBeGreaterThan(0)
      const thrownOut = Date.now()
      await Promise.race([first, second].map((life) => life.prints(/"bot\.poll-conflict"/)))
      expect(Date.now() - thrownOut).toBeLessThan(STOP_MS)
      for (let n = 0; n < MESSAGES; n += 1) {
        you.say('/status')
        await new Promise((resolve) => setTimeout(resolve, 300))
      }
      const answered = (): number =>
        new Set(you.messages().flatMap(({ text, replyTo }) => (/needs? you/.test(text) && replyTo !== undefined ? [replyTo] : []))).size
      await expect.poll(answered, { timeout: 90_000, interval: 100 }).toBe(MESSAGES + 1)
      // Each says it when it is thrown out, and not again for every poll that meets the same.
      expect(saysConflict(first) + saysConflict(second)).toBeLessThanOrEqual(conflicts().length)
    } finally {
      await second.stop()
    }
  }))
