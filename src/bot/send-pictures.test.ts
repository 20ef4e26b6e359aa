import { afterEach, expect, test } from 'vitest'
import { BotId, TelegramChatId, b, pre, type ChangeId } from '#core'
import { changeShown, enqueuePictures, markAlbumsOutdated, markSending, nextInOrder, shownAsText, type PicturesBody } from '#db'
import { createPainter, type Painter } from '#media'
import { YOU, type Message } from '#simulator'
import { botWorld, type BotWorld } from '../../test/support/bot.ts'
import { insertPlainChange } from '../../test/support/plain-change.ts'
import { describeEachStore } from '../../test/support/stores.ts'

const CHAT = TelegramChatId.parse(YOU.id)
const PATCH = 'diff --git a/a.ts b/a.ts\n--- a/a.ts\n+++ b/a.ts\n@@ -1,1 +1,1 @@\n-const a = 1\n+const a = 2\n'

const PICTURES: Omit<PicturesBody, 'asText' | 'replyLost'> = {
  title: 'T1 · change 1',
  head: [b('T1 · change 1'), ' · 1 file'],
  look: 'dark',
  beginning: Buffer.from(PATCH).toString('base64'),
  whole: true,
  preview: pre(PATCH, 'diff'),
  inline: true,
  filename: 'T1.diff',
  text: PATCH,
  caption: 'The whole diff of T1.',
}

/** A PNG by its first bytes, which is all the simulator looks at. */
function page(number: number): Uint8Array {
  const head = Buffer.alloc(32, number)
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]).copy(head)
  head.writeUInt32BE(1080, 16)
  head.writeUInt32BE(1300, 20)
  return head
}

/** Draws so many blank pages; none: fails. */
function painterOf(pages: number, whole = true): Painter {
  return {
    draw: () =>
      pages === 0
        ? Promise.reject(new Error('no canvas for this machine'))
        : Promise.resolve({ pages: Array.from({ length: pages }, (_, at) => page(at + 1)), whole }),
    warm: () => undefined,
    close: () => Promise.resolve(),
  }
}

describeEachStore('pictures of a diff', (open) => {
  let world: BotWorld | undefined
  afterEach(async () => {
    await world?.close()
    world = undefined
  })
  const begun = async (painter: Painter): Promise<BotWorld> => {
    const made = await botWorld(await open())
    world = made
    made.simulator.world.sendText(YOU.id, YOU.id, '/start')
    await made.bot({ painter }).start()
    await made.person().waitFor('Welcome')
    await made.settled()
    return made
  }
  const send = async (w: BotWorld, more: Partial<PicturesBody> = {}): Promise<ChangeId> => {
    const change = await insertPlainChange(w.db, 1)
    const place = { botId: BotId.parse(w.simulator.world.bot.id), chatId: CHAT, key: 'p', changeId: change, replyTo: 1 }
    await w.db.tx((tx) => enqueuePictures(tx, { ...place, pictures: { ...PICTURES, ...more } }))
    return change
  }
  const sent = (w: BotWorld): Message[] => w.simulator.world.messages(YOU.id).filter(({ from, text }) => from.isBot && !text.includes('Welcome'))
  const kinds = (w: BotWorld): string[] => sent(w).map(({ media, text }) => `${media?.kind ?? 'text'} ${text.split('\n')[0]}`.trim())

  test('pages come as one album in reply to the wish, the file after them, and only then all is shown', async () => {
    const w = await begun(painterOf(4, false))
    w.simulator.faults.add({ kind: 'server-error', code: 502, method: 'sendDocument', times: 3 })
    const change = await send(w)
    const shownEarly: boolean[] = []
    const unwatch = w.simulator.world.watch(() => void changeShown(w.db, change).then((shown) => shownEarly.push(shown && sent(w).length < 5)))
    await w.settled()
    unwatch()
    expect({
      kinds: kinds(w),
      albums: new Set(sent(w).map(({ albumId }) => albumId)).size,
      reply: sent(w).map(({ replyTo }) => replyTo),
      words: sent(w)[0]?.text,
      shown: await changeShown(w.db, change),
      early: shownEarly.includes(true),
    }).toEqual({
      kinds: ['photo T1 · change 1 · 1 file', 'photo', 'photo', 'photo', 'document The whole diff of T1.'],
      albums: 2,
      reply: [1, 1, 1, 1, undefined],
      words: 'T1 · change 1 · 1 file\nThe pages are its beginning; all of it is in the file below.',
      shown: true,
      early: false,
    })
  })

  test('one page is a photo, drawn for real', async () => {
    const painter = createPainter()
    const w = await begun(painter)
    await send(w)
    await w.settled()
    const [photo] = sent(w)
    expect([kinds(w), photo?.media?.width, photo?.albumId]).toEqual([['photo T1 · change 1 · 1 file'], 1080, undefined])
    await painter.close()
  })

  test('what cannot be drawn goes out as text, which is known', async () => {
    const w = await begun(painterOf(0))
    const change = await send(w)
    await w.settled()
    expect({
      kinds: kinds(w),
      text: sent(w)[0]?.text.includes('+const a = 2'),
      shown: await changeShown(w.db, change),
      asText: await shownAsText(w.db, change),
    }).toEqual({
      kinds: ['text T1 · change 1 · 1 file'],
      text: true,
      shown: true,
      asText: true,
    })
  })

  test('a long one as text has its file, too', async () => {
    const w = await begun(painterOf(0))
    await send(w, { inline: false, preview: pre('its beginning', 'diff') })
    await w.settled()
    expect(kinds(w)).toEqual(['text T1 · change 1 · 1 file', 'document The whole diff of T1.'])
  })

  test('pages that Telegram takes none of are text, in the same place', async () => {
    const bad = page(1)
    Buffer.from(bad.buffer).writeUInt32BE(30_000, 20)
    const w = await begun({ ...painterOf(1), draw: () => Promise.resolve({ pages: [bad, bad], whole: true }) })
    const change = await send(w)
    await w.settled()
    expect([kinds(w), await shownAsText(w.db, change), await w.count(`outbox where state = 'refused'`)]).toEqual([
      ['text T1 · change 1 · 1 file'],
      true,
      0,
    ])
  })

  test('told to wait, it waits, and comes once', async () => {
    const w = await begun(painterOf(2))
    w.simulator.faults.add({ kind: 'flood', retryAfter: 1, method: 'sendMediaGroup' })
    const change = await send(w)
    await w.settled()
    expect([kinds(w).length, await changeShown(w.db, change), await shownAsText(w.db, change)]).toEqual([2, true, false])
  })

  test('a row that ended the process three times is not drawn again', async () => {
    const w = await botWorld(await open())
    world = w
    w.simulator.world.sendText(YOU.id, YOU.id, '/start')
    await send(w)
    const row = await nextInOrder(w.db, BotId.parse(w.simulator.world.bot.id), CHAT)
    for (let death = 0; death < 3; death += 1) await markSending(w.db, row?.id ?? 0)
    await w.bot({ painter: painterOf(1) }).start()
    await w.person().waitFor('const a = 2')
    await w.settled()
    expect(kinds(w)).toEqual(['text T1 · change 1 · 1 file'])
  })

  test('once the change moves on, its album says so, and text is left alone', async () => {
    const w = await begun(painterOf(3))
    const change = await send(w)
    await w.settled()
    await w.db.tx((tx) => markAlbumsOutdated(tx, change, [b('⚠️ Outdated'), '\nit moved on.']))
    await w.db.tx((tx) => markAlbumsOutdated(tx, change, 'said twice'))
    await w.settled()
    expect([kinds(w), await changeShown(w.db, change)]).toEqual([['photo ⚠️ Outdated', 'photo', 'photo'], true])
    await w.db.run(`update outbox set body = body || '{"asText": "x"}' where kind = 'pictures'`)
    await w.db.run(`update outbox set key = 'again:' || key where kind = 'caption'`)
    await w.db.tx((tx) => markAlbumsOutdated(tx, change, 'not said'))
    await w.settled()
    expect(kinds(w)[0]).toBe('photo ⚠️ Outdated')
  })
})
