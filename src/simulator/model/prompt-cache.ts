/** The prompt cache, counted as the provider bills it: reads and writes at marked places of the prompt. It saves nothing here but figures. */
import { createHash } from 'node:crypto'
import { tokensIn, withoutPictures } from './check-request.ts'
import { blocksOf, type Request } from './wire.ts'

export type Usage = {
  readonly input_tokens: number
  readonly cache_read_input_tokens: number
  readonly cache_creation_input_tokens: number
  readonly output_tokens: number
}

/** Prefixes remembered; beyond that everything is forgotten, as a real cache forgets after minutes. */
const PREFIXES_MAX = 10_000

export type PromptCache = { readonly count: (request: Request) => Omit<Usage, 'output_tokens'> }

/** An empty cache. `count` answers what a request reads and writes, and remembers what it wrote. */
export function createPromptCache(): PromptCache {
  const known = new Set<string>()
  return {
    count: (request) => {
      const parts = partsOf(request)
      let words = `${request.model}\n`
      let read = 0
      let marked = 0
      const keys: string[] = []
      for (const part of parts) {
        words += part.words
        if (!part.marked) continue
        marked = tokensIn(words)
        const key = createHash('sha256').update(words).digest('base64url')
        if (known.has(key)) read = marked
        keys.push(key)
      }
      if (known.size > PREFIXES_MAX) known.clear()
      for (const key of keys) known.add(key)
      return { input_tokens: tokensIn(words) - marked, cache_read_input_tokens: read, cache_creation_input_tokens: marked - read }
    },
  }
}

/** The prompt in the order it is read: tools, system, messages. */
function partsOf(request: Request): { words: string; marked: boolean }[] {
  const system = typeof request.system === 'string' ? [{ type: 'text', text: request.system }] : (request.system ?? [])
  const parts = [
    ...(request.tools ?? []),
    ...system,
    ...request.messages.flatMap(({ role, content }) => blocksOf(content).map((block) => ({ role, ...block }))),
  ]
  return parts.map((part) => ({
    words: JSON.stringify(part, (key, value: unknown) => (key === 'cache_control' ? undefined : withoutPictures(key, value))),
    marked: 'cache_control' in part && part.cache_control !== undefined && part.cache_control !== null,
  }))
}
