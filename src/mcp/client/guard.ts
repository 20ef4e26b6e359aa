/** Looks at the bytes of a server before anybody parses them: how many, and how deep its JSON goes. Keeps nothing of them. */
import { MAX_CONNECTION_BYTES, MAX_DEPTH, MAX_LINES, MAX_MESSAGE_BYTES, MAX_VALUES } from './caps.ts'

const [QUOTE, BACKSLASH, LF, CR, COMMA] = [0x22, 0x5c, 0x0a, 0x0d, 0x2c]
/** How a line of data begins, as no other line of server-sent events does. */
const DATA = 0x64
const MINUTE_MS = 60_000
const [BRACE, BRACKET, BRACE_END, BRACKET_END] = [0x7b, 0x5b, 0x7d, 0x5d]

export type Guard = {
  /** Why these bytes are too much, once they are. */
  readonly feed: (bytes: Uint8Array) => string | undefined
}

/**
 * `lines`: each line is a message of its own. `events`: a message is the `data` lines up to the next empty one, as server-sent events are; other
 * lines are no JSON. `one`: everything is one message.
 */
export function createGuard(form: 'lines' | 'events' | 'one'): Guard {
  let [total, message, depth, values] = [0, 0, 0, 0]
  let [inText, escaped, skipped] = [false, false, false]
  let [heard, since, column, last] = [0, Date.now(), 0, 0]
  const newMessage = (): void => {
    heard += 1
    message = 0
    depth = 0
    values = 0
  }
  const newLine = (): void => {
    // JSON has no line break inside of text.
    inText = false
    escaped = false
    if (form === 'lines' || (form === 'events' && column === 0)) newMessage()
    column = 0
    skipped = false
  }
  const feed = (byte: number): void => {
    // What is not of ASCII may be the mark a stream can begin with, which is no part of its first line.
    if (column === 0) skipped = form === 'events' && byte !== DATA && byte < 0x80
    column += 1
    if (skipped) return
    if (escaped) escaped = false
    else if (inText) {
      if (byte === BACKSLASH) escaped = true
      else if (byte === QUOTE) inText = false
    } else if (byte === QUOTE) inText = true
    else if (byte === COMMA) values += 1
    else if (byte === BRACE || byte === BRACKET) {
      depth += 1
      values += 1
    } else if (byte === BRACE_END || byte === BRACKET_END) depth -= 1
  }
  return {
    feed: (bytes) => {
      total += bytes.length
      if (Date.now() - since > MINUTE_MS) [heard, since] = [0, Date.now()]
      if (total > MAX_CONNECTION_BYTES) return `it said more than ${MAX_CONNECTION_BYTES / 1024 / 1024} MB in all`
      for (const byte of bytes) {
        message += 1
        if (byte === LF ? form !== 'events' || last !== CR : byte === CR && form === 'events') newLine()
        else if (byte !== LF) feed(byte)
        last = byte
        if (depth > MAX_DEPTH) return `it sent JSON more than ${MAX_DEPTH} deep`
        if (values > MAX_VALUES) return `it sent JSON of more than ${MAX_VALUES} parts`
        if (heard > MAX_LINES) return `it sent more than ${MAX_LINES} messages within a minute`
        if (message > MAX_MESSAGE_BYTES) return `it sent a message of more than ${MAX_MESSAGE_BYTES / 1024 / 1024} MB`
      }
      return undefined
    },
  }
}
