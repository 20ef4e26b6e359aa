/**
 * A diff as pictures: drawn when its turn comes, sent as an album, and with it the whole as a file when the pages do not hold everything. Where
 * pictures cannot be drawn or Telegram takes none, the same row goes out as text. Never counts as sent before every page and the file are.
 */
import { InputFile, type InputMediaBuilder } from 'grammy'
import { errorText } from '#core'
import { albumOf, CaptionBody, PicturesBody, picturesAsText, type OutboxRow } from '#db'
import type { DrawnDiff } from '#media'
import { toMessageEntities, toRich, type Rich } from './entities.ts'
import type { Turn } from './lanes.ts'
import { isTokenRefused } from './outcome.ts'
import { deliver, marks, place, sendFile, settle, UPLOAD_TIMEOUT_MS, type Made, type Sending } from './send-row.ts'
import { REPLY_LOST } from './reply-lost.ts'
import { CAPTION_MAX, shorten, split } from './split.ts'
import type { Answer } from './telegram.ts'

/** An album takes more, but on a phone four are two rows of two; see `sendDiff`. */
const PAGES = 4
/** A drawing that ended the process so often would do it for ever. */
const DEATHS = 3

/** Sends the next part of a diff: its pages, or its text where it stands in; then the file, if there is one. */
export async function sendPictures(sending: Sending, row: OutboxRow): Promise<Turn> {
  const body = PicturesBody.parse(row.body)
  if (body.asText !== undefined) return sendAsText(sending, row, body)
  if (row.partsSent > 0) return deliver(sending, row, true, () => sendWhole(sending, row, body))
  if (row.state === 'sending' && row.attempts >= DEATHS) return standIn(sending, row, 'drawing them ended Lugh')
  let whole = false
  return deliver(
    sending,
    row,
    () => whole,
    async () => {
      const drawn = await draw(sending, row, body)
      whole = drawn?.whole ?? false
      return drawn === undefined ? { ok: false, why: 'no', code: 0, say: 'they could not be drawn' } : sendPages(sending, row, body, drawn)
    },
  )
}

async function draw({ context }: Sending, row: OutboxRow, body: PicturesBody): Promise<DrawnDiff | undefined> {
  const patch = Buffer.from(body.beginning, 'base64').toString('utf8')
  try {
    return await context.painter.draw({ patch, whole: body.whole, title: body.title, look: body.look, maxPages: PAGES })
  } catch (error) {
    context.log.warn({ outboxId: row.id, error: errorText(error) }, 'bot.diff-not-drawn')
    return undefined
  }
}

async function sendPages({ ask, rates }: Sending, row: OutboxRow, body: PicturesBody, { pages, whole }: DrawnDiff): Promise<Answer<Made>> {
  const more = whole ? '' : '\nThe pages are its beginning; all of it is in the file below.'
  const words = shorten(toRich([body.replyLost === true ? `${REPLY_LOST}\n` : '', body.head, more]), CAPTION_MAX)
  const caption = { caption: words.text, caption_entities: toMessageEntities(words.entities) }
  const files = pages.map((page, at) => new InputFile(page, `page-${at + 1}.jpg`))
  const [first] = files
  // Each page is a message to Telegram's limits.
  for (let page = 1; page < files.length; page += 1) rates.take(row.chatId)
  if (first !== undefined && files.length === 1) {
    const answer = await ask((api, signal) => api.sendPhoto({ ...place(row), photo: first, ...caption }, signal), { timeoutMs: UPLOAD_TIMEOUT_MS })
    return answer.ok ? { ok: true, value: [answer.value.message_id] } : answer
  }
  const media = files.map((file, at): ReturnType<typeof InputMediaBuilder.photo> => ({ type: 'photo', media: file, ...(at === 0 ? caption : {}) }))
  const answer = await ask((api, signal) => api.sendMediaGroup({ ...place(row), media }, signal), { timeoutMs: UPLOAD_TIMEOUT_MS })
  return answer.ok ? { ok: true, value: answer.value.map(({ message_id: id }) => id) } : answer
}

/** The row goes on as text; what was tried is forgotten. */
export async function standIn({ context }: Sending, row: OutboxRow, reason: string): Promise<Turn> {
  context.log.warn({ outboxId: row.id, reason }, 'bot.diff-as-text')
  await picturesAsText(context.db, row.id, reason)
  return 'again'
}

async function sendAsText(sending: Sending, row: OutboxRow, body: PicturesBody): Promise<Turn> {
  const parts = split(toRich([body.replyLost === true ? `${REPLY_LOST}\n` : '', body.head, '\n', body.preview]))
  const part = parts[row.partsSent]
  if (part === undefined) return deliver(sending, row, true, () => sendWhole(sending, row, body))
  const last = body.inline && row.partsSent === parts.length - 1
  if (part.text.trim() === '') return settle(sending, row, last, [])
  return deliver(sending, row, last, () => sendText(sending, row, part))
}

async function sendText({ ask }: Sending, row: OutboxRow, part: Rich): Promise<Answer<Made>> {
  const answer = await ask((api, signal) => api.sendMessage({ ...place(row), text: part.text, ...marks(part) }, signal))
  return answer.ok ? { ok: true, value: [answer.value.message_id] } : answer
}

function sendWhole(sending: Sending, row: OutboxRow, { filename, text, caption }: PicturesBody): Promise<Answer<Made>> {
  return sendFile(sending, row, { filename, text, caption })
}

/** Writes under an album that it is no longer what would land. Nothing to do where there is none: sent as text, refused, deleted. */
export async function sendCaption(sending: Sending, row: OutboxRow): Promise<Turn> {
  const { context, ask } = sending
  const body = CaptionBody.parse(row.body)
  const [messageId] = await albumOf(context.db, body.outboxId)
  if (messageId === undefined) return settle(sending, row, true, [])
  const words = shorten(toRich(body.text), CAPTION_MAX)
  return deliver(sending, row, true, async () => {
    const answer = await ask((api, signal) =>
      api.editMessageCaption(
        { chat_id: row.chatId, message_id: messageId, caption: words.text, caption_entities: toMessageEntities(words.entities) },
        signal,
      ),
    )
    if (!answer.ok && answer.why === 'no' && !isTokenRefused(answer)) return { ok: true, value: [] }
    return answer.ok ? { ok: true, value: [] } : answer
  })
}
