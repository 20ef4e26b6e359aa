/** Text and captions of requests: read, formatted, measured. */
import { z } from 'zod'
import { codePoints, formatText } from '../format-text.ts'
import type { Formatted } from '../parse-html.ts'
import { badRequest } from '../refusal.ts'
import type { Entity, JsonObject } from '../world-types.ts'

const MAX_TEXT = 4096
const MAX_CAPTION = 1024

const EntityJson = z.object({
  type: z.string(),
  offset: z.number(),
  length: z.number(),
  url: z.string().exactOptional(),
  language: z.string().exactOptional(),
  custom_emoji_id: z.string().exactOptional(),
})
const Text = z.object({ text: z.string(), parse_mode: z.string().optional(), entities: z.array(EntityJson).default([]) })
const Caption = z.object({ caption: z.string().default(''), parse_mode: z.string().optional(), caption_entities: z.array(EntityJson).default([]) })

/** The text of a message. `tooLong` differs between sending and editing. */
export function readText(parameters: JsonObject, tooLong: string): Formatted {
  const { text: source, parse_mode: mode, entities } = Text.parse(parameters)
  if (source === '') throw badRequest('message text is empty')
  const formatted = format(source, mode, entities)
  if (formatted.text === '') throw badRequest('text must be non-empty')
  if (codePoints(formatted.text) > MAX_TEXT) throw badRequest(tooLong)
  return formatted
}

/** The caption of a medium; empty when there is none. */
export function readCaption(parameters: JsonObject): Formatted {
  const { caption, parse_mode: mode, caption_entities: entities } = Caption.parse(parameters)
  const formatted = format(caption, mode, entities)
  if (codePoints(formatted.text) > MAX_CAPTION) throw badRequest('message caption is too long')
  return formatted
}

function format(source: string, mode: string | undefined, entities: readonly Entity[]): Formatted {
  for (const entity of entities)
    if (entity.type === 'text_link' && entity.url === undefined) throw badRequest('can\'t parse MessageEntity: Field "url" must be of type String')
  return formatText(source, mode, entities)
}
