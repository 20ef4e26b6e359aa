/** The methods the simulator plays. getUpdates and the webhook's belong to the server itself. */
import * as chats from './chats.ts'
import * as commands from './commands.ts'
import * as edit from './edit.ts'
import type { Method } from './method.ts'
import * as media from './media.ts'
import * as respond from './respond.ts'
import * as send from './send.ts'

const { getMe, setMyCommands, getMyCommands, deleteMyCommands } = commands
const { setMyName, getMyName, setMyDescription, getMyDescription, setMyShortDescription, getMyShortDescription } = commands
const { sendPhoto, sendDocument, sendVoice, sendAudio, sendVideo, sendMediaGroup, getFile } = media
const { sendMessage, sendRichMessage, sendMessageDraft, sendChatAction, forwardMessage, copyMessage } = send

/** Those that count against the rate limits; an album counts each of its messages. */
const WRITING: Readonly<Record<string, Method>> = {
  sendMessage,
  sendRichMessage,
  sendMessageDraft,
  forwardMessage,
  copyMessage,
  sendPhoto,
  sendDocument,
  sendVoice,
  sendAudio,
  sendVideo,
  sendMediaGroup,
  editMessageText: edit.editMessageText,
  editMessageCaption: edit.editMessageCaption,
  editMessageMedia: edit.editMessageMedia,
  editMessageReplyMarkup: edit.editMessageReplyMarkup,
}

export const METHODS: Readonly<Record<string, Method>> = {
  ...WRITING,
  ...chats,
  ...respond,
  getMe,
  setMyCommands,
  getMyCommands,
  deleteMyCommands,
  setMyName,
  getMyName,
  setMyDescription,
  getMyDescription,
  setMyShortDescription,
  getMyShortDescription,
  getFile,
  sendChatAction,
  deleteMessage: edit.deleteMessage,
  deleteMessages: edit.deleteMessages,
}

/** How many messages the request costs of the rate limits; 0 when it is free. */
export function costOf(method: string, parameters: Readonly<Record<string, unknown>>): number {
  if (WRITING[method] === undefined) return 0
  const { media } = parameters
  return method === 'sendMediaGroup' && Array.isArray(media) ? Math.max(1, media.length) : 1
}

export { aboutBot, defaultCommands, type BotCommand } from './commands.ts'
