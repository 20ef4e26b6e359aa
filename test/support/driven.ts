/**
 * What people did in a run, over all suites that drive real cards: which buttons they pressed without being refused, and what commands they
 * typed. Each world writes a file when its test is over; `test/driven/driven.test.ts` holds them against what the cards can show.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Message, World } from '#simulator'
import { z } from 'zod'

const Driven = z.object({ pressed: z.array(z.string()), typed: z.array(z.string()) })

/** Where the files of this run lie: vitest.config.ts names one for each. */
const FOLDER = process.env['LUGH_TEST_DRIVEN']

/** As much of a command as names it. */
const COMMAND_CHARACTERS = 60

/**
 * Listens to a world; the function it answers writes down what was done there. `isReal`: where not all of Lugh is behind the chat, whether a
 * message is a card of its own; what is typed there counts for nothing.
 */
export function watchDriven(world: World, isReal?: (message: Message) => boolean): () => void {
  const pressed = new Set<string>()
  const typed = new Set<string>()
  const presses = new Map<string, string[]>()
  world.watch((event) => {
    if (isReal === undefined && event.kind === 'message.added' && !event.message.from.isBot && event.message.text.startsWith('/'))
      typed.add(event.message.text.split('\n')[0]?.slice(0, COMMAND_CHARACTERS) ?? '')
    if (event.kind === 'button.pressed') {
      const { id, chatId, messageId, data } = event.query
      const message = world.message(chatId, messageId)
      if (message !== undefined && isReal?.(message) !== false) presses.set(id, labelsOf(message, data))
    }
    // A refusal is a box to close; what was done, or asked back, is a toast or nothing.
    if (event.kind === 'callback.answered' && event.query.answer?.alert !== true)
      for (const label of presses.get(event.query.id) ?? []) pressed.add(label)
  })
  return () => {
    if (FOLDER === undefined || pressed.size + typed.size === 0) return
    mkdirSync(FOLDER, { recursive: true })
    writeFileSync(join(FOLDER, `${process.pid}-${performance.now()}.json`), JSON.stringify({ pressed: [...pressed], typed: [...typed] }))
  }
}

/** Everything that the suites of this run have written down so far. */
export function readDriven(): { pressed: Set<string>; typed: Set<string> } {
  const files = FOLDER !== undefined && existsSync(FOLDER) ? readdirSync(FOLDER) : []
  const all = files.map((file) => Driven.parse(JSON.parse(readFileSync(join(FOLDER ?? '', file), 'utf8'))))
  return { pressed: new Set(all.flatMap((one) => one.pressed)), typed: new Set(all.flatMap((one) => one.typed)) }
}

/** Where two labels lead to the same place, as both ways round two files do, they are one button with one number. */
function labelsOf({ markup }: Message, data: string): string[] {
  const buttons = markup?.kind === 'inline' ? markup.rows.flat() : []
  return buttons.filter(({ callback_data: known }) => known === data).map(({ text }) => text)
}
