/** The worker's share of checkpoints as files: writes those that are to leave, takes in those that came. What fails says so in its row, and where it was asked. */
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CardId, CheckpointId, LughError, errorText, oneLine, sayError } from '#core'
import {
  appendEvent,
  checkpointById,
  conversationById,
  endCheckpointFile,
  enqueueDocument,
  enqueueText,
  postCard,
  projectById,
  wantedCheckpointFiles,
  type Checkpoint,
  type CheckpointFile,
  type Conversation,
  type Tx,
} from '#db'
import { size } from '../capabilities/checkpoint-words.ts'
import { writeCheckpointFile } from '../checkpoints/checkpoint-file.ts'
import { importCheckpoint } from '../checkpoints/import-checkpoint.ts'
import { proveWhole } from '../checkpoints/prove.ts'
import { refuseSecrets } from '../checkpoints/refuse-secrets.ts'
import { repositoryOf, type Machinery } from '../machinery.ts'

/** What a bot may fetch again: a file that cannot come back by the same way is better written at the machine. */
const CHAT_BYTES = 20 * 1024 ** 2

type Hands = Pick<Machinery, 'db' | 'git' | 'facts' | 'log' | 'clock' | 'ids' | 'redact' | 'home'>

/** One after the other: each may be large. */
export async function carryCheckpointFiles(m: Hands): Promise<void> {
  for (const file of await wantedCheckpointFiles(m.db, m.facts.home)) {
    try {
      await (file.direction === 'out' ? sendOut(m, file) : takeIn(m, file))
    } catch (error) {
      if (error instanceof LughError && error.retryable && error.code !== 'disk.full') throw error
      m.log.warn({ file: file.id, error: errorText(error) }, 'checkpoint-file.failed')
      await fail(m, file, sayError(error))
    }
  }
}

async function sendOut(m: Hands, file: CheckpointFile): Promise<void> {
  const checkpoint = file.checkpointId === null ? undefined : await checkpointById(m.db, file.checkpointId)
  const project = checkpoint === undefined ? undefined : await projectById(m.db, checkpoint.projectId)
  if (checkpoint === undefined || project === undefined) throw new LughError('not-found', 'That checkpoint is gone.')
  const proven = await proveWhole(m, project, checkpoint)
  await refuseSecrets(m, project, proven)
  const folder = join(m.home, 'checkpoint-files')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const [bundle, own] = [join(folder, `${file.id}.bundle`), join(folder, `${file.id}.lugh`)]
  try {
    for (const left of [bundle, own]) await rm(left, { force: true })
    await m.git.checkpoints.writeBundle(repositoryOf(project), checkpoint.id, bundle)
    const about = {
      lugh: m.facts.version,
      number: checkpoint.number,
      name: checkpoint.name,
      kind: checkpoint.kind,
      project: project.name,
      madeAt: checkpoint.createdAt.toISOString(),
      digest: checkpoint.digest ?? '',
    }
    const bytes = await writeCheckpointFile(file.path ?? own, about, bundle)
    if (file.path === null && bytes > CHAT_BYTES)
      throw new LughError(
        'input.invalid',
        `C${checkpoint.number} is ${size(bytes)}, more than a chat can carry back. At the machine: lugh export_checkpoint C${checkpoint.number} FILE`,
      )
    const base64 = file.path === null ? (await readFile(own)).toString('base64') : undefined
    await m.db.tx(async (tx) => {
      if ((await endCheckpointFile(tx, file.id, { bytes })) === 0) return
      await appendEvent(tx, {
        projectId: project.id,
        door: file.door,
        ...(file.personId === null ? {} : { personId: file.personId }),
        kind: 'checkpoint.exported',
        data: { checkpointId: checkpoint.id, number: checkpoint.number, digest: checkpoint.digest ?? '', bytes },
      })
      if (base64 !== undefined) await hand(tx, file, checkpoint, project.name, base64, bytes)
    })
  } finally {
    for (const left of [bundle, own]) await rm(left, { force: true })
  }
}

async function hand(tx: Tx, file: CheckpointFile, { number }: Checkpoint, project: string, base64: string, bytes: number): Promise<void> {
  const place = await placeOf(tx, file)
  if (place === undefined) return
  await enqueueDocument(tx, {
    ...place,
    key: `checkpoint-file:${file.id}`,
    filename: `${project.replaceAll(/[^\w.-]/gu, '-')}-C${number}.lugh`,
    base64,
    caption: `C${number} of ${oneLine(project, 60)}, ${size(bytes)}: code, conversations and tasks with their history. Whoever has it can read all of it. Send it to another Lugh to take it in.`,
  })
}

async function takeIn(m: Hands, file: CheckpointFile): Promise<void> {
  const row = await importCheckpoint(m, CheckpointId.parse(file.id), file)
  await m.db.tx(async (tx) => {
    if ((await endCheckpointFile(tx, file.id, { checkpointId: row.id, ...(row.bytes === null ? {} : { bytes: row.bytes }) })) === 0) return
    const place = await placeOf(tx, file)
    if (place !== undefined) await postCard(tx, { ...place, id: CardId.parse(m.ids.uuid()), kind: 'checkpoint', subjectId: row.id })
  })
  await dropFetched(file)
}

async function fail(m: Hands, file: CheckpointFile, failure: string): Promise<void> {
  await m.db.tx(async (tx) => {
    if ((await endCheckpointFile(tx, file.id, { failure })) === 0) return
    const place = await placeOf(tx, file)
    if (place !== undefined) await enqueueText(tx, { ...place, key: `checkpoint-file:${file.id}`, text: `❌ ${oneLine(failure, 400)}` })
  })
  await dropFetched(file)
}

/** What was fetched from a chat is Lugh's own copy; a file at the machine is the person's. */
async function dropFetched(file: CheckpointFile): Promise<void> {
  if (file.direction === 'in' && file.telegramFile !== null && file.path !== null) await rm(file.path, { force: true })
}

async function placeOf(
  tx: Tx,
  file: CheckpointFile,
): Promise<{ botId: Conversation['botId']; chatId: Conversation['chatId']; threadId: number; replyTo?: number } | undefined> {
  const here = file.conversationId === null ? undefined : await conversationById(tx, file.conversationId)
  if (here === undefined) return undefined
  const { botId, chatId, threadId } = here
  return { botId, chatId, threadId, ...(file.replyTo === null ? {} : { replyTo: file.replyTo }) }
}
