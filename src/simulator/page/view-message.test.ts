import { array, assert, constantFrom, property } from 'fast-check'
import { expect, test } from 'vitest'
import { createWorld } from '../world.ts'
import { hiddenEntities, namedLabel } from './hidden.ts'
import { viewMessage } from './view-message.ts'

function eye() {
  const world = createWorld({ users: [{ id: 1001, firstName: 'Ada', lastName: 'L\u202eove' }] })
  return { world, personId: 1001, chatId: 1001 }
}

test('a message of the bot is seen whole: words, marks, buttons, quote, reactions', () => {
  const at = eye()
  const wish = at.world.sendText(1001, 1001, 'Fix  the\ntotal')
  const rows = [
    [
      { text: 'Go\u200b', callback_data: 'g', style: 'success' as const },
      { text: 'Site', url: 'https://a.example' },
    ],
    [
      { text: 'Copy', copy_text: { text: 'x' } },
      { text: 'Off', disabled: {} },
    ],
  ]
  const draft = { replyTo: wish.id, silent: true, date: 100, markup: { kind: 'inline', rows } as const }
  const sent = at.world.addMessage(at.world.bot, 1001, { text: 'a\u202eb', entities: [{ type: 'bold', offset: 0, length: 1 }], ...draft })
  at.world.setReaction(sent, at.world.bot.id, ['👀'])
  const reacted = at.world.react(1001, at.world.message(1001, sent.id) ?? sent, '👀')
  expect(viewMessage(at, reacted)).toEqual({
    id: 2,
    version: 3,
    out: false,
    from: 'Lugh',
    hue: 7_000_000_001 % 7,
    date: 100,
    silent: true,
    text: 'a\u202eb',
    entities: [
      { type: 'bold', offset: 0, length: 1 },
      { type: 'hidden', offset: 1, length: 1 },
    ],
    reply: { id: 1, from: 'Ada L⟦U+202E⟧ove', text: 'Fix the total' },
    keyboard: [
      [
        { text: 'Go⟦U+200B⟧', data: 'g', style: 'success' },
        { text: 'Site', url: 'https://a.example' },
      ],
      [
        { text: 'Copy', copy: 'x' },
        { text: 'Off', off: true },
      ],
    ],
    reactions: [{ emoji: '👀', count: 2, mine: true }],
  })
})

test('a question opens a reply, a file names itself, a pin is a line of the chat', () => {
  const at = eye()
  const asked = at.world.addMessage(at.world.bot, 1001, { text: 'What?', markup: { kind: 'force-reply', placeholder: 'Say it' } })
  expect(viewMessage(at, asked)).toMatchObject({ ask: { placeholder: 'Say it' } })
  const sent = at.world.sendDocument(1001, 1001, { bytes: Buffer.from('abc'), name: 'a\u202etxt.exe', mime: 'text/plain' })
  const href = `/page/file/${sent.media?.file.fileId}`
  expect(viewMessage(at, sent).file).toEqual({ kind: 'document', href, name: 'a⟦U+202E⟧txt.exe', mime: 'text/plain', size: 3 })
  const pin = at.world.addMessage(at.world.bot, 1001, { text: '', service: { kind: 'pinned', messageId: asked.id } })
  expect(viewMessage(at, pin).notice).toBe('Lugh pinned “What?”')
})

test('a deleted message is not quoted any more', () => {
  const at = eye()
  const wish = at.world.sendText(1001, 1001, 'secret')
  at.world.deleteMessage(wish)
  const answer = at.world.addMessage(at.world.bot, 1001, { text: 'ok', replyTo: wish.id })
  expect(viewMessage(at, answer).reply).toEqual({ id: 1, from: 'Ada L⟦U+202E⟧ove', text: 'Deleted message' })
})

test('emoji stay whole, keycaps, joined and coloured ones too', () => {
  const text = '1️⃣ 👩‍💻 🤷🏽‍♂️ ✏️ ❤️ 🏳️‍🌈 é नि'
  expect(hiddenEntities(text)).toEqual([])
  expect(namedLabel(text)).toBe(text)
})

test('neighbouring hidden characters become one box, each other one its own', () => {
  expect(hiddenEntities('a\u200b\u200cb\u{e0041}c')).toEqual([
    { type: 'hidden', offset: 1, length: 2 },
    { type: 'hidden', offset: 4, length: 2 },
  ])
})

test('boxes never overlap and stay inside the text, whatever the text', () => {
  const alphabet = constantFrom('a', ' ', '\n', '\u202e', '\u200d', '\ufe0f', '\u200b', '👩', '💻', '1', '\u20e3', '\u{e0041}', '\ud800')
  assert(
    property(array(alphabet, { maxLength: 30 }), (parts) => {
      const text = parts.join('')
      let end = 0
      for (const { offset, length } of hiddenEntities(text)) {
        expect(offset).toBeGreaterThanOrEqual(end)
        expect(length).toBeGreaterThan(0)
        end = offset + length
      }
      expect(end).toBeLessThanOrEqual(text.length)
      expect(text.includes('\u202e')).toBe(namedLabel(text).includes('⟦U+202E⟧'))
    }),
  )
})
