/**
 * What stands before the first message of every request: the system prompt and the tools. Each text of it is one event, and an answer names
 * by its digest what it was made under, so that every prompt can be put together again from rows.
 */
import { digest, type ProjectId } from '#core'
import { appendBrief, type Db, type Tx } from '#db'
import type { ToolDefinition } from '#engines'

export type Prefix = { readonly system: string; readonly tools: readonly ToolDefinition[] }

/** Names a prefix, and what is told in place of messages behind it. */
export function prefixDigest({ system, tools }: Prefix, told: string | undefined): string {
  return digest('turn.prefix.v1', { system, tools: tools.map((tool) => JSON.stringify(tool)), ...(told === undefined ? {} : { told }) })
}

/** What this process knows to be written: there are a few texts, and a turn every second. */
const written = new WeakMap<Db, Set<string>>()

/** Writes it down unless it stands there already, in the transaction of the answer that was made under it. */
export async function keepPrefix(db: Db, tx: Tx, projectId: ProjectId, prefix: Prefix): Promise<void> {
  const brief = prefixDigest(prefix, undefined)
  const known = written.get(db) ?? new Set()
  if (known.has(`${projectId} ${brief}`)) return
  await appendBrief(tx, projectId, { brief, system: prefix.system, tools: prefix.tools.map((tool) => JSON.stringify(tool)) })
  written.set(db, known.add(`${projectId} ${brief}`))
}
