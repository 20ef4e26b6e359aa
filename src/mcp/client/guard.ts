/** Looks at the bytes of a server before anybody parses them: how many, and how deep its JSON goes. Keeps nothing of them. */
import { MAX_CONNECTION_BYTES, MAX_DEPTH, MAX_LINES, MAX_MESSAGE_BYTES } from './caps.ts'

const [QUOTE, BACKSLASH, LF] = [0x22, 0x5c, 0x0a]
const MINUTE_MS = 60_000
const [BRACE, BRACKET, BRACE_END, BRACKET_END] = [0x7b, 0x5b, 0x7d, 0x5d]

export type Guard = {
  /** Why these bytes are too much, once they are. */
  readonly feed: (bytes: Uint8Array) => string | undefined
}

/** `lines`: each line is a message of its own; otherwise everything is one. */
export function createGuard({ lines }: { lines: boolean }): Guard {
  let [total, message, depth] = [0, 0, 0]
  let [inText, escaped] = [false, false]
  let [heard, since] = [0, Date.now()]
  const newMessage = (): void => {
    heard += 1
    message = 0
    depth = 0
    inText = false
    escaped = false
  }
  return {
    feed: (bytes) => {
      total += bytes.length
      if (Date.now() - since > MINUTE_MS) [heard, since] = [0, Date.now()]
      if (total > MAX_CONNECTION_BYTES) return `it said more than ${MAX_CONNECTION_BYTES / 1024 / 1024} MB in all`
      for (const byte of bytes) {
        message += 1
        if (lines && byte === LF) newMessage()
        else if (escaped) escaped = false
        else if (inText) {
          if (byte === BACKSLASH) escaped = true
          else if (byte === QUOTE) inText = false
        } else if (byte === QUOTE) inText = true
        else if (byte === BRACE || byte === BRACKET) {
          depth += 1
          if (depth > MAX_DEPTH) return `it sent JSON more than ${MAX_DEPTH} deep`
        } else if (byte === BRACE_END || byte === BRACKET_END) depth -= 1
        if (heard > MAX_LINES) return `it sent more than ${MAX_LINES} messages within a minute`
        if (message > MAX_MESSAGE_BYTES) return `it sent a message of more than ${MAX_MESSAGE_BYTES / 1024 / 1024} MB`
      }
      return undefined
    },
  }
}
