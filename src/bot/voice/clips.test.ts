/** Sixty voice messages spoken by a machine, from the update to what is done: each heard well, then with mistakes at three rates. A few of them in short. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { afterEach, expect, test } from 'vitest'
import { randomIds } from '#core'
import { createHearing } from '#media'
import { createOpenAiTranscriber, pricesOf } from '#models'
import { createLikelyWords, deedOf, meantOf, readIntent, renderCard, spentToday, type Capability } from '#orchestrator'
import { scriptOf, startModelServer, YOU, type ModelServer } from '#simulator'
import { z } from 'zod'
import { botWorld, type BotWorld } from '../../../test/support/bot.ts'
import { NO_GIT } from '../../../test/support/no-git.ts'
import { BESIDE, describeEachStore } from '../../../test/support/stores.ts'
import { LONG } from '../../../test/support/system.ts'
import { allClips, CAN_SPEAK, ERROR_RATES, scriptedEars, type Clip } from '../../../test/support/voice/clips.ts'
import { plainWords } from '../../../test/support/voice/phrasings.ts'
import { capability } from '../../orchestrator/capability.ts'

/** Of every ten in short: an order that could destroy, one that only shows, a wish of half a minute, … */
const CLIPS: readonly Clip[] = allClips().filter((_, index) => LONG || index % 10 === 8)
const RIGHT_OF_HUNDRED = 95
const HARMLESS = ['show_status', 'show_task', 'show_diff', 'why_task', 'what_happened', 'list_checkpoints', 'create_checkpoint', 'assign_task']
/** Can be had back by its contrary, or asks by a card of its own. */
const LIGHT = ['stop_task', 'pause_task', 'resume_task', 'steer_task', 'restore_checkpoint']
const DESTRUCTIVE = ['undo_task', 'merge_change', 'discard_change', 'discard_task', 'carry_out_restore', 'cancel_plan', 'decide_approval']

const likelyWords = createLikelyWords({ git: NO_GIT, newId: () => randomIds.uuid() })

const Given = z.looseObject({})
/** One that only writes down that it was called. */
const noted = (name: string): Capability =>
  capability({
    name,
    describe: name,
    input: Given,
    output: z.object({}),
    kind: 'request',
    may: ['owner'],
    doors: { telegram: {}, cli: { none: 'a test' }, mcp: { none: 'a test' } },
    act: async ({ tx, caller }) => {
      await tx.run(`insert into ${BESIDE}.effect (call_key, what) values ($1::text, $2::text)`, [caller.callKey, name])
      return {}
    },
    say: () => 'Done.',
  })
const NOTED = new Map([...HARMLESS, ...LIGHT, ...DESTRUCTIVE].map((name) => [name, noted(name)]))

/** Spoken once for both stores. */
let ears: ReturnType<typeof scriptedEars> | undefined

describeEachStore('spoken clips', (open) => {
  let world: BotWorld | undefined
  let model: ModelServer | undefined
  let folder = ''
  afterEach(async () => {
    await world?.close()
    await model?.close()
    if (folder !== '') rmSync(folder, { recursive: true, force: true })
  })

  test.runIf(CAN_SPEAK)(
    `${CLIPS.length} clips: heard well they mean what they say, and at no rate of mistakes is anything destroyed`,
    { timeout: 600_000 },
    async () => {
      ears ??= scriptedEars(CLIPS)
      const { spoken, hears, setRate } = ears
      model = await startModelServer({ script: scriptOf([]), hears, remember: 10 })
      world = await botWorld(await open())
      const w = world
      folder = mkdtempSync(join(tmpdir(), 'clips-'))
      const openai = createOpenAiTranscriber({ apiKey: () => 'k', baseUrl: `${model.url}/v1` })
      const hearing = createHearing({ transcribers: [openai], prices: pricesOf() })
      const ports = {
        ...w.ports,
        capabilityByName: (name: string) => NOTED.get(name) ?? w.ports.capabilityByName(name),
        renderCard: (...[sql, facts, kind, id]: Parameters<typeof renderCard>) => renderCard(sql, facts, kind, id),
      }
      await w.bot({ ports, incoming: folder, voice: { hearing, understand: readIntent, meantOf, deedOf, likelyWords, spentToday } }).start()
      const dealtWith = async (count: number): Promise<void> => {
        await expect.poll(() => w.count(`voice where state in ('asked', 'done')`), { timeout: 120_000 }).toBe(count)
      }

      for (const [round, rate] of [0, ...ERROR_RATES].entries()) {
        setRate(rate)
        for (const { bytes, seconds } of spoken) w.simulator.world.sendVoice(YOU.id, YOU.id, { bytes, duration: Math.round(seconds) })
        await dealtWith((round + 1) * CLIPS.length)
      }

      const rows = await w.db.rows(z.object({ meant: z.unknown(), transcript: z.string() }), 'select meant, transcript from voice order by update_id')
      const clean = rows.slice(0, CLIPS.length)
      const wrong = CLIPS.flatMap(({ says, means }, index) => {
        const { confidence: _, ...got } = meantOf(clean[index]?.meant) ?? { confidence: 0 }
        return isDeepStrictEqual(plainWords(got), plainWords(means)) ? [] : [{ says, got }]
      })
      expect({ wrong, enough: wrong.length <= (CLIPS.length * (100 - RIGHT_OF_HUNDRED)) / 100 }).toMatchObject({ enough: true })
      const effects = (await w.effects()).map(({ what }) => what)
      expect(effects.filter((what) => DESTRUCTIVE.includes(what))).toEqual([])
      expect({ did: effects.length > CLIPS.length, breaches: w.simulator.breaches }).toEqual({ did: true, breaches: [] })
      // The mistakes were made, or nothing was proven.
      expect(rows.slice(-CLIPS.length).filter(({ transcript }, index) => transcript !== CLIPS[index]?.says).length).toBeGreaterThan(CLIPS.length / 2)
    },
  )
})
