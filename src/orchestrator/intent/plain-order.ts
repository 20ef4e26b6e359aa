/** What a few plain written sentences mean: the same rules as for spoken ones, but only what changes nothing without a tap, and only whole sentences. Pure. */
import { readIntent } from './read-intent.ts'

export type PlainOrder = { readonly capability: string; readonly input: Record<string, unknown> }

/** `checkpoint before stripe`, `back to C7` and `go back to before stripe`; undefined for everything else, which is a wish. */
export function plainOrder(text: string): PlainOrder | undefined {
  const { intent, confidence, checkpoint, words } = readIntent(text)
  if (confidence < 1) return undefined
  if (intent === 'checkpoint') return { capability: 'create_checkpoint', input: words === undefined ? {} : { name: words } }
  if (intent !== 'restore') return undefined
  if (checkpoint !== undefined) return { capability: 'restore_checkpoint', input: { checkpoint } }
  return words === undefined ? undefined : { capability: 'restore_checkpoint', input: { name: words } }
}
