/** What Telegram's "no" means for a message: which of its sentences call for another way, and which end the matter. */
import type { Answer } from './telegram.ts'

export type Refusal = Extract<Answer<never>, { ok: false; why: 'no' }>

/** The message it was to answer is gone. */
export function isReplyLost({ code, say }: Refusal): boolean {
  return code === 400 && /repl(?:y message|ied) .*not found|message to be replied not found|REPLY_MESSAGE_ID_INVALID/i.test(say)
}

/** The topic it was to go to is gone, or the chat has none any more. */
export function isThreadLost({ code, say }: Refusal): boolean {
  return code === 400 && /message thread not found|TOPIC_(?:DELETED|ID_INVALID)|not a forum/i.test(say)
}

/** The message to edit is gone, or can never be edited again. */
export function isMessageLost({ code, say }: Refusal): boolean {
  return code === 400 && /message to edit not found|message can't be edited|MESSAGE_ID_INVALID/i.test(say)
}

/** The edit would change nothing: what was wanted is so. */
export function isUnchanged({ code, say }: Refusal): boolean {
  return code === 400 && /message is not modified/i.test(say)
}

/** The token was revoked, or the API root is wrong: nothing is wrong with the message. */
export function isTokenRefused({ code, say }: Refusal): boolean {
  return code === 401 || (code === 404 && !/method/i.test(say))
}
