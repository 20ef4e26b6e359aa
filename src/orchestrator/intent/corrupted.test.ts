import { expect, it } from 'vitest'
import { BotId, TelegramChatId } from '#core'
import type { Sql } from '#db'
import { chance } from '../../../test/support/chance.ts'
import { corrupt, ERROR_RATES } from '../../../test/support/voice/clips.ts'
import { phrasings } from '../../../test/support/voice/phrasings.ts'
import { deedOf, type Offered } from './act-of.ts'
import { readIntent } from './read-intent.ts'

const SENTENCES = ['phrasings.txt', 'walk.txt', 'walk-held-out.txt'].flatMap(phrasings).map(({ said }) => said)
const TIMES = 5
/** What cannot be had back by saying something else. */
const DESTRUCTIVE = [
  'undo_task',
  'merge_change',
  'discard_change',
  'discard_task',
  'discard_dry_run',
  'carry_out_restore',
  'cancel_plan',
  'decide_approval',
]
const place = { botId: BotId.parse(1), chatId: TelegramChatId.parse(1) }
/** No task and no card: every yes and no is for nothing here. */
const nothing: Sql = { rows: () => Promise.resolve([]), row: () => Promise.resolve(undefined), run: () => Promise.resolve(0) }

const offered = (text: string): Promise<Offered> => deedOf(nothing, place, { understood: readIntent(text), text })

it('at every error rate of the recogniser, nothing destructive is done without a button', async () => {
  const { next } = chance(7)
  const done: string[] = []
  let destructive = 0
  for (const rate of ERROR_RATES)
    for (const sentence of SENTENCES)
      for (let time = 0; time < TIMES; time++) {
        const text = corrupt(sentence, rate, next)
        const { deed, ask } = await offered(text)
        if (deed.do !== 'call' || !DESTRUCTIVE.includes(deed.capability)) continue
        destructive += 1
        if (ask === false) done.push(text)
      }
  expect({ done, looked: destructive > 100 }).toEqual({ done: [], looked: true })
})

it('a yes that was hardly understood decides nothing', async () => {
  const deeds = await Promise.all(['aprove T12', 'approv', 'genemigen', 'erlauben T12x'].map((text) => offered(text)))
  expect(deeds.filter(({ deed }) => deed.do === 'call' && deed.capability !== 'assign_task')).toEqual([])
})
