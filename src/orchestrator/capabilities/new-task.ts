/** Making a task out of a wish; shared by the capabilities that start one. */
import { LughError, TaskId, oneLine, type Mode } from '#core'
import { appendEvent, insertTask, nextTaskNumber, taskByCallKey, takeFreeAgent, setAgentBusy, type Agent, type Project, type Task } from '#db'
import type { Act } from '../capability.ts'
import { showCard } from '../show.ts'
import { homeOf, openRoom, roomFor } from './task-room.ts'

/** Longer wishes belong in a file of the repository; the model would be paid for them in every turn. */
export const MAX_WISH_CHARACTERS = 50_000
const NO_WISH = 'What shall be done? Write it after /new, or simply send it as a message.'
const TITLE_CHARACTERS = 72 // git's customary width of a subject line
const SLUG_CHARACTERS = 40

export type Wish = {
  readonly wish: string
  readonly project: Project
  readonly agent?: Agent
  readonly mode?: Mode
  readonly callKey?: string
  /** A dry run, of another task or of the wish alone. It takes no agent from anybody. */
  readonly dry?: { readonly of?: Task }
}

/** Queues the task and posts its card. The same call key asked twice answers the first task. */
export async function newTask(act: Act, wish: Wish): Promise<Task> {
  const text = wish.wish.trim()
  checkWish(text)
  const callKey = wish.callKey ?? act.caller.callKey
  const known = await taskByCallKey(act.tx, callKey)
  if (known !== undefined) return known
  const agent = wish.agent ?? (wish.dry === undefined ? await takeFreeAgent(act.tx, wish.project.id) : undefined)
  if (wish.agent !== undefined) await setAgentBusy(act.tx, wish.agent.id, true)
  const number = await nextTaskNumber(act.tx)
  const title = titleOf(text)
  const home = await homeOf(act, wish)
  const room = home === undefined ? {} : await roomFor(act, home, number, wish)
  const task = await insertTask(act.tx, {
    id: TaskId.parse(act.ids.uuid()),
    number,
    projectId: wish.project.id,
    agentId: wish.dry?.of?.agentId ?? agent?.id ?? null,
    conversationId: (room.conversation ?? home)?.id ?? null,
    personId: act.caller.personId,
    title,
    wish: text,
    mode: wish.mode ?? null,
    branch: branchName(number, title),
    callKey,
    replyToMessageId: act.caller.messageId ?? null,
    dry: wish.dry !== undefined,
    ...(wish.dry?.of === undefined ? {} : { parentId: wish.dry.of.id }),
  })
  if (task === undefined) throw new LughError('conflict', 'This request is already being carried out.', { retryable: true })
  await appendEvent(act.tx, {
    taskId: task.id,
    projectId: task.projectId,
    personId: act.caller.personId,
    door: act.caller.door,
    kind: 'task.created',
    data: { number, title },
  })
  if (home !== undefined) await openRoom(act, task, home, room)
  await showCard(act.tx, act.ids, task, { kind: 'task', subjectId: task.id, loud: false })
  await act.tx.notify('work', task.id)
  return task
}

/** Throws `input.invalid` for a wish without words, or with too many. */
export function checkWish(text: string): void {
  if (text === '') throw new LughError('input.invalid', NO_WISH)
  if (text.length > MAX_WISH_CHARACTERS)
    throw new LughError(
      'input.invalid',
      `That is ${text.length} characters; a wish may have ${MAX_WISH_CHARACTERS}. Put the rest into a file of the repository.`,
    )
}

/** What a task is called by its wish. */
export function titleOf(wish: string): string {
  return oneLine(firstLine(wish), TITLE_CHARACTERS)
}

function firstLine(text: string): string {
  return text.split('\n').find((line) => line.trim() !== '') ?? text
}

/** `lugh/t12-dark-mode`; without usable letters `lugh/t12`. */
export function branchName(number: number, title: string): string {
  const slug = title
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/gu, '-')
    .slice(0, SLUG_CHARACTERS)
    .replace(/^-+|-+$/gu, '')
  return slug === '' ? `lugh/t${number}` : `lugh/t${number}-${slug}`
}
