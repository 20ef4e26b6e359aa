/** What a tool of a server answered, as text for a model and data to keep as files. Nothing of it is decoded here. */
import type { Called, Kept } from '#orchestrator'
import { z } from 'zod'
import { MAX_KEPT, MAX_PARTS, MAX_TEXT } from './caps.ts'

const text = z.string()
const mimeType = z
  .string()
  .regex(/^[\w.+-]+\/[\w.+-]+$/u)
  .catch('application/octet-stream')
const Content = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('text'), text }),
    z.object({ type: z.literal('image'), data: text, mimeType }),
    z.object({ type: z.literal('audio'), data: text, mimeType }),
    z.object({ type: z.literal('resource_link'), uri: text, name: text.optional() }),
    z.object({ type: z.literal('resource'), resource: z.object({ uri: text, text: text.optional() }) }),
  ])
  .or(z.unknown().transform(() => undefined))
const Answer = z.looseObject({
  content: z.array(z.unknown()).default([]),
  structuredContent: z.unknown().optional(),
  isError: z.boolean().optional(),
  resultType: z.string().optional(),
})

const NO_ANSWER = 'It answered with nothing.'

/** Reads a result of `tools/call`; parts that are none are passed over. Throws for what is no answer but a question of the server's. */
export function readAnswer(raw: unknown): Extract<Called, { outcome: 'ok' | 'error' }> {
  const { content, structuredContent, isError, resultType } = Answer.parse(raw)
  if (resultType === 'input_required') throw new Error('input required')
  const kept: Kept[] = []
  const parts = content.slice(0, MAX_PARTS).flatMap((part) => {
    const block = Content.parse(part)
    return block === undefined ? [] : [wordsOf(block, kept)]
  })
  if (content.length > MAX_PARTS) parts.push(`[${content.length - MAX_PARTS} more parts are left out]`)
  if (parts.length === 0 && structuredContent !== undefined) parts.push(JSON.stringify(structuredContent))
  return { outcome: isError === true ? 'error' : 'ok', text: cutText(parts.join('\n').toWellFormed() || NO_ANSWER), kept }
}

function wordsOf(block: Exclude<z.infer<typeof Content>, undefined>, kept: Kept[]): string {
  switch (block.type) {
    case 'text':
      return block.text
    case 'image':
    case 'audio':
      if (kept.length >= MAX_KEPT) return `[one more ${block.mimeType}, left out: an answer may have ${MAX_KEPT}]`
      kept.push({ mediaType: block.mimeType, base64: block.data })
      return `[file ${kept.length}: ${block.mimeType}]`
    case 'resource_link':
      return `[link ${block.uri}${block.name === undefined ? '' : ` (${block.name})`}]`
    case 'resource':
      return block.resource.text ?? `[data at ${block.resource.uri}, which is no text]`
    default:
      return block satisfies never
  }
}

/** The beginning, with how much is missing. */
function cutText(whole: string): string {
  if (whole.length <= MAX_TEXT) return whole
  return `${whole.slice(0, MAX_TEXT).toWellFormed()}\n[… cut: ${whole.length - MAX_TEXT} of ${whole.length} characters are left out; ask for less at once]`
}
