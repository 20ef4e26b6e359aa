/** Rich messages as far as the simulator plays them: paragraphs, code and quotes, with the marks that plain messages have, too. */
import { z } from 'zod'
import { codePoints } from '../format-text.ts'
import type { Formatted } from '../parse-html.ts'
import { badRequest } from '../refusal.ts'
import type { Entity, JsonObject } from '../world-types.ts'

const MAX_TEXT = 32_768
const MAX_BLOCKS = 500

type Rich = string | readonly Rich[] | { type: string; text: Rich; url?: string | undefined }
const Rich: z.ZodType<Rich> = z.lazy(() =>
  z.union([z.string(), z.array(Rich), z.object({ type: z.enum(['bold', 'italic', 'code', 'url']), text: Rich, url: z.string().optional() })]),
)
type Block = { type: string; text?: Rich | undefined; language?: string | undefined; blocks?: readonly Block[] | undefined }
const Block: z.ZodType<Block> = z.lazy(() =>
  z.union([
    z.object({ type: z.enum(['paragraph', 'expandable_blockquote']), text: Rich }),
    z.object({ type: z.literal('pre'), text: Rich, language: z.string().optional() }),
    z.object({ type: z.literal('blockquote'), blocks: z.array(Block) }),
  ]),
)
const Parameters = z.object({ rich_message: z.object({ blocks: z.array(Block) }) })

/** What the message says. Refuses what a plain block cannot show here, and what is too long. */
export function readRich(parameters: JsonObject): Formatted {
  const parsed = Parameters.safeParse(parameters)
  if (!parsed.success) throw badRequest('the simulator does not play this kind of rich message')
  const { blocks } = parsed.data.rich_message
  const out: Out = { text: '', entities: [] }
  writeBlocks(out, blocks)
  const text = out.text.trimEnd()
  if (text === '') throw badRequest('message text is empty')
  if (codePoints(text) > MAX_TEXT || count(blocks) > MAX_BLOCKS) throw badRequest('message is too long')
  return { text, entities: out.entities.map((one) => ({ ...one, length: Math.min(one.length, text.length - one.offset) })) }
}

type Out = { text: string; entities: Entity[] }

function count(blocks: readonly Block[]): number {
  return blocks.reduce((sum, block) => sum + 1 + count(block.blocks ?? []), 0)
}

function writeBlocks(out: Out, blocks: readonly Block[]): void {
  for (const block of blocks) {
    const offset = out.text.length
    if (block.blocks !== undefined) writeBlocks(out, block.blocks)
    else write(out, block.text ?? '')
    const length = out.text.trimEnd().length - offset
    if (block.type !== 'paragraph' && length > 0)
      out.entities.push({ type: block.type, offset, length, ...(block.language === undefined ? {} : { language: block.language }) })
    if (!out.text.endsWith('\n')) out.text += '\n'
  }
}

function write(out: Out, text: Rich): void {
  if (typeof text === 'string') out.text += text
  else if ('type' in text) {
    const offset = out.text.length
    write(out, text.text)
    const type = text.type === 'url' ? 'text_link' : text.type
    out.entities.push({ type, offset, length: out.text.length - offset, ...(text.url === undefined ? {} : { url: text.url }) })
  } else for (const part of text) write(out, part)
}
