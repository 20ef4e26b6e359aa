/** What a person sends as picture or file, and what becomes of it by their tap. */
import { LughError, TaskId } from '#core'
import {
  insertSteer,
  insertUpload,
  insertUploadFile,
  lockAlbum,
  lockUpload,
  moveUpload,
  regather,
  setUploadDecided,
  taskByNumber,
  touchCards,
  turnUpload,
  uploadFiles,
  projectById,
  type Upload,
} from '#db'
import { z } from 'zod'
import { capability, type Act } from '../capability.ts'
import { noteOf, startWith, useIn } from '../uploads/use-upload.ts'
import { MAX_WISH_CHARACTERS } from './new-task.ts'
import { wakeFor } from './steer-task.ts'
import { TaskNumber, theProject } from './words.ts'

/** What the Bot API hands out at most. */
const MAX_BYTES = 20 * 1024 ** 2
/** Parts of an album come as messages of their own within a few hundred milliseconds of each other. */
const ALBUM_MS = 1000
/** Telegram's own albums hold ten; each picture is paid for. */
export const MAX_PARTS = 10
const CAPTION_MAX = 1024

const by = { kind: 'request', may: ['owner', 'approver', 'member'] } as const
const none = { none: 'pictures and files are sent in a chat' }
const noneElse = { cli: none, mcp: none }

/** Takes a message with a picture or a file in; it is fetched, read and shown on a card later. */
export const takeUpload = capability({
  name: 'take_upload',
  describe: 'Take in a picture or a file that was sent.',
  input: z.object({
    telegram_file: z.string().max(300),
    name: z.string().max(1000),
    photo: z.boolean(),
    bytes: z.number().optional(),
    album: z.string().max(100).optional(),
    caption: z.string().max(CAPTION_MAX * 4),
    /** The task whose card or message it answers. */
    task: TaskNumber.optional(),
  }),
  output: z.object({ first: z.boolean() }),
  ...by,
  // Reached by sending it.
  doors: { telegram: {}, ...noneElse },
  act: async (act, input) => {
    if ((input.bytes ?? 0) > MAX_BYTES)
      throw new LughError('input.invalid', 'That file is over 20 MB, the most a bot may fetch. Send a smaller one, or put it into the repository.')
    const task = input.task === undefined ? undefined : await taskByNumber(act.tx, input.task)
    const project = task === undefined ? (await theProject(act, undefined)).id : task.projectId
    const known = input.album === undefined ? undefined : await albumOf(act, input.album)
    if (known !== undefined && (known.state !== 'used' || known.taskId === null) && known.state !== 'patching') return addPart(act, known, input)
    // Of an album that went to a task already, a late part follows it there.
    const late = known === undefined ? {} : { album: null, taskId: known.taskId }
    const made = await begin(act, { album: input.album ?? null, taskId: task?.id ?? null, projectId: project, caption: input.caption, ...late })
    if (made === undefined) {
      const other = input.album === undefined ? undefined : await albumOf(act, input.album)
      return other === undefined ? { first: false } : addPart(act, other, input)
    }
    await addFile(act, made.id, input)
    return { first: true }
  },
  say: () => undefined,
})

type Part = { readonly telegram_file: string; readonly name: string; readonly photo: boolean; readonly caption: string }

function placeOf(act: Act): NonNullable<Act['caller']['conversation']> & { messageId: number } {
  const { conversation, messageId } = act.caller
  if (conversation === undefined || messageId === undefined) throw new LughError('input.invalid', 'Pictures and files are sent in a chat.')
  return { ...conversation, messageId }
}

function albumOf(act: Act, album: string): Promise<Upload | undefined> {
  const { botId, chatId } = placeOf(act)
  return lockAlbum(act.tx, botId, chatId, album)
}

function begin(act: Act, of: Pick<Upload, 'album' | 'taskId' | 'projectId' | 'caption'>): Promise<Upload | undefined> {
  const { id: conversationId, botId, chatId, threadId, messageId } = placeOf(act)
  const { ids, facts, caller } = act
  const settleMs = of.album === null ? 0 : ALBUM_MS
  const place = { botId, chatId, threadId, conversationId, messageId }
  return insertUpload(act.tx, { id: ids.uuid(), home: facts.home, personId: caller.personId, settleMs, ...place, ...of })
}

async function addFile(act: Act, uploadId: string, part: Part): Promise<boolean> {
  const { messageId, chatId } = placeOf(act)
  const file = { id: act.ids.uuid(), uploadId, messageId, telegramFile: part.telegram_file, name: part.name, photo: part.photo }
  const added = await insertUploadFile(act.tx, file)
  if (added) await act.tx.notify('upload', String(chatId))
  return added
}

/** A doubled part changes nothing; one beyond what an album holds is counted, so that the card can say so. */
async function addPart(act: Act, upload: Upload, part: Part): Promise<{ first: boolean }> {
  const { messageId } = placeOf(act)
  const files = await uploadFiles(act.tx, upload.id)
  if (files.some((file) => file.messageId === messageId)) return { first: false }
  const isFull = files.length >= MAX_PARTS
  if (!isFull && !(await addFile(act, upload.id, part))) return { first: false }
  if (isFull && upload.state !== 'gathering') return { first: false }
  await regather(act.tx, upload.id, { caption: part.caption, settleMs: ALBUM_MS, leftOut: isFull ? 1 : 0 })
  await touchCards(act.tx, { kind: 'upload', subjectId: upload.id })
  return { first: false }
}

const UploadId = z.uuid()

async function theUpload(act: Act, id: string): Promise<Upload> {
  const upload = await lockUpload(act.tx, id)
  const here = act.caller.conversation
  if (upload === undefined || here === undefined || upload.chatId !== here.chatId || upload.botId !== here.botId)
    throw new LughError('not-found', 'What was sent then is not kept any more. Send it again.')
  if (upload.state === 'used') throw new LughError('conflict', 'That went to a task already; its card says which.')
  if (upload.state === 'failed') throw new LughError('conflict', 'That could not be read. Send it again.')
  return upload
}

/** Starts a task of what was sent: one that was proposed, or the person's own words. */
export const startFromUpload = capability({
  name: 'start_from_upload',
  describe: 'Start a task with the pictures or files that were sent.',
  input: z.object({
    upload: UploadId,
    proposal: z.number().int().min(0).max(9).optional(),
    /** The words of the button, so that nothing else is started than what it said. */
    wish: z.string().trim().min(1, 'Write what shall be done with it.').max(MAX_WISH_CHARACTERS),
  }),
  output: z.object({ task: z.number() }),
  ...by,
  doors: { telegram: {}, ...noneElse },
  act: async (act, input) => {
    const upload = await theUpload(act, input.upload)
    if (upload.state !== 'offered') throw new LughError('conflict', 'It is still being looked at. Try again in a moment.')
    if (input.proposal !== undefined && upload.proposals[input.proposal] !== input.wish)
      throw new LughError('conflict', 'More pictures came since; the card has other proposals now.')
    await setUploadDecided(act.tx, upload.id, act.caller.personId, act.caller.door)
    const project = upload.projectId === null ? undefined : await projectById(act.tx, upload.projectId)
    const task = await startWith(
      act,
      upload,
      project?.state === 'ready' || project?.state === 'adding' ? project : await theProject(act, undefined),
      input.wish,
    )
    return { task: task.number }
  },
  say: () => undefined,
  toast: (output) => `T${output.task} started.`,
})

/** Gives what was sent to a task that there is; without one named, the card lists them. */
export const attachUpload = capability({
  name: 'attach_upload',
  describe: 'Give the pictures or files that were sent to a task.',
  input: z.object({ upload: UploadId, task_id: TaskId.optional(), task: TaskNumber.optional(), back: z.boolean().optional() }),
  output: z.object({ task: z.number().optional(), heard: z.enum(['next-step', 'again']).optional() }),
  ...by,
  doors: { telegram: {}, ...noneElse },
  act: async (act, input) => {
    const upload = await theUpload(act, input.upload)
    if (upload.state !== 'offered') throw new LughError('conflict', 'It is still being looked at. Try again in a moment.')
    if (input.task === undefined) {
      await turnUpload(act.tx, upload.id, input.back === true ? 'offer' : 'tasks')
      await touchCards(act.tx, { kind: 'upload', subjectId: upload.id })
      return {}
    }
    const task = await taskByNumber(act.tx, input.task)
    if (task === undefined) throw new LughError('not-found', `There is no T${input.task}. /tasks lists what there is.`)
    await setUploadDecided(act.tx, upload.id, act.caller.personId, act.caller.door)
    await useIn(act.tx, upload, task)
    await insertSteer(act.tx, { taskId: task.id, personId: act.caller.personId, text: await noteOf(act.tx, upload), uploadId: upload.id })
    return { task: task.number, heard: await wakeFor(act, task) }
  },
  say: () => undefined,
  toast: ({ task, heard }) =>
    task === undefined ? '' : heard === 'again' ? `T${task} goes back to work with it.` : `T${task} sees it at its next step.`,
})

/** Makes a task of a patch as it stands: Lugh applies it, and it is reviewed like any change. */
export const applyUpload = capability({
  name: 'apply_upload',
  describe: 'Apply a patch that was sent, as a change to be reviewed.',
  input: z.object({ upload: UploadId }),
  output: z.object({ upload: z.string() }),
  ...by,
  doors: { telegram: {}, ...noneElse },
  act: async (act, input) => {
    const upload = await theUpload(act, input.upload)
    if (upload.kind !== 'patch') throw new LughError('input.invalid', 'That is no patch. A .patch or .diff file is.')
    if ((await moveUpload(act.tx, upload.id, ['offered'], { state: 'patching', version: upload.version })) === 0)
      throw new LughError('conflict', 'It is being applied already.')
    await setUploadDecided(act.tx, upload.id, act.caller.personId, act.caller.door)
    await touchCards(act.tx, { kind: 'upload', subjectId: upload.id })
    await act.tx.notify('work', upload.id)
    return { upload: upload.id }
  },
  say: () => undefined,
  toast: () => 'Being applied…',
})
