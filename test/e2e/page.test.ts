/** The phone page in a real browser. Skipped, loudly, on a machine without chromium, unless LUGH_TEST_REQUIRE_BROWSER is set. */
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { botSays, findChromium, keys, launchBrowser, marks, openPhone, sees, type Phone, type PhoneOptions } from '../support/phone.ts'
import { answer, pressed, road, SCENES } from '../support/phone-scenes.ts'
import { KEY } from '../support/stage.ts'

const ADA = 1001
const chromium = findChromium()
const required = process.env['LUGH_TEST_REQUIRE_BROWSER'] !== undefined
if (chromium === undefined && !required)
  console.warn(
    '\n!!! NO CHROMIUM ON THIS MACHINE: the phone page is NOT tested in a browser. Install chromium, or see it fail with LUGH_TEST_REQUIRE_BROWSER=1.\n',
  )

let browser: Browser | undefined
const phones: Phone[] = []
afterAll(() => browser?.close())
afterEach(async () => {
  for (const phone of phones.splice(0)) await phone.close()
})

async function phone(options: PhoneOptions = {}): Promise<Phone> {
  browser ??= await launchBrowser()
  const made = await openPhone({ browser, ...options })
  phones.push(made)
  return made
}

describe.skipIf(chromium === undefined && !required)('the phone page in a browser', () => {
  test('a newcomer presses START and talks; the key leaves the address bar; nothing goes elsewhere', async () => {
    const { page, world, stage, faults } = await phone()
    const asked: string[] = []
    page.on('request', (request) => asked.push(new URL(request.url()).origin))
    expect(page.url()).toBe(`${stage.origin}/`)
    await page.getByRole('button', { name: 'START' }).tap()
    await sees(page, '/start')
    await page.locator('#draft').fill('Fix the total\nand test it')
    await page.getByRole('button', { name: 'Send' }).tap()
    await sees(page, 'and test it')
    await page.reload()
    await sees(page, 'and test it')
    expect(world.messages(ADA).map(({ text }) => text)).toEqual(['/start', 'Fix the total\nand test it'])
    expect([...new Set(asked)]).toEqual([stage.origin])
    expect(faults).toEqual([])
  })

  test('Enter sends at a desk, Shift+Enter makes a line', async () => {
    const { page, world } = await phone({ touch: false })
    world.sendText(ADA, ADA, '/start')
    await page.locator('#draft').pressSequentially('one')
    await page.keyboard.press('Shift+Enter')
    await page.keyboard.type('two')
    await page.keyboard.press('Enter')
    await sees(page, 'two')
    expect(world.messages(ADA).at(-1)?.text).toBe('one\ntwo')
  })

  test('a pressed button spins until the bot answers, then a toast or an alert shows', async () => {
    const made = await phone()
    await road(made)
    await made.page.getByRole('button', { name: 'Deny' }).tap()
    const first = await pressed(made)
    expect(first.data).toBe('❌ Deny')
    answer(made, first, { text: 'Denied', alert: false })
    await made.page.locator('#toast', { hasText: 'Denied' }).waitFor()
    await made.page.locator('[aria-busy=true]').waitFor({ state: 'detached' })
    await made.page.getByRole('button', { name: 'Why?' }).tap()
    answer(made, await pressed(made), { text: 'Because', alert: true })
    await made.page.locator('dialog', { hasText: 'Because' }).getByRole('button', { name: 'OK' }).tap()
    await made.page.locator('dialog').waitFor({ state: 'detached' })
  })

  test('nothing a message, name, label or file says becomes markup or script', async () => {
    const { page, world, faults } = await phone()
    const evil = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
    world.sendText(ADA, ADA, evil)
    const file = world.addFile({ bytes: Buffer.from(evil), name: `${evil}.txt`, mime: 'text/plain', folder: 'documents' })
    botSays(world, `${evil} link js`, {
      replyTo: 1,
      media: { kind: 'document', file },
      entities: marks(`${evil} link js`, ['text_link', 'link', 'javascript:window.hacked=1'], ['pre', 'js', evil]),
      markup: {
        kind: 'inline',
        rows: [
          [
            { text: evil, callback_data: 'x' },
            { text: 'js', url: 'javascript:window.hacked=1' },
          ],
        ],
      },
    })
    botSays(world, 'last')
    await sees(page, 'last')
    await page.locator('.file-open').click()
    await page.locator('.viewer-text').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'js', exact: true }).click()
    await sees(page, 'opens web links only')
    expect(
      await page.evaluate('[window.hacked, document.querySelectorAll("#timeline img, #timeline script, #timeline a[href^=javascript]").length]'),
    ).toEqual([undefined, 0])
    expect(faults).toEqual([])
  })

  test('what is being read stays where it is while messages come and change', async () => {
    const { page, world } = await phone()
    for (let turn = 1; turn <= 60; turn += 1) botSays(world, `message number ${turn}`, { markup: keys(['A', 'B']) })
    await sees(page, 'message number 60')
    const scroller = page.locator('#scroller')
    expect(await scroller.evaluate((node) => node.scrollHeight - node.scrollTop - node.clientHeight)).toBeLessThan(2)
    await page.locator('[data-id="30"]').scrollIntoViewIfNeeded()
    const top = (): Promise<number | undefined> =>
      page
        .locator('[data-id="30"]')
        .boundingBox()
        .then((box) => box?.y)
    const before = await top()
    const earlier = world.message(ADA, 5)
    if (earlier === undefined) throw new Error('no message 5')
    world.editContent(earlier, { text: 'much\nlonger\nthan\nit\nwas', entities: [] })
    botSays(world, 'message number 61')
    await page.locator('.badge', { hasText: '1' }).waitFor()
    expect(Math.abs(((await top()) ?? 0) - (before ?? 0))).toBeLessThan(2)
    await page.locator('#jump').tap()
    await page.locator('#jump').waitFor({ state: 'hidden' })
  })

  test('thousands of messages stay a small document, and every one can be reached', async () => {
    const { page, world } = await phone()
    for (let turn = 1; turn <= 3000; turn += 1) botSays(world, `message number ${turn}`, turn === 3000 ? { replyTo: 7 } : {})
    await sees(page, 'message number 3000')
    await page.reload()
    await sees(page, 'message number 3000')
    const items = (): Promise<number> => page.locator('#timeline > li').count()
    expect(await items()).toBeLessThan(200)
    await page.locator('[data-id="3000"] .reply').tap()
    await page.locator('[data-id="7"].glow').waitFor()
    expect(await items()).toBeLessThan(200)
    await page.locator('#jump').tap()
    await page.locator('[data-id="3000"]').waitFor()
  })

  test('after the connection was lost the page comes back by itself with what it missed', async () => {
    const { page, world, stage } = await phone()
    world.sendText(ADA, ADA, 'before')
    await sees(page, 'before')
    const closed = new Promise((resolve) => stage.server.close(resolve))
    stage.server.closeAllConnections()
    await sees(page, 'Connection lost')
    await closed
    botSays(world, 'meanwhile')
    await new Promise<void>((resolve) => stage.server.listen(stage.port, '127.0.0.1', resolve))
    await sees(page, 'meanwhile')
    await page.locator('#banner').waitFor({ state: 'hidden' })
    expect(await page.locator('.item').count()).toBe(2)
  })

  test('another window without the cookie is told what to do', async () => {
    const { page, stage } = await phone()
    await page.context().clearCookies()
    await page.goto(`${stage.origin}/?key=${KEY}`)
    await sees(page, 'Open the link that Lugh printed')
    expect(await page.locator('#composer').count()).toBe(0)
  })

  test('a slash lists the commands; one tap sends', async () => {
    const { page, world } = await phone()
    world.sendText(ADA, ADA, '/start')
    await page.locator('#draft').fill('/st')
    await page.getByRole('option', { name: '/status' }).tap()
    await sees(page, '/status')
    expect(world.messages(ADA).at(-1)?.text).toBe('/status')
  })

  test('a question opens the reply bar and the answer is a reply', async () => {
    const { page, world } = await phone()
    const asked = botSays(world, 'What should be different?', { markup: { kind: 'force-reply', placeholder: 'Tell it' } })
    await page.getByPlaceholder('Tell it').fill('Use cents')
    await page.getByRole('button', { name: 'Send' }).tap()
    await page.locator('#replying').waitFor({ state: 'hidden' })
    expect(world.messages(ADA).at(-1)).toMatchObject({ text: 'Use cents', replyTo: asked.id })
  })

  test('an own message is edited in its place, and the bar says so until it is', async () => {
    const { page, world } = await phone({ touch: false })
    const said = world.sendText(ADA, ADA, 'Add a shop sing')
    await page.locator('.words', { hasText: 'Add a shop sing' }).click({ button: 'right' })
    await page.getByRole('button', { name: 'Edit', exact: true }).click()
    await sees(page, 'Edit message')
    await page.locator('#draft').fill('Add a shop sign')
    await page.getByRole('button', { name: 'Send' }).click()
    await sees(page, 'edited')
    await page.locator('#replying').waitFor({ state: 'hidden' })
    expect(world.messages(ADA).map(({ id, text }) => [id, text])).toEqual([[said.id, 'Add a shop sign']])
  })

  test('a reaction is chosen from the menu and taken back on the bubble', async () => {
    const { page, world } = await phone({ touch: false })
    const said = botSays(world, 'Done.')
    await page.locator('.words', { hasText: 'Done.' }).click({ button: 'right' })
    await page.getByRole('button', { name: '👍' }).click()
    await page.locator('.reaction.mine').waitFor()
    expect(world.message(ADA, said.id)?.reactions).toEqual([{ userId: ADA, emoji: ['👍'] }])
    await page.locator('.reaction.mine').click()
    await page.locator('.reaction').waitFor({ state: 'detached' })
  })

  test('every control is large enough for a thumb and nothing is wider than the phone', async () => {
    for (const name of ['start', 'road', 'review', 'formats', 'question', 'menu', 'album']) {
      const made = await phone()
      await SCENES[name]?.(made)
      expect([name, await made.page.evaluate(TOO_SMALL)]).toEqual([name, []])
      expect([name, await made.page.evaluate('document.documentElement.scrollWidth')]).toEqual([name, 390])
      expect([name, await made.page.evaluate(SPILLED)]).toEqual([name, []])
    }
  })
})

/** Controls less than 44 px high, the enlarged touch area counted; links and names inside of text are excused. */
const TOO_SMALL = `[...document.querySelectorAll('button, a, textarea')]
  .filter((node) => node.checkVisibility() && !node.closest('.words') && !node.matches('.more'))
  .map((node) => {
    const box = node.getBoundingClientRect()
    const after = getComputedStyle(node, '::after')
    const more = after.content !== 'none' && after.position === 'absolute' ? -parseFloat(after.top) - parseFloat(after.bottom) : 0
    return [node.className || node.id, box.width, box.height + (more > 0 ? more : 0)]
  })
  .filter(([, width, height]) => width < 42 || height < 44)`

/** Labels and bubbles whose content does not fit. */
const SPILLED = `[...document.querySelectorAll('.key, .bubble, .choice, .start')]
  .filter((node) => node.scrollWidth > node.clientWidth + 1)
  .map((node) => node.textContent.slice(0, 40))`
