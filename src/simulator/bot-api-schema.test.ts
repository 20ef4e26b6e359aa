import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import { generateAnswerSchema, generateBotApiSchema } from '../../scripts/generate-bot-api-schema.ts'
import { coerceParameters, findProblems, methodName, methodNames } from './bot-api-schema.ts'
import { METHODS } from './methods/index.ts'
import { REACTIONS } from './reactions.ts'
import { createWorld } from './world.ts'

const committed = new URL('./schema/bot-api.json', import.meta.url)

describe('the generated schema', () => {
  test('is what the generator writes from the installed types', () => {
    expect(`${JSON.stringify(generateBotApiSchema())}\n`).toBe(readFileSync(committed, 'utf8'))
  })

  test('names every method, and every method can be checked', () => {
    expect(methodNames().length).toBeGreaterThanOrEqual(180)
    const checked = methodNames().map((method) => findProblems(method, { nobody: 1 })[0]?.kind)
    expect(new Set(checked)).toEqual(new Set(['unknown-parameter']))
  })

  test('knows every method the simulator plays', () => {
    expect(Object.keys(METHODS).filter((method) => methodName(method) !== method)).toEqual([])
  })

  test('has the reactions the simulator allows', () => {
    const emoji = generateBotApiSchema().definitions['ReactionTypeEmoji']
    expect(emoji).toMatchObject({ properties: { emoji: { enum: [...REACTIONS].toSorted() } } })
  })
})

describe('a request', () => {
  test('may spell its method in any case', () => {
    expect([methodName('sendmessage'), methodName('SENDMESSAGE'), methodName('sendMessages')]).toEqual(['sendMessage', 'sendMessage', undefined])
  })

  test('from a form means what it says', () => {
    const form = { chat_id: '12', text: '12', disable_notification: 'True', reply_markup: '{"inline_keyboard":[]}', message_thread_id: '4' }
    expect(coerceParameters('sendMessage', form)).toEqual({
      chat_id: '12',
      text: '12',
      disable_notification: true,
      reply_markup: { inline_keyboard: [] },
      message_thread_id: 4,
    })
  })

  test('with a parameter nobody documented is found out', () => {
    expect(findProblems('sendMessage', { chat_id: 1, text: 'x', txt: 'y' })[0]).toMatchObject({ kind: 'unknown-parameter', path: '/txt' })
  })

  test('with a member of the wrong kind is found out', () => {
    const button = { text: 'a', callback_data: 5 }
    const [problem] = findProblems('sendMessage', { chat_id: 1, text: 'x', reply_markup: { inline_keyboard: [[button]] } })
    expect(problem?.path).toMatch(/^\/reply_markup\/inline_keyboard\/0\/0/)
  })
})

describe('what the world says', () => {
  const ajv = new Ajv({ strict: false, allErrors: true })
  const validate = ajv.compile({ ...generateAnswerSchema(), required: ['update'] })

  test('is an Update as the types have it, whatever people do', () => {
    const world = createWorld({
      users: [
        { id: 1, firstName: 'Ada', lastName: 'L', username: 'ada_l', languageCode: 'en' },
        { id: 2, firstName: 'Bo' },
      ],
    })
    world.updates.allow(['message', 'edited_message', 'callback_query', 'message_reaction', 'my_chat_member'])
    const first = world.sendText(1, 1, '/start @somebody #tag https://example.com a@b.io')
    const card = world.addMessage(world.bot, 1, {
      text: 'card',
      entities: [{ type: 'bold', offset: 0, length: 4 }],
      markup: {
        kind: 'inline',
        rows: [
          [
            { text: 'Yes', callback_data: 'y', style: 'success' },
            { text: 'Web', url: 'https://a.io' },
          ],
        ],
      },
    })
    world.sendText(1, 1, 'a reply', { replyTo: card.id })
    world.editText(1, first, 'edited')
    world.pressButton(1, card, 'Yes')
    world.react(1, card, ['👍', '🔥'])
    const bytes = new Uint8Array([1])
    for (const kind of ['photo', 'document', 'voice', 'audio', 'video'] as const) world.sendFile(1, 1, kind, { bytes, duration: 2 }, { caption: 'c' })
    world.sendAlbum(1, 1, [{ bytes }, { bytes }], { caption: 'two' })
    world.forward(1, card, 1)
    world.pressButton(1, card, 'Yes')
    world.deleteMessage(card)
    world.pressButton(1, card, { data: 'y' }, { forged: true })
    const group = world.createGroup(1, { title: 'Team', members: [2], forum: true, bot: 'administrator' })
    const topic = world.createTopic(2, group, 'Talk')
    world.react(2, world.sendText(2, group, 'in the topic', { threadId: topic }), '👀')
    world.setBotRole(1, group, 'member')
    world.block(1)
    world.unblock(1)
    const { pending } = world.updates
    expect(pending.length).toBe(22)
    for (const update of pending) {
      const fine = validate({ update, message: update['message'] ?? JSON.parse(JSON.stringify(world.messageJson(first))) })
      expect(fine ? [] : [JSON.stringify(update), ...(validate.errors ?? [])]).toEqual([])
    }
  })
})
