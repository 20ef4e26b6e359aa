import { InputFile } from 'grammy'
import { beforeEach, describe, expect, test } from 'vitest'
import { startBot, told, type SimulatedBot } from '../../../test/support/simulated-bot.ts'
import type { SimulatorOptions } from '../server.ts'

const YOU = 1001
let simulator: SimulatedBot['simulator']
let api: SimulatedBot['api']
let raw: SimulatedBot['raw']

async function start(options: SimulatorOptions = {}): Promise<void> {
  ;({ simulator, api, raw } = await startBot(options))
}

const png = (width: number, height: number): Uint8Array => {
  const bytes = Buffer.alloc(33)
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  bytes.writeUInt32BE(width, 16)
  bytes.writeUInt32BE(height, 20)
  return new Uint8Array(bytes)
}

const inline = (text: string, data: string): { inline_keyboard: { text: string; callback_data: string }[][] } => ({
  inline_keyboard: [[{ text, callback_data: data }]],
})

describe('sending text', () => {
  beforeEach(async () => {
    await start()
    simulator.world.sendText(YOU, YOU, '/start')
  })

  const sent: readonly [what: string, refusal: string, call: () => Promise<unknown>][] = [
    ['4096 characters outside the BMP', 'ok', () => api.sendMessage(YOU, '😀'.repeat(4096))],
    ['4097 characters', '400 Bad Request: message is too long', () => api.sendMessage(YOU, 'a'.repeat(4097))],
    ['4096 characters in marks', 'ok', () => api.sendMessage(YOU, `<b>${'a'.repeat(4096)}</b>`, { parse_mode: 'HTML' })],
    ['nothing', '400 Bad Request: message text is empty', () => api.sendMessage(YOU, '')],
    ['a blank', '400 Bad Request: text must be non-empty', () => api.sendMessage(YOU, ' \n ')],
    ['to a chat nobody knows', '400 Bad Request: chat not found', () => api.sendMessage(4711, 'x')],
    [
      'a reply to nothing',
      '400 Bad Request: message to be replied not found',
      () => api.sendMessage(YOU, 'x', { reply_parameters: { message_id: 99 } }),
    ],
    [
      'a reply that may stand alone',
      'ok',
      () => api.sendMessage(YOU, 'x', { reply_parameters: { message_id: 99, allow_sending_without_reply: true } }),
    ],
    ['into a thread nobody opened', '400 Bad Request: message thread not found', () => api.sendMessage(YOU, 'x', { message_thread_id: 9 })],
    ['64 bytes of data', 'ok', () => api.sendMessage(YOU, 'x', { reply_markup: inline('a', 'd'.repeat(64)) })],
    [
      '65 bytes of data',
      '400 Bad Request: BUTTON_DATA_INVALID',
      () => api.sendMessage(YOU, 'x', { reply_markup: inline('a', `${'d'.repeat(63)}é`) }),
    ],
    ['no data', '400 Bad Request: BUTTON_DATA_INVALID', () => api.sendMessage(YOU, 'x', { reply_markup: inline('a', '') })],
    [
      'a button without words',
      '400 Bad Request: inline keyboard button text must be non-empty',
      () => api.sendMessage(YOU, 'x', { reply_markup: inline('', 'd') }),
    ],
    [
      'a link to this machine',
      "400 Bad Request: inline keyboard button URL 'http://localhost:3000' is invalid: Wrong HTTP URL",
      () => api.sendMessage(YOU, 'x', { reply_markup: { inline_keyboard: [[{ text: 'a', url: 'http://localhost:3000' }]] } }),
    ],
    [
      '101 buttons',
      '400 Bad Request: reply markup is too long',
      () => api.sendMessage(YOU, 'x', { reply_markup: { inline_keyboard: Array.from({ length: 101 }, () => [{ text: 'a', callback_data: 'b' }]) } }),
    ],
    [
      'a reserved character',
      "400 Bad Request: can't parse entities: Character '.' is reserved and must be escaped with the preceding '\\'",
      () => api.sendMessage(YOU, 'a.', { parse_mode: 'MarkdownV2' }),
    ],
  ]
  test.each(sent)('%s: %s', async (_what, refusal, call) => {
    expect(await told(call())).toBe(refusal)
  })

  test('a button without an action is refused', async () => {
    const body = { chat_id: YOU, text: 'x', reply_markup: { inline_keyboard: [[{ text: 'a' }]] } }
    expect(await raw('sendMessage', JSON.stringify(body))).toMatchObject({
      description: "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    })
  })

  test('a person who blocked the bot is not reached, and one who never wrote is not known', async () => {
    simulator.world.block(YOU)
    expect(await told(api.sendMessage(YOU, 'x'))).toBe('403 Forbidden: bot was blocked by the user')
    simulator.world.addPerson({ id: 7, firstName: 'Bo' })
    expect(await told(api.sendMessage(7, 'x'))).toBe('400 Bad Request: chat not found')
    simulator.world.createGroup(YOU, { title: 'Team', members: [7] })
    expect(await told(api.sendMessage(7, 'x'))).toBe("403 Forbidden: bot can't initiate conversation with a user")
    expect(simulator.breaches).toEqual([])
  })

  test('the message comes back as the person sees it', async () => {
    const message = await api.sendMessage(YOU, '<b>Hi</b> /stop', {
      parse_mode: 'HTML',
      disable_notification: true,
      reply_parameters: { message_id: 1 },
      reply_markup: inline('Go', 'go'),
    })
    expect(message).toMatchObject({
      message_id: 2,
      text: 'Hi /stop',
      entities: [
        { type: 'bold', offset: 0, length: 2 },
        { type: 'bot_command', offset: 3, length: 5 },
      ],
      reply_to_message: { message_id: 1, text: '/start' },
      reply_markup: { inline_keyboard: [[{ text: 'Go', callback_data: 'go' }]] },
    })
    expect(simulator.world.message(YOU, 2)).toMatchObject({
      silent: true,
      replyTo: 1,
      markup: { kind: 'inline', rows: [[{ text: 'Go', callback_data: 'go' }]] },
    })
  })

  test('a forced reply reaches the phone', async () => {
    await api.sendMessage(YOU, 'What instead?', { reply_markup: { force_reply: true, input_field_placeholder: 'shorter' } })
    expect(simulator.world.message(YOU, 2)?.markup).toEqual({ kind: 'force-reply', placeholder: 'shorter' })
  })

  test('typing is seen', async () => {
    const seen: unknown[] = []
    simulator.world.watch((event) => seen.push(event))
    await api.sendChatAction(YOU, 'typing')
    expect(seen).toEqual([{ kind: 'chat.action', chatId: YOU, action: 'typing' }])
  })

  test('a draft is seen, is no message, and belongs to a private chat', async () => {
    const seen: unknown[] = []
    const group = simulator.world.createGroup(YOU, { title: 'Team', members: [] })
    const before = simulator.world.messages(YOU).length
    simulator.world.watch((event) => seen.push(event))
    await api.raw.sendMessageDraft({ chat_id: YOU, draft_id: 4, text: 'Half a' })
    expect(seen).toEqual([{ kind: 'draft.shown', chatId: YOU, draftId: 4, text: 'Half a' }])
    expect(simulator.world.messages(YOU)).toHaveLength(before)
    await expect(api.raw.sendMessageDraft({ chat_id: group, draft_id: 4, text: 'x' })).rejects.toThrow(/private chats only/)
    await expect(api.raw.sendMessageDraft({ chat_id: YOU, draft_id: 0, text: 'x' })).rejects.toThrow(/non-zero/)
  })
})

describe('changing messages', () => {
  let id: number
  beforeEach(async () => {
    await start()
    simulator.world.sendText(YOU, YOU, '/start')
    id = (await api.sendMessage(YOU, 'old', { reply_markup: inline('Go', 'go') })).message_id
  })
  const NOT_MODIFIED =
    '400 Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message'

  test('an edit changes the text, keeps what was said, and without a keyboard takes it away', async () => {
    expect(await api.editMessageText(YOU, id, 'new')).toMatchObject({ text: 'new', edit_date: expect.any(Number) })
    const message = simulator.world.message(YOU, id)
    expect([message?.text, message?.markup, message?.history]).toEqual(['new', undefined, [{ text: 'old', entities: [] }]])
  })

  test('an edit that changes nothing is refused, but is no breach', async () => {
    expect(await told(api.editMessageText(YOU, id, 'old', { reply_markup: inline('Go', 'go') }))).toBe(NOT_MODIFIED)
    expect(await told(api.editMessageReplyMarkup(YOU, id, { reply_markup: inline('Go', 'go') }))).toBe(NOT_MODIFIED)
    expect(simulator.breaches).toEqual([])
  })

  test('a keyboard is changed and taken away', async () => {
    await api.editMessageReplyMarkup(YOU, id, { reply_markup: inline('Stop', 'stop') })
    expect(simulator.world.message(YOU, id)?.markup).toMatchObject({ rows: [[{ text: 'Stop' }]] })
    await api.editMessageReplyMarkup(YOU, id)
    expect(simulator.world.message(YOU, id)?.markup).toBeUndefined()
  })

  const edits: readonly [what: string, refusal: string, call: () => Promise<unknown>][] = [
    ['4097 characters', '400 Bad Request: MESSAGE_TOO_LONG', () => api.editMessageText(YOU, id, 'a'.repeat(4097))],
    ['what is not there', '400 Bad Request: message to edit not found', () => api.editMessageText(YOU, 99, 'x')],
    ['what a person wrote', "400 Bad Request: message can't be edited", () => api.editMessageText(YOU, 1, 'x')],
    ['what is not there to delete', '400 Bad Request: message to delete not found', () => api.deleteMessage(YOU, 99)],
  ]
  test.each(edits)('%s: %s', async (_what, refusal, call) => {
    expect(await told(call())).toBe(refusal)
  })

  test('a deleted message is gone for edits and deletes', async () => {
    await api.deleteMessage(YOU, id)
    expect(await told(api.editMessageText(YOU, id, 'x'))).toBe('400 Bad Request: message to edit not found')
    expect(await told(api.deleteMessage(YOU, id))).toBe('400 Bad Request: message to delete not found')
    expect(simulator.world.messages(YOU).map((message) => message.id)).toEqual([1])
  })

  test('a message that forces a reply cannot be edited', async () => {
    const { message_id: asked } = await api.sendMessage(YOU, 'q', { reply_markup: { force_reply: true } })
    expect(await told(api.editMessageText(YOU, asked, 'x'))).toBe("400 Bad Request: message can't be edited")
  })

  test('a pin is shown in the chat and taken away', async () => {
    await api.pinChatMessage(YOU, id)
    expect([simulator.world.chat(YOU)?.pinned, (await api.getChat(YOU)).pinned_message?.message_id]).toEqual([[id], id])
    await api.unpinChatMessage(YOU)
    expect(simulator.world.chat(YOU)?.pinned).toEqual([])
    expect(await told(api.unpinChatMessage(YOU, id))).toBe('400 Bad Request: message to unpin not found')
  })
})

describe('presses and reactions', () => {
  const QUERY_TOO_OLD = '400 Bad Request: query is too old and response timeout expired or query ID is invalid'

  test('a press is answered once', async () => {
    await start()
    simulator.world.sendText(YOU, YOU, '/start')
    await api.sendMessage(YOU, 'card', { reply_markup: inline('Go', 'go') })
    const card = simulator.world.message(YOU, 2)
    if (card === undefined) throw new Error('no card')
    const query = simulator.world.pressButton(YOU, card, 'Go')
    expect(await told(api.answerCallbackQuery(query.id, { text: 'done', show_alert: true }))).toBe('ok')
    expect(simulator.world.query(query.id)?.answer).toEqual({ text: 'done', alert: true })
    expect(await told(api.answerCallbackQuery(query.id))).toBe(QUERY_TOO_OLD)
    expect(await told(api.answerCallbackQuery('nobody'))).toBe(QUERY_TOO_OLD)
    expect(await told(api.answerCallbackQuery(query.id, { text: 'a'.repeat(201) }))).toBe('400 Bad Request: MESSAGE_TOO_LONG')
  })

  test('a press can be answered for a while only', async () => {
    let now = 1_800_000_000_000
    await start({ clock: { now: () => new Date(now) }, callbackTtlMs: 15_000 })
    simulator.world.sendText(YOU, YOU, '/start')
    await api.sendMessage(YOU, 'card', { reply_markup: inline('Go', 'go') })
    const card = simulator.world.messages(YOU)[1]
    if (card === undefined) throw new Error('no card')
    const inTime = simulator.world.pressButton(YOU, card, 'Go')
    const late = simulator.world.pressButton(YOU, card, 'Go')
    now += 15_000
    expect(await told(api.answerCallbackQuery(inTime.id))).toBe('ok')
    now += 1
    expect(await told(api.answerCallbackQuery(late.id))).toBe(QUERY_TOO_OLD)
  })

  test('only allowed reactions are shown', async () => {
    await start()
    simulator.world.sendText(YOU, YOU, '/start')
    const react = (emoji: string): Promise<unknown> =>
      raw('setMessageReaction', JSON.stringify({ chat_id: YOU, message_id: 1, reaction: [{ type: 'emoji', emoji }] }))
    for (const emoji of ['✅', '❌', '⏸']) expect(await react(emoji)).toMatchObject({ error_code: 400, description: 'Bad Request: REACTION_INVALID' })
    expect(await react('👀')).toEqual({ ok: true, result: true })
    expect(simulator.world.message(YOU, 1)?.reactions).toEqual([{ userId: simulator.world.bot.id, emoji: ['👀'] }])
    await api.setMessageReaction(YOU, 1, [])
    expect(simulator.world.message(YOU, 1)?.reactions).toEqual([])
    expect(await told(api.setMessageReaction(YOU, 9, []))).toBe('400 Bad Request: message to react not found')
  })
})

describe('files', () => {
  beforeEach(async () => {
    await start()
    simulator.world.sendText(YOU, YOU, '/start')
  })

  test('go up and come down whole', async () => {
    const bytes = new Uint8Array([0, 1, 2, 255, 13, 10])
    const sent = await api.sendDocument(YOU, new InputFile(bytes, 'diff.txt'), { caption: '<i>whole</i>', parse_mode: 'HTML' })
    expect(sent).toMatchObject({
      caption: 'whole',
      caption_entities: [{ type: 'italic', offset: 0, length: 5 }],
      document: { file_name: 'diff.txt', mime_type: 'text/plain', file_size: 6 },
    })
    const file = await api.getFile(sent.document.file_id)
    const down = await fetch(`${simulator.apiRoot}/file/bot${simulator.botToken}/${file.file_path}`)
    expect(new Uint8Array(await down.arrayBuffer())).toEqual(bytes)
  })

  test('come down from people', async () => {
    const bytes = new Uint8Array([1, 2, 3])
    const voice = simulator.world.sendVoice(YOU, YOU, { bytes, duration: 2 })
    const file = await api.getFile(voice.media?.file.fileId ?? '')
    expect(file.file_path).toMatch(/^voice\/file_\d+\.oga$/)
    const big = simulator.world.sendDocument(YOU, YOU, { bytes, size: 20 * 1024 * 1024 + 1 })
    expect(await told(api.getFile(big.media?.file.fileId ?? ''))).toBe('400 Bad Request: file is too big')
    expect(await told(api.getFile('nothing'))).toBe('400 Bad Request: wrong file_id or the file is temporarily unavailable')
  })

  test('of a kind go as an album of two to ten', async () => {
    const photo = (): { type: 'photo'; media: InputFile } => ({ type: 'photo', media: new InputFile(png(20, 10), 'a.png') })
    const album = await api.sendMediaGroup(YOU, [{ ...photo(), caption: 'pages' }, photo()])
    expect(album.map((message) => ('caption' in message ? message.caption : undefined))).toEqual(['pages', undefined])
    expect(new Set(album.map((message) => ('media_group_id' in message ? message.media_group_id : 'none'))).size).toBe(1)
    expect(simulator.world.message(YOU, 2)?.media).toMatchObject({ kind: 'photo', width: 20, height: 10 })
    expect(await told(api.sendMediaGroup(YOU, Array.from({ length: 11 }, photo)))).toBe('400 Bad Request: too many messages to send as an album')
    expect(await told(api.sendMediaGroup(YOU, []))).toBe('400 Bad Request: there are no messages to send')
    expect(await told(api.sendMediaGroup(YOU, [photo()]))).toMatch(/album of one/)
  })

  const photos: readonly [what: string, refusal: string, bytes: () => Uint8Array][] = [
    ['1080 × 1300', 'ok', () => png(1080, 1300)],
    ['too wide and high', '400 Bad Request: PHOTO_INVALID_DIMENSIONS', () => png(5000, 5001)],
    ['too thin', '400 Bad Request: PHOTO_INVALID_DIMENSIONS', () => png(2100, 100)],
    ['no picture', '400 Bad Request: IMAGE_PROCESS_FAILED', () => new Uint8Array([1, 2, 3])],
    ['empty', '400 Bad Request: file must be non-empty', () => new Uint8Array()],
    [
      'over 10 MB',
      '400 Bad Request: file of size 10485761 bytes is too big for a photo; the maximum size is 10485760 bytes',
      () => new Uint8Array(10 * 1024 * 1024 + 1),
    ],
  ]
  test.each(photos)('a photo %s: %s', async (_what, refusal, bytes) => {
    expect(await told(api.sendPhoto(YOU, new InputFile(bytes(), 'a.png')))).toBe(refusal)
  })

  test('a caption of 1025 characters is too long', async () => {
    const file = new InputFile(png(10, 10), 'a.png')
    expect(await told(api.sendPhoto(YOU, file, { caption: 'a'.repeat(1025) }))).toBe('400 Bad Request: message caption is too long')
  })
})

describe('groups and topics', () => {
  test('a topic is opened, written in, closed and taken away', async () => {
    await start()
    const group = simulator.world.createGroup(YOU, { title: 'Team', members: [], forum: true, bot: 'administrator' })
    const { message_thread_id: thread } = await api.createForumTopic(group, 'T1 dark mode')
    const said = await api.sendMessage(group, 'here', { message_thread_id: thread })
    expect(said).toMatchObject({ message_thread_id: thread, is_topic_message: true })
    expect(await told(api.sendMessage(group, 'x', { message_thread_id: 99 }))).toBe('400 Bad Request: message thread not found')
    await api.closeForumTopic(group, thread)
    expect(simulator.world.chat(group)?.topics).toEqual([{ threadId: thread, name: 'T1 dark mode', closed: true }])
    await api.deleteForumTopic(group, thread)
    expect(simulator.world.message(group, said.message_id)?.deleted).toBe(true)
  })

  test('a bot thrown out cannot write, one without rights cannot pin', async () => {
    await start()
    const group = simulator.world.createGroup(YOU, { title: 'Team', members: [] })
    const { message_id: id } = await api.sendMessage(group, 'x')
    expect(await told(api.pinChatMessage(group, id))).toBe('400 Bad Request: not enough rights to manage pinned messages in the chat')
    simulator.world.setBotRole(YOU, group, 'left')
    expect(await told(api.sendMessage(group, 'x'))).toBe('403 Forbidden: bot was kicked from the supergroup chat')
  })
})

test('the command menu is kept by scope', async () => {
  await start()
  await api.setMyCommands([{ command: 'stop', description: 'Stop it' }])
  await api.setMyCommands([{ command: 'help', description: 'Help' }], { scope: { type: 'all_group_chats' } })
  expect(await api.getMyCommands()).toEqual([{ command: 'stop', description: 'Stop it' }])
  expect(await api.getMyCommands({ scope: { type: 'all_group_chats' } })).toEqual([{ command: 'help', description: 'Help' }])
  expect(await told(api.setMyCommands([{ command: 'Stop!', description: 'x' }]))).toBe('400 Bad Request: BOT_COMMAND_INVALID')
})
