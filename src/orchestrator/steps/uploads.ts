/**
 * What people sent, from fetched bytes to a card or a task. Each upload is carried by itself, so that a slow picture holds up nobody's; every
 * step ends in one transaction that only holds for the parts it saw, and what a killed process left is carried on from its rows.
 */
import { readFile, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CardId, LughError, errorText, oneLine, redactKeys, sayError, type ObjectName } from '#core'
import {
  endFitting,
  enqueueText,
  insertSteer,
  moveUpload,
  offerUpload,
  openUploads,
  postCard,
  projectById,
  pruneUploads,
  setReadyMade,
  taskById,
  touchCards,
  uploadById,
  uploadFiles,
  type Project,
  type Task,
  type Tx,
  type Upload,
  type UploadFile,
} from '#db'
import { newTask } from '../capabilities/new-task.ts'
import { wakeFor } from '../capabilities/steer-task.ts'
import { repositoryOf, type Machinery } from '../machinery.ts'
import { readSettings } from '../project-settings.ts'
import { captionAsks } from '../uploads/caption-asks.ts'
import { lookAt, whyNot } from '../uploads/look.ts'
import { actFor, noteOf, startWith, textOf, useIn } from '../uploads/use-upload.ts'

/** A look takes seconds to a minute, mostly waiting; decoding takes a core. */
const AT_ONCE = 4
/** Decoders of one album side by side: one each core of a small machine. */
const FITTING_AT_ONCE = 2
export const PATCH_NAME = /\.(?:patch|diff)$/iu

type Carrying = { readonly active: Set<string>; readonly halt: AbortSignal; readonly wake: () => void }

/** Begins with what is due and answers at once. `wake` is called when one has ended, or the next is due. */
export async function carryUploads(m: Machinery, { active, halt, wake }: Carrying): Promise<void> {
  for (const { id, waitMs } of await openUploads(m.db, m.facts.home)) {
    if (active.has(id) || active.size >= AT_ONCE) continue
    if (waitMs > 0) {
      setTimeout(wake, waitMs).unref()
      continue
    }
    active.add(id)
    void carry(m, id, halt)
      .then(wake, (error: unknown) => m.log.warn({ upload: id, error: errorText(error) }, 'upload.failed'))
      .finally(() => active.delete(id))
  }
}

async function carry(m: Machinery, id: string, halt: AbortSignal): Promise<void> {
  const upload = await uploadById(m.db, id)
  if (upload === undefined || halt.aborted) return
  try {
    await (upload.state === 'patching' ? applyAsPatch(m, upload) : settle(m, upload, halt))
  } catch (error) {
    if (halt.aborted || isOurs(error)) throw error
    await giveUp(m, upload, sayError(error))
  }
}

/** Worth another try: a store that was away. Of a race that was lost nothing is said: the row is no longer as it was. */
function isOurs(error: unknown): boolean {
  return error instanceof LughError && (error.retryable || error.code.startsWith('db.'))
}

async function settle(m: Machinery, upload: Upload, halt: AbortSignal): Promise<void> {
  const waiting = (await uploadFiles(m.db, upload.id)).filter(({ state }) => state === 'fetched')
  for (let at = 0; at < waiting.length; at += FITTING_AT_ONCE)
    await Promise.all(waiting.slice(at, at + FITTING_AT_ONCE).map((file) => fit(m, file, halt)))
  const files = await uploadFiles(m.db, upload.id)
  const ready = files.filter(({ state }) => state === 'ready')
  const bad = sentencesOf(files)
  if (ready.length === 0) return giveUp(m, upload, bad.join(' ') || 'Nothing of that could be read. Send it again.')
  const task = upload.taskId === null ? undefined : await taskById(m.db, upload.taskId)
  if (task !== undefined) return m.db.tx((tx) => tellTask(m, tx, upload, task))
  const project = upload.projectId === null ? undefined : await projectById(m.db, upload.projectId)
  if (project === undefined) throw new LughError('not-found', 'The project this was sent for is gone. /project list shows what there is.')
  const wish = wishOf(upload.caption)
  if (wish !== undefined) return m.db.tx(async (tx) => void (await startWith(await actFor(m, tx, upload), upload, project, wish)))
  await offer(m, upload, project, ready, bad, halt)
}

/** A picture is made fit to be looked at; what is none stays as it is. */
async function fit(m: Machinery, file: UploadFile, halt: AbortSignal): Promise<void> {
  if (file.path === null) return
  const to = join(m.home, 'uploads', file.id, 'picture.jpg')
  const came = await m.normalise(file.path, to, halt)
  if (halt.aborted) return
  if (came.ok) {
    await endFitting(m.db, file.id, { path: to, mediaType: 'image/jpeg', width: came.width, height: came.height, bytes: came.bytes })
  } else if (came.none && !file.photo) {
    const { size } = await stat(file.path)
    await endFitting(m.db, file.id, { path: file.path, mediaType: null, width: null, height: null, bytes: size })
    return
  } else await endFitting(m.db, file.id, { failure: came.say })
  // What came is not needed any more, and may say where somebody lives.
  await rm(dirname(file.path), { recursive: true, force: true })
}

/** Each sentence once, with how many it is about. */
function sentencesOf(files: readonly UploadFile[]): string[] {
  const counts = new Map<string, number>()
  for (const { failure } of files) if (failure !== null) counts.set(failure, (counts.get(failure) ?? 0) + 1)
  return [...counts].map(([say, n]) => (files.length === 1 ? say : `${n} of ${files.length}: ${say}`))
}

/** `/new` before the words says what any caption that asks means. */
function wishOf(caption: string): string | undefined {
  const told = /^\/new(?:@\w+)?\s+([^]+)$/u.exec(caption)?.[1]?.trim()
  if (told !== undefined && told !== '') return told
  return !caption.startsWith('/') && captionAsks(caption) ? caption : undefined
}

async function tellTask(m: Machinery, tx: Tx, upload: Upload, task: Task): Promise<void> {
  const act = await actFor(m, tx, upload)
  await useIn(tx, upload, task)
  const text = upload.caption === '' ? await noteOf(tx, upload) : `${upload.caption}\n\n(${await noteOf(tx, upload)})`
  await insertSteer(tx, { taskId: task.id, personId: upload.caption === '' ? null : upload.personId, text, uploadId: upload.id })
  const heard = await wakeFor(act, task)
  await say(tx, upload, `📎 T${task.number} ${heard === 'again' ? 'goes back to work with that' : 'sees that at its next step'}.`)
}

async function offer(
  m: Machinery,
  upload: Upload,
  project: Project,
  ready: readonly UploadFile[],
  bad: readonly string[],
  halt: AbortSignal,
): Promise<void> {
  const pictures = ready.filter(({ mediaType }) => mediaType !== null)
  if (pictures.length === 0) {
    const kind = ready.some(({ name }) => PATCH_NAME.test(name)) ? 'patch' : 'file'
    const about = await previewOf(ready[0])
    return show(m, upload, (tx) => offerUpload(tx, upload.id, upload.version, { kind, about, proposals: [], failure: bad.join(' ') || undefined }))
  }
  await show(m, upload, (tx) => moveUpload(tx, upload.id, ['gathering', 'looking'], { state: 'looking', version: upload.version }))
  let [kind, about, proposals, failure]: [string, string, readonly string[], string | undefined] = ['other', '', [], undefined]
  try {
    const look = await lookAt(m, upload, project, pictures, halt)
    kind = look.kind
    about = look.about
    proposals = look.tasks
  } catch (error) {
    if (halt.aborted) return
    m.log.warn({ upload: upload.id, error: errorText(error) }, 'upload.not-looked-at')
    failure = `I could not look at it: ${whyNot(error)}`
  }
  const problems = [failure, ...bad].filter((part) => part !== undefined).join(' ')
  await show(m, upload, (tx) =>
    offerUpload(tx, upload.id, upload.version, { kind, about, proposals, failure: problems === '' ? undefined : problems }),
  )
}

/** The beginning of a text, as a card shows it. */
async function previewOf(file: UploadFile | undefined): Promise<string> {
  if (file?.path === undefined || file.path === null) return ''
  const text = textOf(await readFile(file.path))
  return text === undefined ? '' : redactKeys(text).slice(0, 1200).toWellFormed()
}

async function show(m: Machinery, upload: Upload, change: (tx: Tx) => Promise<number>): Promise<void> {
  await m.db.tx(async (tx) => {
    if ((await change(tx)) === 0) return
    const { botId, chatId, threadId } = upload
    await postCard(tx, { id: CardId.parse(m.ids.uuid()), botId, chatId, threadId, kind: 'upload', subjectId: upload.id, replyTo: upload.messageId })
  })
}

async function giveUp(m: Machinery, upload: Upload, failure: string): Promise<void> {
  await m.db.tx(async (tx) => {
    const from = ['gathering', 'looking', 'patching'] as const
    if ((await moveUpload(tx, upload.id, from, { state: 'failed', failure, version: upload.version })) === 0) return
    await say(tx, upload, `❌ ${oneLine(failure, 500)}`)
    await touchCards(tx, { kind: 'upload', subjectId: upload.id })
  })
}

async function say(tx: Tx, upload: Upload, text: string): Promise<void> {
  const { botId, chatId, threadId, messageId } = upload
  await enqueueText(tx, { botId, chatId, threadId, key: `upload:${upload.id}:${upload.version}`, replyTo: messageId, text })
}

/** The patch becomes a tree of Lugh's own, and that a change to be reviewed like any other: nobody's files are touched before its Merge. */
async function applyAsPatch(m: Machinery, upload: Upload): Promise<void> {
  const project = upload.projectId === null ? undefined : await projectById(m.db, upload.projectId)
  const file = (await uploadFiles(m.db, upload.id)).find(({ state, name }) => state === 'ready' && PATCH_NAME.test(name))
  if (project === undefined || file?.path === undefined || file.path === null)
    return giveUp(m, upload, 'That patch is not here any more. Send it again.')
  const { tip } = await readSettings(m.git, project)
  const applied = await m.git.applyPatch(repositoryOf(project), tip, await readFile(file.path))
  if ('refused' in applied) {
    const about = await previewOf(file)
    return show(m, upload, (tx) => offerUpload(tx, upload.id, upload.version, { kind: 'patch', about, proposals: [], failure: applied.refused }))
  }
  await m.db.tx((tx) => proposePatch(m, tx, upload, project, { name: file.name, base: tip, tree: applied.tree }))
}

type Applied = { readonly name: string; readonly base: ObjectName; readonly tree: ObjectName }

async function proposePatch(m: Machinery, tx: Tx, upload: Upload, project: Project, { name, base, tree }: Applied): Promise<void> {
  const act = await actFor(m, tx, upload)
  const plain = oneLine(name, 60)
  const task = await newTask(act, { wish: `Apply ${plain}`, project, callKey: `upload:${upload.id}` })
  const summary = `The patch ${plain} as it was sent, applied by Lugh. No agent has looked at it.`
  await setReadyMade(tx, task.id, { summary, base, tree, head: null, index: null, raw: false })
  await useIn(tx, upload, task)
}

/** Forgets what was sent long ago, bytes and rows; an agent's conversation keeps what it was shown. */
export async function dropOldUploads(m: Pick<Machinery, 'db' | 'facts'>): Promise<void> {
  for (const path of await pruneUploads(m.db, m.facts.home)) await rm(dirname(path), { recursive: true, force: true })
}
