/** One question, two doors: what a program's task asks is answered on the phone, what a person's task asks by a program, and once when both come at once. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { chance } from '../support/chance.ts'
import { addProject, approvalOf, becomes, tap, wish } from '../support/desk.ts'
import { calls, runs, says } from '../support/plays.ts'
import { connect, doorOf, freePort, type Answer } from '../support/programs.ts'
import { makeRepository } from '../support/repositories.ts'
import { describeBothStores, LONG, withSystem } from '../support/system.ts'
import type { Call, Script } from '#simulator'

const ROUNDS = LONG ? 100 : 5
/** A tap passes the bot's queue, a call comes straight in: the one that is quicker waits up to so long, so that either may be first. */
const HEAD_START_MS = 120

const Waits = z.looseObject({ done: z.boolean(), waits_for: z.array(z.looseObject({ id: z.string(), digest: z.string() })).length(1) })

/** Asks for one command after the other. */
function askingScript(): { script: Script; done: () => readonly Call[] } {
  let seen: readonly Call[] = []
  const turns: Script['turns'] = ({ wish: words, calls: done }) => {
    seen = done
    const rounds = words.startsWith('Race') ? ROUNDS : 1
    return done.length < rounds ? calls(runs(`node -e "console.log('round', ${done.length})"`)) : says('All asked.')
  }
  return { script: { name: 'asking', match: () => true, turns }, done: () => seen }
}

describeBothStores('a question at two doors', (store) => {
  test(`is answered once, by whoever is first, ${ROUNDS} times (seed 3)`, { timeout: LONG ? 1_800_000 : 240_000 }, async () => {
    const port = await freePort()
    const { script, done } = askingScript()
    await withSystem({ store, scripts: [script], limits: false, env: { PORT: String(port) } }, async (system) => {
      const you = system.person()
      await addProject(you, makeRepository(join(system.at.root, 'shop')))
      const program = await connect('v2', 'http', await doorOf(system, port, 'read', 'request', 'approve'))
      const waiting = async (task: number): Promise<{ approval: string; digest: string }> => {
        const { waits_for } = Waits.parse((await program.call('wait_for_task', { task, timeout_seconds: 120 })).output)
        return { approval: waits_for[0]?.id ?? '', digest: waits_for[0]?.digest ?? '' }
      }
      const decide = (asked: object, decision: string): Promise<Answer> => program.call('decide_approval', { ...asked, decision })

      // Asked over MCP, answered on the phone.
      await program.call('assign_task', { project: 'shop', wish: 'Ask once' })
      const first = await waiting(1)
      const card = await approvalOf(you, { number: 1 })
      expect(await tap(you, card, '❌ Deny')).toMatch(/denied/iu)
      expect(await decide(first, 'allow')).toMatchObject({ isError: true, said: expect.stringMatching(/already denied/u) })

      // Asked on the phone, answered over MCP.
      const second = await wish(you, 'Ask again')
      const shown = await approvalOf(you, second)
      expect(await decide(await waiting(second.number), 'allow')).toMatchObject({ isError: false })
      expect(you.buttons(await becomes(you, shown, /Allowed/u))).not.toContain('✅ Allow once')

      const dice = chance(3)
      const race = await wish(you, 'Race')
      const firsts: string[] = []
      let since = 0
      for (let round = 0; round < ROUNDS; round += 1) {
        const asked = await waiting(race.number)
        const open = await approvalOf(you, race, since)
        since = you.mark()
        // The phone says no and the program yes: what came of the command tells whose word it was.
        const [toast, answer] = await Promise.all([tap(you, open, '❌ Deny'), sleep(dice.next() * HEAD_START_MS).then(() => decide(asked, 'allow'))])
        const phone = /^(?!.*(?:already|too late|changed)).*denied/iu.test(toast)
        expect([phone, !answer.isError, toast, answer.said].slice(0, 2).filter(Boolean), `${toast} | ${answer.said}`).toHaveLength(1)
        firsts.push(phone ? 'phone' : 'program')
      }
      await you.waitUntil(race.card, ({ text }) => text.includes('All asked.'), 'the race to end', 60_000)
      expect(done().map(({ output }, round) => (output.includes(`round ${round}`) ? 'program' : 'phone'))).toEqual(firsts)
      await program.close()
    })
  })
})
