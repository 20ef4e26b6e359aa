/** Answers to what people do: presses and reactions. */
import { z } from 'zod'
import { badRequest, movedOn } from '../refusal.ts'
import { plainEmoji, REACTIONS } from '../reactions.ts'
import { readChat, readMessage, type Method } from './method.ts'

const MAX_TOAST = 200

const Answer = z.object({
  callback_query_id: z.string(),
  text: z.string().default(''),
  show_alert: z.boolean().default(false),
  url: z.string().exactOptional(),
})

/** A press can be answered once, and only for a while. */
export const answerCallbackQuery: Method = ({ world, callbackTtlMs }, parameters) => {
  const { callback_query_id: id, text, show_alert: alert, url } = Answer.parse(parameters)
  if (Array.from(text).length > MAX_TOAST) throw badRequest('MESSAGE_TOO_LONG')
  if (url !== undefined && url !== '') throw badRequest('URL_INVALID')
  const query = world.query(id)
  const late = query !== undefined && world.clock.now().getTime() - query.pressedAt > callbackTtlMs
  if (query === undefined || late || query.answer !== undefined) throw movedOn('query is too old and response timeout expired or query ID is invalid')
  world.emit({ kind: 'callback.answered', query: world.putQuery({ ...query, answer: { text, alert } }) })
  return true
}

const Reaction = z.object({ reaction: z.array(z.object({ type: z.string(), emoji: z.string().default('') })).default([]) })

/** A bot shows one reaction at most. */
export const setMessageReaction: Method = (context, parameters) => {
  const { reaction } = Reaction.parse(parameters)
  const chat = readChat(context, parameters)
  const message = readMessage(context, chat, parameters, 'react')
  if (reaction.length > 1) throw badRequest('REACTIONS_TOO_MANY')
  const emoji = reaction.map((one) => plainEmoji(one.emoji))
  if (reaction.some((one) => one.type !== 'emoji') || emoji.some((one) => !REACTIONS.has(one))) throw badRequest('REACTION_INVALID')
  context.world.setReaction(message, context.world.bot.id, emoji)
  return true
}
