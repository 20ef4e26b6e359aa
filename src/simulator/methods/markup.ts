/** `reply_markup`: from Telegram's JSON to what stands under a message, with the refusals of the real server. */
import { z } from 'zod'
import { badRequest } from '../refusal.ts'
import type { Button, JsonObject, Markup } from '../world-types.ts'

/** More than this the real server calls too long. */
const MAX_BUTTONS = 100
const MAX_DATA_BYTES = 64
const MAX_COPY_LENGTH = 256

const ButtonJson = z.object({
  text: z.string(),
  callback_data: z.string().exactOptional(),
  url: z.string().exactOptional(),
  copy_text: z.object({ text: z.string() }).exactOptional(),
  web_app: z.object({ url: z.string() }).exactOptional(),
  style: z.enum(['danger', 'success', 'primary']).exactOptional(),
  disabled: z.record(z.string(), z.never()).exactOptional(),
})
const KeyJson = z.union([z.string(), z.object({ text: z.string() }).transform(({ text }) => text)])
const MarkupJson = z.object({
  inline_keyboard: z.array(z.array(ButtonJson)).optional(),
  keyboard: z.array(z.array(KeyJson)).optional(),
  force_reply: z.boolean().optional(),
  remove_keyboard: z.boolean().optional(),
  input_field_placeholder: z.string().optional(),
})
const Parameters = z.object({ reply_markup: MarkupJson.optional() })

/** What the parameters put under the message; undefined when nothing. Throws the `Refusal` of the real server. */
export function readMarkup(parameters: JsonObject): Markup | undefined {
  const { reply_markup: markup } = Parameters.parse(parameters)
  if (markup === undefined) return undefined
  const placeholder = markup.input_field_placeholder === undefined ? {} : { placeholder: markup.input_field_placeholder }
  if (markup.inline_keyboard !== undefined && markup.inline_keyboard.flat().length > 0) return inline(markup.inline_keyboard)
  if (markup.force_reply === true) return { kind: 'force-reply', ...placeholder }
  if (markup.keyboard !== undefined) return { kind: 'reply', rows: markup.keyboard, ...placeholder }
  return markup.remove_keyboard === true ? { kind: 'remove' } : undefined
}

function inline(rows: readonly (readonly Button[])[]): Markup {
  if (rows.flat().length > MAX_BUTTONS) throw badRequest('reply markup is too long')
  for (const button of rows.flat()) checkButton(button)
  return { kind: 'inline', rows: rows.filter((row) => row.length > 0) }
}

function checkButton(button: Button): void {
  if (button.text === '') throw badRequest('inline keyboard button text must be non-empty')
  if (button.callback_data !== undefined) {
    const size = Buffer.byteLength(button.callback_data)
    if (size < 1 || size > MAX_DATA_BYTES) throw badRequest('BUTTON_DATA_INVALID')
  }
  if (button.url !== undefined) checkUrl(button.url)
  if (button.web_app !== undefined && !button.web_app.url.startsWith('https://'))
    throw badRequest(`inline keyboard button Web App URL '${button.web_app.url}' is invalid: Only HTTPS links are allowed`)
  const copied = button.copy_text?.text
  if (copied !== undefined && (copied === '' || Array.from(copied).length > MAX_COPY_LENGTH)) throw badRequest('BUTTON_COPY_TEXT_INVALID')
}

function checkUrl(link: string): void {
  const url = URL.canParse(link) ? new URL(link) : undefined
  if (url !== undefined && ['tg:', 'ton:'].includes(url.protocol)) return
  const refuse = (why: string): never => {
    throw badRequest(`inline keyboard button URL '${link}' is invalid: ${why}`)
  }
  if (url === undefined) refuse('Wrong HTTP URL')
  else if (!['http:', 'https:'].includes(url.protocol)) refuse('Unsupported URL protocol')
  else if (!url.hostname.includes('.')) refuse('Wrong HTTP URL')
}
