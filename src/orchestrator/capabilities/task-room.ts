/** Where a new task is spoken about: in a topic of its own where the chat has topics, else where it was asked for. */
import type { Task } from '#db'
import {
  bindTopic,
  conversationAt,
  conversationById,
  enqueueText,
  latestConversation,
  opensTopics,
  refreshTopics,
  setConversationProject,
  topicAt,
  wantTopic,
  type Conversation,
} from '#db'
import type { Act } from '../capability.ts'

/** `conversation`: the task's own place. `adopted`: a person opened the topic and wrote the wish in it. */
export type Room = { readonly conversation?: Conversation; readonly adopted?: boolean }

/** Where it was asked for; what a terminal or a program asked for is shown where the owner spoke first. */
export async function homeOf(act: Act, wish: { readonly dry?: { readonly of?: Task } }): Promise<Conversation | undefined> {
  // A dry run of a task is spoken about where that task is.
  const of = wish.dry?.of?.conversationId
  if (of !== undefined && of !== null) return conversationById(act.tx, of)
  const here = act.caller.conversation
  return here === undefined ? latestConversation(act.tx) : conversationById(act.tx, here.id)
}

/** The place the task gets to itself, if any; made before the task, which points at it. */
export async function roomFor(act: Act, home: Conversation, number: number, wish: { readonly dry?: { readonly of?: Task } }): Promise<Room> {
  const { botId, chatId } = home
  if (wish.dry?.of !== undefined || !(await opensTopics(act.tx, home))) return {}
  if (chatId > 0 && home.threadId > 0) {
    const topic = await topicAt(act.tx, home)
    if (topic === undefined || (topic.taskId === null && topic.projectId === null)) return { adopted: true }
  }
  const conversation = await conversationAt(act.tx, { id: act.ids.uuid(), botId, chatId, threadId: -number })
  return conversation === undefined ? {} : { conversation }
}

/** Asks for the topic, once there is a task to name it after, and says in the place of asking where the task went. */
export async function openRoom(act: Act, task: Task, home: Conversation, { conversation, adopted }: Room): Promise<void> {
  if (adopted === true) {
    await bindTopic(act.tx, home, { taskId: task.id, projectId: null, own: true })
    await refreshTopics(act.tx, task.id)
    return
  }
  if (conversation === undefined) return
  await setConversationProject(act.tx, conversation.id, task.projectId)
  await wantTopic(act.tx, conversation, task.id)
  const { botId, chatId, threadId } = home
  await enqueueText(act.tx, {
    botId,
    chatId,
    threadId,
    key: `room:${task.id}`,
    taskId: task.id,
    ...(act.caller.messageId === undefined || act.caller.conversation?.id !== home.id ? {} : { replyTo: act.caller.messageId }),
    text: `T${task.number} has a topic of its own: ${task.title}`,
  })
}
