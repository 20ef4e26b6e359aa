import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { BotId, TelegramChatId } from '#core'
import { enqueueText, insertCheckpointFile } from '#db'
import { YOU } from '#simulator'
import { botWorld, type BotWorld } from '../../test/support/bot.ts'
import { FACTS } from '../../test/support/no-git.ts'
import { PATIENCE_MS } from '../../test/support/eventually.ts'
import { describeEachStore } from '../../test/support/stores.ts'

describeEachStore('checkpoint files that were sent', (open) => {
  let world: BotWorld | undefined
  afterEach(async () => {
    await world?.close()
    world = undefined
  })

  /** A bot that knows of one file to fetch; its row and the bytes. */
  async function awaited(here: BotWorld) {
    const bytes = Buffer.from('a checkpoint as a file')
    const sent = here.person().sendDocument({ bytes, name: 'c7.lugh' })
    const id = randomUUID()
    const nothing = { checkpointId: null, path: null, project: null, personId: null, conversationId: null, replyTo: null }
    const telegramFile = sent.media?.file.fileId ?? ''
    const botId = BotId.parse(here.simulator.world.bot.id)
    await here.db.tx((tx) =>
      insertCheckpointFile(tx, { ...nothing, id, direction: 'in', telegramFile, botId, home: FACTS.home, door: 'telegram', callKey: id }),
    )
    const incoming = await mkdtemp(join(process.env['TMPDIR'] ?? '/tmp', 'lugh-incoming-'))
    return { id, bytes, bot: here.bot({ incoming, sweepMs: 20 }) }
  }

  const Row = z.object({ state: z.string(), path: z.string().nullable() })
  const rowOf = ({ db }: BotWorld, id: string) => db.row(Row, `select state, path from checkpoint_file where id = $1::uuid`, [id])

  test('one is fetched and handed on', async () => {
    world = await botWorld(await open())
    const here = world
    const { id, bytes, bot } = await awaited(here)
    await bot.start()
    await vi.waitFor(async () => expect(await rowOf(here, id)).toMatchObject({ state: 'wanted' }), PATIENCE_MS)
    expect(await readFile((await rowOf(here, id))?.path ?? '')).toEqual(bytes)
  })

  test('a download that hangs holds up neither what a lost wake-up left behind nor a stop, and is tried again', async () => {
    world = await botWorld(await open())
    const here = world
    const { id, bot } = await awaited(here)
    here.simulator.faults.add({ kind: 'drop', method: 'file' })
    await bot.start()
    const asked = () => here.simulator.calls.filter(({ method }) => method === 'getFile').length
    await vi.waitFor(() => expect(asked()).toBe(1), PATIENCE_MS)
    const you = here.person()
    // As a writer whose wake-up is lost leaves it.
    const late = {
      botId: BotId.parse(here.simulator.world.bot.id),
      chatId: TelegramChatId.parse(YOU.id),
      threadId: 0,
      key: 'lost',
      text: 'found by the sweep',
    }
    await here.db.tx((tx) => enqueueText({ ...tx, notify: async () => undefined }, late))
    await you.waitFor('found by the sweep')
    const begun = performance.now()
    await bot.stop()
    expect(performance.now() - begun).toBeLessThan(1000)
    // Nothing can be put there, whoever runs this.
    await here.bot({ incoming: '/dev/null/nowhere', sweepMs: 20 }).start()
    await vi.waitFor(() => expect(asked()).toBeGreaterThan(1), PATIENCE_MS)
    expect((await rowOf(here, id))?.state).toBe('fetching')
  })
})
