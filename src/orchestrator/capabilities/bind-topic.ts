import { LughError } from '#core'
import {
  bindTopic,
  conversationAt,
  projectById,
  projectByName,
  setConversationProject,
  setTaskConversation,
  taskById,
  taskByNumber,
  topicAt,
  type Topic,
} from '#db'
import { z } from 'zod'
import { capability, type Act } from '../capability.ts'
import { checkOwnWork } from '../own-work.ts'
import { showCard } from '../show.ts'

const LOBBY = 'This is the lobby. /topic works inside a topic: there it says which task or project that topic is for.'
const FREE = 'This topic is for nothing in particular. /topic T12 or /topic PROJECT says what it is for; then whatever is written in it is for that.'

/** Says which task or project a topic is for: everything written there is for that then. */
export const bind = capability({
  name: 'bind_topic',
  describe: 'Say which task or project a topic is for.',
  input: z.object({ to: z.string().max(200).optional() }),
  output: z.object({ task: z.number().optional(), project: z.string().optional(), changed: z.boolean() }),
  kind: 'request',
  may: ['owner', 'approver', 'member'],
  doors: {
    telegram: {
      command: 'topic',
      usage: '/topic [T12 | PROJECT | off]',
      example: '/topic shop-api',
      parse: (words) => (words.trim() === '' ? {} : { to: words.trim() }),
    },
    cli: { none: 'a topic is bound from inside it' },
    mcp: { none: 'topics are for people' },
  },
  act: async (act, input) => {
    const here = act.caller.conversation
    if (here === undefined || here.threadId === 0) throw new LughError('input.invalid', LOBBY)
    if (input.to === undefined) return { ...(await boundTo(act, here)), changed: false }
    if (input.to.toLowerCase() === 'off') return off(act, here)
    const number = /^[tT](\d{1,9})$/u.exec(input.to)?.[1]
    return number === undefined ? toProject(act, here, input.to) : toTask(act, here, Number(number))
  },
  say: (o) => {
    if (o.task !== undefined)
      return `This topic is for T${o.task}${o.changed ? ' now: whatever is written here reaches its agent' : ''}. /topic off frees it.`
    if (o.project !== undefined)
      return `This topic is for ${o.project}${o.changed ? ' now: whatever is written here is a wish for it' : ''}. /topic off frees it.`
    return o.changed ? 'This topic is free again; what belongs to its task goes to the lobby.' : FREE
  },
})

type Here = NonNullable<Act['caller']['conversation']>

async function boundTo(act: Act, here: Here): Promise<{ task?: number; project?: string }> {
  const topic = await topicAt(act.tx, here)
  const task = topic === undefined || topic.taskId === null ? undefined : await taskById(act.tx, topic.taskId)
  const project = topic === undefined || topic.projectId === null ? undefined : await projectById(act.tx, topic.projectId)
  return { ...(task === undefined ? {} : { task: task.number }), ...(project === undefined ? {} : { project: project.name }) }
}

async function off(act: Act, here: Here): Promise<{ changed: boolean }> {
  const topic = await topicAt(act.tx, here)
  if (topic === undefined || (topic.taskId === null && topic.projectId === null)) return { changed: false }
  await free(act, here, topic)
  await bindTopic(act.tx, here, { taskId: null, projectId: null, own: false })
  await setConversationProject(act.tx, here.id, null)
  return { changed: true }
}

/** What the topic was for so far goes to the lobby. */
async function free(act: Act, here: Here, topic: Pick<Topic, 'taskId'> | undefined): Promise<void> {
  if (topic === undefined || topic.taskId === null) return
  const lobby = await conversationAt(act.tx, { id: act.ids.uuid(), botId: here.botId, chatId: here.chatId, threadId: 0 })
  const task = await taskById(act.tx, topic.taskId)
  if (task !== undefined) checkOwnWork(act, task)
  if (lobby !== undefined) await setTaskConversation(act.tx, topic.taskId, lobby.id)
}

async function toProject(act: Act, here: Here, name: string): Promise<{ project: string; changed: boolean }> {
  const project = await projectByName(act.tx, name)
  if (project === undefined)
    throw new LughError(
      'not-found',
      `There is no project “${name.slice(0, 60)}” and no task of that name. /project list and /tasks show what there is.`,
    )
  await free(act, here, await topicAt(act.tx, here))
  await bindTopic(act.tx, here, { taskId: null, projectId: project.id, own: false })
  await setConversationProject(act.tx, here.id, project.id)
  return { project: project.name, changed: true }
}

async function toTask(act: Act, here: Here, number: number): Promise<{ task: number; changed: boolean }> {
  const task = await taskByNumber(act.tx, number)
  if (task === undefined) throw new LughError('not-found', `There is no T${number}. /tasks lists what there is.`)
  checkOwnWork(act, task)
  const topic = await topicAt(act.tx, here)
  if (topic?.taskId !== task.id) await free(act, here, topic)
  await bindTopic(act.tx, here, { taskId: task.id, projectId: null, own: false })
  await setTaskConversation(act.tx, task.id, here.id)
  await setConversationProject(act.tx, here.id, task.projectId)
  await showCard(act.tx, act.ids, { ...task, conversationId: here.id, replyToMessageId: null }, { kind: 'task', subjectId: task.id, loud: false })
  return { task: number, changed: true }
}
