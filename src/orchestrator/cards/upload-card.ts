/** The card of what a person sent: what a model saw in it, in its own words marked as such, and what can be done with it. */
import { b, cut, i, join, nameHidden, oneLine, pre, quote, type Text } from '#core'
import { listTasks, taskById, uploadById, uploadFiles, type Sql, type Task, type Upload, type UploadFile } from '#db'
import type { Facts } from '../capability.ts'
import type { Button, CardContent } from '../card.ts'
import { size } from '../capabilities/checkpoint-words.ts'
import { counted } from '../uploads/use-upload.ts'
import { decidedWords } from './decided.ts'

const LABEL_CHARACTERS = 34 // what a phone shows of a button
const PREVIEW_LINES = 12
const PREVIEW_CHARACTERS = 700
const LISTED_TASKS = 6
/** Tasks that can still take something in. */
const OPEN: readonly Task['state'][] = ['queued', 'preparing', 'running', 'waiting', 'paused', 'proposing', 'review', 'answered', 'stopped', 'failed']

const HEADS: Readonly<Record<string, string>> = {
  sketch: '✏️ A sketch',
  screenshot: '🖥 A screenshot',
  notes: '🗒 Notes',
  diagram: '🔀 A diagram',
  code: '💻 Code',
  other: '🖼 A picture',
}

export async function uploadCard(sql: Sql, _facts: Facts, subjectId: string): Promise<CardContent | undefined> {
  const upload = await uploadById(sql, subjectId)
  if (upload === undefined) return undefined
  const files = await uploadFiles(sql, upload.id)
  const head = b(headOf(upload, files))
  switch (upload.state) {
    case 'gathering':
    case 'looking':
      return { text: join([head, '👀 being looked at…']), buttons: [] }
    case 'patching':
      return { text: join([head, '🛠 being applied…']), buttons: [] }
    case 'failed':
      return { text: join([head, `❌ ${oneLine(upload.failure ?? '', 300)}`]), buttons: [] }
    case 'used': {
      const task = upload.taskId === null ? undefined : await taskById(sql, upload.taskId)
      return {
        text: join([
          head,
          about(upload),
          task !== undefined && `→ T${task.number} · ${oneLine(nameHidden(task.title), 120)}`,
          await chosen(sql, upload),
        ]),
        buttons: [],
      }
    }
    case 'offered':
      return offered(sql, upload, head)
    default:
      return upload.state satisfies never
  }
}

/** Nobody chose where the words under it already said it. */
async function chosen(sql: Sql, { decidedBy: by, decidedDoor: door, decidedAt: at }: Upload): Promise<string | undefined> {
  return at === null ? undefined : `Chosen ${await decidedWords(sql, { by, door, at })}`
}

function headOf(upload: Upload, files: readonly UploadFile[]): string {
  const pictures = files.filter(({ state, mediaType, photo }) => (state === 'ready' ? mediaType !== null : photo))
  const [first] = files
  if (pictures.length === 0 && first !== undefined) {
    const more = files.length > 1 ? ` and ${files.length - 1} more` : ''
    return `📄 ${oneLine(nameHidden(first.name), 80)}${more}${first.bytes === null ? '' : ` · ${size(first.bytes)}`}`
  }
  const many = pictures.length > 1 ? ` · ${counted(pictures.length, 'picture')}` : ''
  return `${HEADS[upload.kind ?? 'other'] ?? HEADS['other']}${many}`
}

function isDocument(upload: Upload): boolean {
  return upload.kind === 'file' || upload.kind === 'patch'
}

function about(upload: Upload): Text | undefined {
  if (upload.about === null || upload.about === '') return undefined
  if (!isDocument(upload)) return quote(nameHidden(upload.about), true)
  const lines = upload.about.split('\n').slice(0, PREVIEW_LINES).join('\n')
  return pre(cut(nameHidden(lines), PREVIEW_CHARACTERS))
}

async function offered(sql: Sql, upload: Upload, head: Text): Promise<CardContent> {
  const left = upload.leftOut > 0 && `⚠️ ${counted(upload.leftOut, 'picture')} more left out: at most 10 at once.`
  const failed = upload.failure !== null && `⚠️ ${oneLine(upload.failure, 400)}`
  if (upload.face === 'tasks') {
    const open = (
      await listTasks(sql, { states: OPEN, limit: LISTED_TASKS, ...(upload.projectId === null ? {} : { projectId: upload.projectId }) })
    ).filter(({ dry }) => !dry)
    const rows = open.map((task): Button[] => [
      {
        label: oneLine(`T${task.number} · ${nameHidden(task.title)}`, LABEL_CHARACTERS),
        capability: 'attach_upload',
        input: { upload: upload.id, task: task.number },
      },
    ])
    const back: Button = { label: '◀ Back', capability: 'attach_upload', input: { upload: upload.id, back: true } }
    return {
      text: join([head, open.length === 0 ? 'No task is open. Start one with it.' : 'Which task shall have it?']),
      buttons: [...rows, [own(upload), back]],
    }
  }
  const list = upload.proposals.map((task, n) => `${n + 1}. ${task}`).join('\n')
  const ask = isDocument(upload)
    ? 'What shall be done with it?'
    : list === ''
      ? 'What shall be done with it?'
      : i('Proposed by the model; nothing starts by itself.')
  return { text: join([head, about(upload), list, failed, left, ask]), buttons: keys(upload) }
}

function own(upload: Upload): Button {
  const ask = { field: 'wish', prompt: 'What shall be done with it?' }
  return { label: '📝 My own', capability: 'start_from_upload', input: { upload: upload.id }, ask }
}

function keys(upload: Upload): Button[][] {
  const attach: Button = { label: '📎 Attach to a task', capability: 'attach_upload', input: { upload: upload.id } }
  const apply: Button = { label: '🛠 Apply as patch', capability: 'apply_upload', input: { upload: upload.id } }
  const proposed = upload.proposals.map((wish, proposal): Button[] => [
    { label: oneLine(`${proposal + 1} · ${wish}`, LABEL_CHARACTERS), capability: 'start_from_upload', input: { upload: upload.id, proposal, wish } },
  ])
  // Side by side the longer label would be cut on a narrow phone.
  if (!isDocument(upload)) return [...proposed, [own(upload)], [attach]]
  return [...(upload.kind === 'patch' ? [[apply]] : []), [attach], [own(upload)]]
}
