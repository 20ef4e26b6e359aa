/** Words of an agent while they come: told in passing by whoever hears them, shown by whoever can. Nothing depends on it, and nothing is kept. */
import type { ConversationId } from './ids.ts'

/** All of the words so far; undefined: they are over. `task`: its number. */
export type Draft = { readonly conversationId: ConversationId; readonly task: number; readonly text: string | undefined }
export type Drafts = { say(draft: Draft): void; listen(listener: (draft: Draft) => void): () => void }

export function createDrafts(): Drafts {
  const listeners = new Set<(draft: Draft) => void>()
  return {
    say: (draft) => {
      for (const listener of listeners) listener(draft)
    },
    listen: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
