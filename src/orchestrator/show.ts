/** Puts cards and messages where a task is spoken about. Without such a place (a task asked for at the console) nothing is shown. */
import { CardId, type ChangeId, type Ids, type NoticeClass, type TaskId, type Text } from '#core'
import { conversationById, enqueueDocument, enqueuePictures, enqueueText, postCard, touchCards, type Conversation, type Task, type Tx } from '#db'
import type { CardKind } from './card.ts'

type Placed = Pick<Task, 'id' | 'conversationId' | 'replyToMessageId'>

async function placeOf(tx: Tx, task: Placed): Promise<Conversation | undefined> {
  return task.conversationId === null ? undefined : conversationById(tx, task.conversationId)
}

/** Posts a card about the task once; asked again it is only marked stale, so that it is drawn anew. */
export async function showCard(tx: Tx, ids: Ids, task: Placed, card: { kind: CardKind; subjectId: string; loud: boolean }): Promise<void> {
  const place = await placeOf(tx, task)
  if (place === undefined) return
  const { posted } = await postCard(tx, {
    id: CardId.parse(ids.uuid()),
    botId: place.botId,
    chatId: place.chatId,
    threadId: place.threadId,
    kind: card.kind,
    subjectId: card.subjectId,
    taskId: task.id,
    ...replyIn(place, task),
    loud: card.loud,
    ...(card.loud ? { class: card.kind === 'question' ? ('question' as const) : ('decision' as const) } : {}),
  })
  if (!posted) await touchCards(tx, { kind: card.kind, subjectId: card.subjectId })
}

/** Sends a one-time message about the task. `key` makes it happen once, whatever is repeated. */
export async function sayAbout(
  tx: Tx,
  task: Placed,
  message: { key: string; text: Text; loud?: boolean; class?: NoticeClass; changeId?: ChangeId },
): Promise<void> {
  const place = await placeOf(tx, task)
  if (place === undefined) return
  await enqueueText(tx, { ...at(place, task.id), ...message })
}

export async function sendFileAbout(
  tx: Tx,
  task: Placed,
  file: { key: string; filename: string; text: string; caption: Text; changeId?: ChangeId },
): Promise<void> {
  const place = await placeOf(tx, task)
  if (place === undefined) return
  await enqueueDocument(tx, {
    ...at(place, task.id),
    key: file.key,
    ...(file.changeId === undefined ? {} : { changeId: file.changeId }),
    filename: file.filename,
    text: file.text,
    caption: file.caption,
  })
}

/** Sends a diff as pictures about the task, in reply to the wish. */
export async function showPictures(
  tx: Tx,
  task: Placed,
  diff: { key: string; changeId?: ChangeId; pictures: Parameters<typeof enqueuePictures>[1]['pictures'] },
): Promise<void> {
  const place = await placeOf(tx, task)
  if (place === undefined) return
  await enqueuePictures(tx, { ...at(place, task.id), ...diff, ...replyIn(place, task) })
}

/** In a topic of its own a task answers nothing: the wish stands elsewhere, and Telegram takes replies within a topic only. */
function replyIn(place: Conversation, task: Placed): { replyTo?: number } {
  return task.replyToMessageId === null || place.threadId < 0 ? {} : { replyTo: task.replyToMessageId }
}

function at(place: Conversation, taskId: TaskId): { botId: Conversation['botId']; chatId: Conversation['chatId']; threadId: number; taskId: TaskId } {
  return { botId: place.botId, chatId: place.chatId, threadId: place.threadId, taskId }
}
