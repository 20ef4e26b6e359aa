/** Dying between hearing and doing: what was said is neither lost nor done twice, and what was heard is not paid for again. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { crashPoints } from '../support/crash-points.ts'
import { addProject, sees, shown } from '../support/desk.ts'
import { play, says } from '../support/plays.ts'
import { makeRepository } from '../support/repositories.ts'
import { call, type Script } from '#simulator'
import { describeSideBySide, withSystem } from '../support/system.ts'

const points = crashPoints().filter((point) => point.startsWith('voice.'))
/** It begins as an order and is none that the rules know, so that a model sorts it. */
const wish = (n: number): string => `Stop: Spoken wish number ${n}`
const sorts: Script = {
  name: 'sorts',
  match: ({ tools }) => tools.includes('understand'),
  turns: () => ({ calls: [call('understand', { intent: 'new', sure: true })] }),
}

describeSideBySide('kill while somebody speaks', (store) => {
  test(
    `${points.length} deaths by name: each wish is one task, and heard or sorted twice only where that was not kept yet`,
    { timeout: 240_000 },
    async () => {
      await withSystem({ store, scripts: [sorts, play('Spoken wish', says('Done.'))], voice: true }, async (system) => {
        const person = system.person()
        await addProject(person, makeRepository(join(system.at.root, 'shop')))
        for (const [n, point] of points.entries()) {
          await system.lugh().kill()
          const life = await system.start({ LUGH_CRASH_AT: point })
          person.sendVoice(wish(n))
          expect(await life.exited, point).toEqual({ code: null, signal: 'SIGKILL' })
          await system.start()
          await sees(person, new RegExp(`^T\\d+ · ${wish(n)}$`, 'm'))
        }
        const heard = system.model.requests.filter(({ recording }) => recording !== undefined)
        const sorted = system.model.requests.filter(({ conversation }) => conversation?.tools.includes('understand'))
        const counts = points.map((point, n) => ({
          point,
          tasks: new Set(shown(person, new RegExp(`^T\\d+ · ${wish(n)}$`, 'm')).map(({ text }) => /^T\d+/.exec(text)?.[0])).size,
          quotes: shown(person, new RegExp(`🎤 ${wish(n)}$`)).length,
          paid: heard.filter(({ heard: words }) => words === wish(n)).length,
          sorted: sorted.filter(({ request }) => JSON.stringify(request).includes(wish(n))).length,
        }))
        expect(counts).toEqual(
          points.map((point) => ({
            point,
            tasks: 1,
            quotes: 1,
            paid: point === 'voice.before-heard' ? 2 : 1,
            sorted: point === 'voice.before-meant' ? 2 : 1,
          })),
        )
      })
    },
  )
})
