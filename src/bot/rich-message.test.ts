/** Long words in one rich message, and as ever where the server knows none. */
import { b, code, i, join, pre, quote, randomIds, BotId, TelegramChatId, type Text } from '#core'
import { enqueueText } from '#db'
import { YOU } from '#simulator'
import { afterEach, expect, test } from 'vitest'
import { botWorld, type BotWorld } from '../../test/support/bot.ts'
import { describeEachStore } from '../../test/support/stores.ts'
import { toRich } from './entities.ts'
import { toBlocks } from './rich-message.ts'

const LONG = join([
  b('Why'),
  ...Array.from({ length: 150 }, (_, n): Text => [code(`step ${n}`), ` did <b>something</b> of the kind that takes words`]),
])

test('blocks hold every character and mark of the text, in its order', () => {
  const text = [b(['bold ', i('x')]), ' plain\n\n', pre('a\nb', 'ts'), '\n', quote('said\nagain'), quote('folded', true), '\nend']
  expect(toBlocks(toRich(text))).toEqual([
    { type: 'paragraph', text: [{ type: 'bold', text: ['bold ', { type: 'italic', text: 'x' }] }, ' plain'] },
    { type: 'pre', text: 'a\nb', language: 'ts' },
    {
      type: 'blockquote',
      blocks: [
        { type: 'paragraph', text: 'said' },
        { type: 'paragraph', text: 'again' },
      ],
    },
    { type: 'expandable_blockquote', text: 'folded' },
    { type: 'paragraph', text: 'end' },
  ])
  expect(toBlocks(toRich('x'.repeat(32_769)))).toBeUndefined()
  expect(toBlocks(toRich('x\n'.repeat(501)))).toBeUndefined()
})

describeEachStore('long words', (open) => {
  let world: BotWorld | undefined
  afterEach(async () => {
    await world?.close()
    world = undefined
  })

  /** Sends the long text twice; answers the methods asked for, and the messages there are. */
  async function sent(rich: boolean): Promise<{ asked: string[]; texts: string[] }> {
    const db = await open()
    world = await botWorld(db, { listed: [YOU.id], simulator: { rich } })
    await world.bot().start()
    const you = world.person()
    you.say('/start')
    await you.waitFor('Welcome')
    const { calls, world: telegram } = world.simulator
    const before = calls.length
    const place = { botId: BotId.parse(telegram.bot.id), chatId: TelegramChatId.parse(YOU.id) }
    for (const text of [LONG, 'short', LONG]) await db.tx((tx) => enqueueText(tx, { ...place, key: randomIds.uuid(), text }))
    await world.settled()
    expect(world.simulator.breaches).toEqual([])
    const asked = calls.slice(before).map(({ method }) => method)
    return {
      asked: asked.filter((method) => /^send.*Message$/u.test(method)),
      texts: you
        .messages()
        .slice(2)
        .map(({ text }) => text),
    }
  }

  test('are one message where the server takes rich ones', async () => {
    const { asked, texts } = await sent(true)
    expect(asked).toEqual(['sendRichMessage', 'sendMessage', 'sendRichMessage'])
    const whole = toRich(LONG).text
    expect(texts).toEqual([whole, 'short', whole])
  })

  test('are several plain ones where it does not, and it is asked once', async () => {
    const { asked, texts } = await sent(false)
    expect(asked.filter((method) => method === 'sendRichMessage')).toHaveLength(1)
    const characters = (text: string): string => text.replaceAll(/\s/gu, '')
    expect(characters(texts.filter((text) => text !== 'short').join(''))).toBe(characters(toRich(LONG).text.repeat(2)))
    expect(texts.every((text) => Array.from(text).length <= 4096)).toBe(true)
  })
})
