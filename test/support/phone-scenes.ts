/** Scenes of a chat with the bot, played on a phone: what the pictures show and the browser test walks through. */
import { deflateSync } from 'node:zlib'
import type { Query } from '#simulator'
import { botSays, keys, marks, sees, type Phone } from './phone.ts'

const APPROVAL = `🟠 Run command · shop-api · T42 (Brigid)
pnpm test --filter cart
Why: to see whether the new total is right
Risk: runs the project's code; sandboxed, no network`

const DIFF = `diff --git a/src/cart/total.ts b/src/cart/total.ts
--- a/src/cart/total.ts
+++ b/src/cart/total.ts
@@ -12,7 +12,8 @@ export function total(lines: readonly Line[], discount: Discount | undefined): Money {
   const sum = lines.reduce((all, line) => all + line.price * line.count, 0)
-  return money(sum)
+  if (discount === undefined) return money(sum)
+  return money(Math.max(0, sum - discount.of(sum)))
 }`

/** A picture with a gradient and stripes, as a diff page might look from afar. */
function png(width: number, height: number): Uint8Array {
  const rows = Buffer.alloc((width * 3 + 1) * height)
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const at = y * (width * 3 + 1) + 1 + x * 3
      const stripe = Math.floor(y / 26) % 3
      const text = x > 60 && x < 60 + ((Math.floor(y / 26) * 137) % (width - 120)) && y % 26 > 8 && y % 26 < 20
      const back = stripe === 0 ? [228, 246, 232] : stripe === 1 ? [252, 230, 228] : [250, 250, 250]
      rows.set(text ? [70, 80, 90] : back, at)
    }
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
    length.writeUInt32BE(data.length)
    sum.writeUInt32BE(crc(body))
    return Buffer.concat([length, body, sum])
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width)
  head.writeUInt32BE(height, 4)
  head.set([8, 2, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function crc(bytes: Buffer): number {
  let value = 0xffffffff
  for (const byte of bytes) {
    value ^= byte
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  }
  return (value ^ 0xffffffff) >>> 0
}

/** The main road up to the question: a wish, a card, a risky step. */
export async function road({ world, page }: Phone): Promise<void> {
  const hello = `Hello Ada. I run coding agents on your repositories and ask before anything risky.\n\nTry one of these on the sample project:`
  world.sendText(1001, 1001, '/start')
  botSays(world, hello, { silent: true, markup: keys(['🐞 Fix a bug', '✨ Add a feature'], ['🧪 Write tests', '📖 Explain the code']) })
  const wish = world.sendText(1001, 1001, 'The cart total ignores discounts. Make it subtract them, but never go below zero.')
  world.setReaction(wish, world.bot.id, ['👀'])
  const card = `🔧 T42 · Cart total with discounts\nshop-api · lugh/t42-cart-total · anthropic\n\n✓ Read src/cart\n▸ Change total()\n· Add tests\n\nbash: pnpm test --filter cart\n1:24 · 18k tokens · $0.07`
  const sent = botSays(world, card, {
    replyTo: wish.id,
    silent: true,
    entities: marks(card, ['bold', 'T42 · Cart total with discounts'], ['code', 'lugh/t42-cart-total']),
    markup: keys(['⏹ Stop', '⏸ Pause', '💬 Steer']),
  })
  world.editContent(sent, { text: sent.text.replace('1:24', '1:31'), entities: sent.entities })
  botSays(world, APPROVAL, {
    entities: marks(APPROVAL, ['bold', 'Run command'], ['pre', 'pnpm test --filter cart', 'sh']),
    markup: keys(['✅ Allow once', '❌ Deny'], ['This task', 'Always…'], ['👁 Details', '🤔 Why?']),
  })
  await sees(page, 'Allow once')
}

async function review({ world, page }: Phone): Promise<void> {
  const wish = world.sendText(1001, 1001, 'The cart total ignores discounts.')
  world.addMessage(world.bot, 1001, { text: '', replyTo: wish.id, silent: true, media: photo(world, 1080, 1300) })
  const text = `✅ Ready to land · shop-api · T42\n“Discounts are subtracted and the total stops at zero.”\n\nsrc/cart/total.ts +2 −1\nsrc/cart/total.test.ts +24 −0\n${DIFF}\nTests: 48 passed, as Lugh ran them\nLands on main by fast-forward of your checkout · $0.11`
  botSays(world, text, {
    entities: marks(
      text,
      ['bold', 'Ready to land'],
      ['blockquote', '“Discounts are subtracted and the total stops at zero.”'],
      ['pre', DIFF, 'diff'],
    ),
    markup: {
      kind: 'inline',
      rows: [
        [
          { text: '✅ Merge', callback_data: 'm', style: 'success' },
          { text: '🔀 PR', callback_data: 'p' },
        ],
        [
          { text: '👁 Diff', callback_data: 'd' },
          { text: '🗂 Files', callback_data: 'f' },
        ],
        [
          { text: '✏️ Change', callback_data: 'c' },
          { text: '🗑 Discard', callback_data: 'x', style: 'danger' },
        ],
      ],
    },
  })
  await sees(page, 'Merge')
}

function photo(world: Phone['world'], width: number, height: number) {
  const bytes = png(width, height)
  const file = world.addFile({ bytes, name: 'diff-1.png', mime: 'image/png', folder: 'photos' })
  return { kind: 'photo', file, width, height } as const
}

async function formats({ world, page }: Phone): Promise<void> {
  const long = 'averyveryveryverylongwordwithoutanyplacetobreakitwhichmuststillfitintothebubble_and_another'
  const text = `Bold, italic, underlined, struck, code, a spoiler and a link.\n${long}\nconst answer: number = 42 // a long line of code that has to scroll inside of its own box, not the page\nA quote of one line.\nFirst line of a long quote\nsecond line of it\nthird line of it\nfourth line of it\nfifth line of it\nHidden: ab\u202ecd\u200bef and 👩‍💻 1️⃣ stay. /status @lugh https://example.org`
  botSays(world, text, {
    entities: marks(
      text,
      ['bold', 'Bold'],
      ['italic', 'italic'],
      ['underline', 'underlined'],
      ['strikethrough', 'struck'],
      ['code', 'code'],
      ['spoiler', 'a spoiler'],
      ['text_link', 'a link', 'https://example.org/somewhere'],
      ['pre', 'const answer: number = 42 // a long line of code that has to scroll inside of its own box, not the page', 'ts'],
      ['blockquote', 'A quote of one line.'],
      ['expandable_blockquote', 'First line of a long quote\nsecond line of it\nthird line of it\nfourth line of it\nfifth line of it'],
      ['bot_command', '/status'],
      ['mention', '@lugh'],
      ['url', 'https://example.org'],
    ),
  })
  const file = world.addFile({
    bytes: Buffer.from(DIFF),
    name: 'T42-cart-total-with-discounts-and-a-long-name.diff',
    mime: 'text/x-diff',
    folder: 'documents',
  })
  botSays(world, 'The whole change as a file', { media: { kind: 'document', file } })
  const mine = world.sendText(1001, 1001, 'ok')
  world.setReaction(mine, world.bot.id, ['👍'])
  const last = botSays(world, '🎉', { silent: true })
  world.react(1001, last, '🔥')
  world.sendText(1001, 1001, 'A longer answer that needs two lines at least to be shown on a phone.')
  await sees(page, 'longer answer')
}

/** Every scene by name. */
export const SCENES: Readonly<Record<string, (phone: Phone) => Promise<void>>> = {
  start: async ({ page }) => page.locator('#start').waitFor(),
  road,
  review,
  formats,
  'formats-open': async (phone) => {
    await formats(phone)
    await phone.page.locator('.spoiler').click()
    await phone.page.locator('.fold-button').click()
  },
  commands: async (phone) => {
    await road(phone)
    await phone.page.locator('#draft').fill('/')
    await phone.page.locator('.command').first().waitFor()
  },
  question: async (phone) => {
    await road(phone)
    botSays(phone.world, 'What should be different?', { markup: { kind: 'force-reply', placeholder: 'Tell the agent what to change' } })
    await phone.page.locator('#replying .reply').waitFor()
    phone.world.emit({ kind: 'chat.action', chatId: 1001, action: 'typing' })
    await sees(phone.page, 'typing')
  },
  pressed: async (phone) => {
    await road(phone)
    await phone.page.getByRole('button', { name: 'Allow once' }).click()
    await phone.page.locator('[aria-busy=true]').waitFor()
  },
  menu: async (phone) => {
    await road(phone)
    await phone.page
      .locator('.item .bubble')
      .last()
      .click({ button: 'right', position: { x: 20, y: 12 } })
    await phone.page.locator('dialog').waitFor()
  },
  scrolled: async (phone) => {
    await road(phone)
    await phone.page.locator('#scroller').evaluate((node) => node.scrollTo(0, 0))
    botSays(phone.world, 'Done.')
    await phone.page.locator('.badge').waitFor()
  },
  preview: async (phone) => {
    await formats(phone)
    await phone.page.locator('.file-open').click()
    await phone.page.locator('dialog').waitFor()
  },
  album: async ({ world, page }) => {
    const wish = world.sendText(1001, 1001, 'Show me the whole change')
    for (const page of [1, 2, 3])
      botSays(world, page === 1 ? 'T42, page 1-3' : '', { replyTo: wish.id, silent: true, albumId: 'a', media: photo(world, 1080, 1300) })
    botSays(world, '', { silent: true, media: photo(world, 600, 400) })
    await page.locator('.photo img').last().waitFor()
    await page.waitForFunction('[...document.images].every((image) => image.complete && image.naturalWidth > 0)')
  },
  photo: async (phone) => {
    await SCENES['album']?.(phone)
    await phone.page.locator('.photo').nth(1).click()
    await phone.page.locator('.photo-frame').waitFor()
  },
  alert: async (phone) => {
    await road(phone)
    await phone.page.getByRole('button', { name: 'Why?' }).click()
    const query = await pressed(phone)
    const words = 'The total changed. The tests of the cart are the only ones that read it, so only they run.'
    answer(phone, query, { text: words, alert: true })
    await phone.page.locator('dialog.alert').waitFor()
  },
  toast: async (phone) => {
    await road(phone)
    await phone.page.getByRole('button', { name: 'Deny' }).click()
    answer(phone, await pressed(phone), { text: 'Denied', alert: false })
    await phone.page.locator('#toast').waitFor()
  },
  link: async (phone) => {
    await formats(phone)
    await phone.page.getByRole('link', { name: 'a link' }).click()
    await phone.page.locator('dialog.alert').waitFor()
  },
  pinned: async (phone) => {
    const text = '3 need you · 2 running · $1.40 today'
    await road(phone)
    const card = botSays(phone.world, text, { silent: true, markup: keys(['Next ▶']) })
    phone.world.putChat({ ...phone.world.mustChat(1001), pinned: [card.id] })
    await phone.page.locator('#pinned').waitFor()
  },
  lost: async (phone) => {
    await road(phone)
    phone.stage.server.close()
    phone.stage.server.closeAllConnections()
    await sees(phone.page, 'Connection lost')
  },
  'desktop-road': road,
}

/** The press the page has made, once it is in the world. */
export async function pressed({ world, page }: Phone): Promise<Query> {
  await page.locator('[aria-busy=true]').waitFor()
  const query = world.queries().at(-1)
  if (query === undefined) throw new Error('nothing was pressed')
  return query
}

/** Answers a press, as `answerCallbackQuery` does. */
export function answer({ world }: Phone, query: Query, said: { text: string; alert: boolean }): void {
  world.emit({ kind: 'callback.answered', query: world.putQuery({ ...query, answer: said }) })
}
