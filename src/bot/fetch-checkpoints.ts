/** Fetches the checkpoint files that were sent here and that a row waits for. What cannot be had now is tried at the next look; what never can is told. */
import { join } from 'node:path'
import { checkpointFilesToFetch, conversationById, endCheckpointFile, enqueueText, setCheckpointFileFetched } from '#db'
import type { Download } from './download.ts'
import type { BotContext } from './ports.ts'

/** `folder`: where they go, under LUGH_HOME. */
export async function fetchCheckpoints({ db, botId, facts }: BotContext, download: Download, folder: string): Promise<void> {
  for (const file of await checkpointFilesToFetch(db, facts.home, botId)) {
    const path = join(folder, `${file.id}.lugh`)
    const fetched = await download(file.telegramFile ?? '', path)
    if (!fetched.ok && fetched.again) continue
    const say = fetched.ok ? '' : `${fetched.say}${fetched.tooLarge === true ? ' At the machine: lugh import_checkpoint FILE' : ''}`
    await db.tx(async (tx) => {
      if (fetched.ok) return setCheckpointFileFetched(tx, file.id, path)
      if ((await endCheckpointFile(tx, file.id, { failure: say })) === 0 || file.conversationId === null) return
      const here = await conversationById(tx, file.conversationId)
      if (here === undefined) return
      const { chatId, threadId } = here
      await enqueueText(tx, { botId, chatId, threadId, key: `checkpoint-file:${file.id}`, text: `❌ ${say}` })
    })
  }
}
