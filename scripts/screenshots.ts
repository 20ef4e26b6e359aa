/**
 * The pictures of docs/screenshots/, taken anew by `npm run screenshots`: a whole Lugh at work on its sample project and a phone page in a
 * browser, with the scripted model that plays without an account. Nothing in them is drawn by hand. Needs chromium.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import sharp from 'sharp'
import { call, createPage, createPerson, demoScript, startModelServer, startSimulator, YOU, type Script } from '#simulator'
import { approvalOf, becomes, questionOf, reviewOf, sees, tap, taskOf } from '../test/support/desk.ts'
import { spawnLugh } from '../test/support/lugh-process.ts'
import { launchBrowser } from '../test/support/phone.ts'
import { sketch } from '../test/support/pictures.ts'

const FOLDER = process.argv[2] ?? join(import.meta.dirname, '..', 'docs', 'screenshots')
const MAX_BYTES = 150_000 // a README that takes a second to load is not read
/** A first start lays its database; on a busy machine that takes a minute. */
const START_MS = 180_000
const SETTLE_MS = 1500 // bubbles glide, pictures decode

/** Asks what only a person knows; the demo's own scripts ask nothing. */
const asking: Script = {
  name: 'asking',
  match: ({ wish }) => wish.includes('gift'),
  turns: ({ calls }) =>
    calls.length === 0
      ? {
          say: 'One thing only you can decide.',
          calls: [
            call('ask_person', {
              text: 'A gift card can be worth a fixed sum or any sum. Which shall the shop sell?',
              options: ['Fixed: 10, 25, 50', 'Any sum up to 100', 'Both'],
              safe: 'Fixed: 10, 25, 50',
            }),
          ],
        }
      : { say: 'Noted.' },
}

const root = mkdtempSync(join(tmpdir(), 'ada-'))
const simulator = await startSimulator({ users: [{ ...YOU, firstName: 'Ada' }], page: createPage })
const model = await startModelServer({ script: [asking, demoScript()], apiKey: 'k' })
const person = createPerson(simulator.world)
for (const name of ['person', 'cwd', 'tmp']) mkdirSync(join(root, name))
const lugh = spawnLugh(
  {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOME: join(root, 'person'),
    TMPDIR: join(root, 'tmp'),
    LANG: 'C.UTF-8',
    LUGH_HOME: join(root, '.lugh'),
    PORT: '0',
    LUGH_PICTURES: 'light',
    TELEGRAM_BOT_TOKEN: simulator.botToken,
    TELEGRAM_API_ROOT: simulator.apiRoot,
    TELEGRAM_ALLOWED_USERS: String(YOU.id),
    ANTHROPIC_API_KEY: 'k',
    ANTHROPIC_BASE_URL: model.url,
    OPENAI_API_KEY: 'k',
    OPENAI_BASE_URL: `${model.url}/v1`,
  },
  join(root, 'cwd'),
)
const browser = await launchBrowser()
const context = await browser.newContext({
  viewport: { width: 390, height: 780 },
  deviceScaleFactor: 2,
  colorScheme: 'light',
  hasTouch: true,
  isMobile: true,
  locale: 'en-GB',
})
const page = await context.newPage()
let taken = 0

/** Takes what the phone shows now. */
async function take(name: string): Promise<void> {
  taken += 1
  await page.locator('#toast').waitFor({ state: 'hidden' })
  await delay(SETTLE_MS)
  const png = await page.screenshot({ animations: 'disabled' })
  const file = join(FOLDER, `${String(taken).padStart(2, '0')}-${name}.webp`)
  const { size } = await sharp(png).webp({ quality: 84, effort: 6 }).toFile(file)
  console.log(`${file} ${Math.round(size / 1000)} kB`)
  if (size > MAX_BYTES) throw new Error(`${file} is larger than ${MAX_BYTES} bytes`)
}

try {
  rmSync(FOLDER, { recursive: true, force: true })
  mkdirSync(FOLDER, { recursive: true })
  await lugh.prints(/ is ready/, START_MS)
  await page.goto(simulator.pageUrl ?? '')
  await page.getByRole('button', { name: 'START' }).tap()
  await sees(person, 'Try it on the sample project')
  await take('start')

  const task = await taskOf(person, person.say('Fix the rounding bug in the cart total'))
  const approval = await approvalOf(person, task)
  await person.waitUntil(task.card, ({ text }) => text.includes('✓ Fix it'), 'a plan under way')
  await take('approval')
  await tap(person, approval, '✅ Allow once')
  const review = await reviewOf(person, task)
  await take('review')
  await tap(person, review, '🗂 Files')
  await becomes(person, review, /file 1\//)
  await take('hunks')
  await tap(person, review, '◀ Back')
  await tap(person, review, '✅ Merge')
  await becomes(person, review, /^✅ Merged/)
  await take('merged')

  const gift = await taskOf(person, person.say('Sell gift cards in the shop'))
  await questionOf(person, gift)
  await person.waitUntil(gift.card, ({ text }) => /waits/.test(text), 'a task that waits')
  await take('question')
  const since = person.mark()
  person.sendVoice('What happened since yesterday?', { seconds: 3 })
  await sees(person, /Since /, since)
  await take('voice')
  person.sendPhoto({ bytes: await sketch() }, 'Sketch from the whiteboard')
  await person.waitFor((message) => person.buttons(message).includes('📝 My own'), 60_000)
  await take('photo')
  person.say('/inbox')
  await sees(person, /need(?:s)? you ·/)
  await take('inbox')
  person.say('/settings')
  await sees(person, '⚙️ Settings')
  await take('settings')
} catch (error) {
  console.error(person.transcript().slice(-4000), lugh.output().slice(-2000))
  throw error
} finally {
  await browser.close()
  await lugh.stop()
  person.leave()
  await Promise.all([simulator.close(), model.close()])
  rmSync(root, { recursive: true, force: true })
}
