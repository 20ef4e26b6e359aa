/** Brings a topic up to date: opens it, names it after its task, closes it when the task is done with. What Telegram refuses leaves the task in the flat chat. */
import { cut, nameHidden } from '#core'
import { setTopicOpened, setTopicShown, taskById, topicAt, type OutboxRow, type Task, type Topic } from '#db'
import { fallFlat, neverOpened } from './fall-flat.ts'
import type { Turn } from './lanes.ts'
import { isThreadLost, isTokenRefused } from './outcome.ts'
import { deliver, settle, type Made, type Sending } from './send-row.ts'
import type { Answer } from './telegram.ts'

/** Telegram's limit for a topic's name. */
const NAME_MAX = 128
/** Nothing more is to be said about these; anything that brings one back opens its topic again. */
const DONE: readonly Task['state'][] = ['merged', 'kept', 'discarded']
/** Of Telegram's six colours the one for what is under way. */
const COLOUR = 0x6f_b9_f0
const WHY_MAX = 120

const NOTHING: Answer<Made> = { ok: true, value: [] }

export async function sendTopic(sending: Sending, row: OutboxRow): Promise<Turn> {
  const { db } = sending.context
  const topic = await topicAt(db, row)
  const task = topic === undefined || topic.taskId === null ? undefined : await taskById(db, topic.taskId)
  if (topic === undefined || task === undefined || topic.state === 'gone') return settle(sending, row, true, [])
  return topic.messageThreadId === null ? open(sending, row, task) : update(sending, row, topic, topic.messageThreadId, task)
}

function nameOf(task: Task, chatId: number): string {
  // A private chat's topic cannot be closed: its name says it.
  const mark = chatId > 0 && DONE.includes(task.state) ? '✓ ' : ''
  return cut(nameHidden(`${mark}T${task.number} · ${task.title}`), NAME_MAX)
}

function open(sending: Sending, row: OutboxRow, task: Task): Promise<Turn> {
  const name = nameOf(task, row.chatId)
  let refused: string | undefined
  const call = async (): Promise<Answer<Made>> => {
    const answer = await sending.ask((api, signal) => api.createForumTopic({ chat_id: row.chatId, name, icon_color: COLOUR }, signal))
    if (answer.ok) return { ok: true, value: [answer.value.message_thread_id] }
    if (answer.why !== 'no' || isTokenRefused(answer) || answer.movedTo !== undefined) return answer
    refused = answer.say.replace(/^Bad Request: /u, '').slice(0, WHY_MAX)
    return NOTHING
  }
  return deliver(sending, row, true, call, async (tx, [thread]) => {
    if (thread === undefined) await neverOpened(tx, row, refused ?? 'Telegram said no')
    else await setTopicOpened(tx, row, thread, name)
  })
}

async function update(sending: Sending, row: OutboxRow, topic: Topic, thread: number, task: Task): Promise<Turn> {
  const name = nameOf(task, row.chatId)
  const closed = row.chatId < 0 && DONE.includes(task.state)
  const at = { chat_id: row.chatId, message_thread_id: thread }
  const shown = { name: topic.shownName, closed: topic.closed }
  let lost = false
  const attempt = async (ask: () => Promise<Answer<unknown>>, note: () => void): Promise<Answer<Made>> => {
    const answer = await ask()
    if (!answer.ok && (answer.why !== 'no' || isTokenRefused(answer))) return answer
    if (!answer.ok && isThreadLost(answer)) lost = true
    // Any other no (it is so already, a right was taken away) changes nothing for the task.
    else note()
    return NOTHING
  }
  if (name === shown.name && closed === shown.closed) return settle(sending, row, true, [])
  const call = async (): Promise<Answer<Made>> => {
    if (name !== shown.name) {
      const answer = await attempt(
        () => sending.ask((api, signal) => api.editForumTopic({ ...at, name }, signal)),
        () => (shown.name = name),
      )
      if (!answer.ok || lost) return answer
    }
    if (closed === shown.closed) return NOTHING
    return attempt(
      () => sending.ask((api, signal) => (closed ? api.closeForumTopic(at, signal) : api.reopenForumTopic(at, signal))),
      () => (shown.closed = closed),
    )
  }
  return deliver(sending, row, true, call, async (tx) => {
    if (lost) await fallFlat(tx, row)
    else await setTopicShown(tx, row, shown)
  })
}
