/** What an outbox row holds, by kind, as JSON. Only words and files; what a card shows is rendered when its turn comes, never stored here. */
import type { Span, Text } from '#core'
import { z } from 'zod'

const Span: z.ZodType<Span> = z.lazy(() =>
  z.union([
    z.string(),
    z.strictObject({ b: TextTree }),
    z.strictObject({ i: TextTree }),
    z.strictObject({ code: z.string() }),
    z.strictObject({ pre: z.string(), lang: z.string().exactOptional() }),
    z.strictObject({ quote: TextTree, expandable: z.boolean().exactOptional() }),
    z.strictObject({ link: TextTree, url: z.string() }),
  ]),
)
/** The text tree of `#core` as it is kept in a row. */
export const TextTree: z.ZodType<Text> = z.lazy(() => z.union([Span, z.array(TextTree)]))

/** `replyLost`: the message this answers is gone, which the text then says. */
export const TextBody = z.object({ text: TextTree, replyLost: z.boolean().exactOptional() })
/** `under`: the row whose first message it answers. */
const file = { filename: z.string(), caption: TextTree.exactOptional(), under: z.number().exactOptional(), replyLost: z.boolean().exactOptional() }
export const DocumentBody = z.union([z.object({ ...file, text: z.string() }), z.object({ ...file, base64: z.string() })])
/**
 * A diff: its beginning as it is, to be drawn when its turn comes, and its words, for the file and for where text stands in.
 * `asText`: why it goes out as text.
 */
export const PicturesBody = z.object({
  title: z.string(),
  head: TextTree,
  look: z.enum(['dark', 'light']),
  /** UTF-8 in base64: characters that no jsonb takes are among what must be seen. */
  beginning: z.string(),
  whole: z.boolean(),
  preview: TextTree,
  /** Whether the preview is all of it. */
  inline: z.boolean(),
  filename: z.string(),
  text: z.string(),
  caption: TextTree,
  asText: z.string().exactOptional(),
  replyLost: z.boolean().exactOptional(),
})
/** New words under the pictures of another row. */
export const CaptionBody = z.object({ outboxId: z.number(), text: TextTree })
export const CardBody = z.object({})
/** Those of Telegram's allowed reactions that Lugh uses. */
export const ReactionBody = z.object({ messageId: z.number().int(), emoji: z.enum(['👀', '👍', '👎', '🤔', '✍']) })
/** The answer to a press: at most 200 characters, as a toast or (alert) a box to close. */
export const CallbackBody = z.object({ callbackId: z.string(), text: z.string().exactOptional(), alert: z.boolean().exactOptional() })
/** `open` posts the question with a forced reply; the others take its keyboard away and say what came of it. */
export const PromptBody = z.object({
  promptId: z.string(),
  act: z.enum(['open', 'answered', 'cancelled']),
  text: z.string(),
  replyLost: z.boolean().exactOptional(),
})

/** The card's message is pinned, and those of earlier ones are not any more. */
export const PinBody = z.object({ unpin: z.array(z.number().int()) })

export type TextBody = z.infer<typeof TextBody>
export type DocumentBody = z.infer<typeof DocumentBody>
export type PicturesBody = z.infer<typeof PicturesBody>
export type CaptionBody = z.infer<typeof CaptionBody>
export type ReactionBody = z.infer<typeof ReactionBody>
export type CallbackBody = z.infer<typeof CallbackBody>
export type PromptBody = z.infer<typeof PromptBody>
export type PinBody = z.infer<typeof PinBody>

/** JSON that a jsonb column takes. `change` is applied to every text in it. */
export function storableJson(value: unknown, change: (text: string) => string = (text) => text): string {
  return JSON.stringify(value, (_key, member: unknown) => (typeof member === 'string' ? change(storableText(member)) : member))
}

/** NUL and lone surrogates, which no column takes, become U+FFFD. */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD')
}
