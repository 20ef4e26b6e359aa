/**
 * Preserved thinking: a thinking block carries a signature of everything that stood before it, and is refused when that changed. A
 * caller that rewrites history instead of appending to it is found out here.
 */
import { createHash } from 'node:crypto'
import { turnsOf, type Block, type Request } from './wire.ts'

/** The request's words with the marks that are not part of them left out. */
function prefix(request: Pick<Request, 'system' | 'tools'>, before: readonly { role: string; blocks: readonly Block[] }[]): string {
  return JSON.stringify([request.system, request.tools, before], (key, value: unknown) => (key === 'cache_control' ? undefined : value))
}

function sign(model: string, words: string): string {
  const digest = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 24)
  return `sim_${digest(model)}_${digest(words)}`
}

/** The signature of a thinking block that opens the answer to this request. */
export function signThinking(request: Request): string {
  const before = turnsOf(request).map(({ role, blocks }) => ({ role, blocks }))
  return sign(request.model, prefix(request, before))
}

/** The API's words about the first thinking block that does not fit what stands before it; undefined when all fit. Another model's blocks are passed over, as there. */
export function staleThinking(request: Request): string | undefined {
  const turns = turnsOf(request)
  for (const [n, turn] of turns.entries())
    for (const [at, block] of turn.blocks.entries()) {
      if (block.type !== 'thinking') continue
      const where = `messages.${turn.index}.content.${at}: Invalid \`signature\` in \`thinking\` block`
      if (!block.signature.startsWith('sim_')) return where
      const before = turns.slice(0, n).map(({ role, blocks }) => ({ role, blocks }))
      const wanted = sign(request.model, prefix(request, before))
      const [model, words] = [wanted.slice(0, 28), wanted.slice(28)]
      if (block.signature.slice(0, 28) === model && block.signature.slice(28) !== words)
        return `${where}. The block is bound to a different conversation. Remove the block, or set \`thinking.block_binding.prefix_mismatch_behavior\` to "drop_block".`
    }
  return undefined
}
