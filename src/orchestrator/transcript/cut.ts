/** Where a conversation that has grown too long is cut: only before an answer, so that no call is parted from its result. Decides from the rows alone. */
import type { MessageRow } from '#db'
import { Message } from '#engines'
import { likelyTokens } from '../money/prompt-tokens.ts'

/**
 * The place of the first answer of those that fit into `tokens` together with everything after them; of the newest answer when not even
 * that fits. Undefined: there is no answer with something before it.
 */
export function cutAt(rows: readonly MessageRow[], tokens: number): number | undefined {
  let at: number | undefined
  let size = 0
  for (let n = rows.length - 1; n > 0; n -= 1) {
    const row = rows[n]
    if (row === undefined) continue
    size += likelyTokens({ system: '', tools: [], transcript: [Message.parse(row)] })
    if (row.role !== 'assistant') continue
    if (at !== undefined && size > tokens) break
    at = n
  }
  return at
}

/** How many characters of each tool's answer leave room for the rest, when the newest exchange alone is too much for `tokens`. */
export function clipTo(rows: readonly MessageRow[], tokens: number, charactersPerToken: number): number {
  const results = rows.flatMap((row) => Message.parse(row).content.flatMap((block) => (block.type === 'tool_result' ? [block.output.length] : [])))
  return Math.max(CLIP_LEAST, Math.floor((tokens * charactersPerToken) / Math.max(1, results.length)))
}

/** Less than this of an answer tells nothing. */
export const CLIP_LEAST = 300
