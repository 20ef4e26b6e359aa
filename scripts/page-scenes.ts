/**
 * Draws chats by hand in the simulator's phone page (`test/support/phone-scenes.ts`: no Lugh runs) and takes a picture of each, light and dark,
 * to look at while working on the page: `node scripts/page-scenes.ts [folder] [part of a scene's name]`. Needs chromium; writes only into the
 * folder (`screenshots`). The pictures in docs are real ones: `npm run screenshots`.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { launchBrowser, openPhone } from '../test/support/phone.ts'
import { SCENES } from '../test/support/phone-scenes.ts'

const folder = process.argv[2] ?? 'screenshots'
mkdirSync(folder, { recursive: true })
const only = process.argv[3]
const browser = await launchBrowser()

for (const colorScheme of ['light', 'dark'] as const)
  for (const [name, play] of Object.entries(SCENES)) {
    if (only !== undefined && !name.includes(only)) continue
    const phone = await openPhone({
      browser,
      colorScheme,
      ...(name.startsWith('desktop') ? { viewport: { width: 1280, height: 860 }, touch: false } : {}),
    })
    try {
      await play(phone)
      await phone.page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`), animations: 'disabled' })
      if (phone.faults.length > 0) console.error(name, phone.faults)
    } finally {
      await phone.close()
    }
  }
await browser.close()
console.log(`pictures are in ${folder}`)
