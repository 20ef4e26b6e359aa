/** Reads along what a provider answers, to know what it cost, while every byte passes on as it came. It never holds an answer back. */
import type { TokenUsage } from '../prices.ts'
import type { Format } from './formats.ts'

/** One event of a stream, or one whole answer; what is longer is passed on and not looked at. Pictures aside, answers stay below 1 MiB. */
const LOOKED_AT_BYTES = 8 * 1024 * 1024

export type Tap = {
  /** Takes the next bytes, answers what of them to pass on. */
  readonly pass: (bytes: Uint8Array) => string | Uint8Array
  /** After the last byte: what is still to be passed on. */
  readonly end: () => string
  /** Undefined: it did not say. */
  readonly usage: () => TokenUsage | undefined
}

/** For a stream of events. `hidesUsage`: the engine did not ask for the chunk that only counts, so it is left out. */
export function tapStream(format: Format, hidesUsage: boolean): Tap {
  const decoder = new TextDecoder()
  let usage: TokenUsage | undefined
  let rest = ''
  const read = (event: string): unknown => {
    const data = event
      .split(/\r?\n/u)
      .flatMap((line) => (line.startsWith('data:') ? [line.slice(5).trimStart()] : []))
      .join('\n')
    const said = parse(data)
    if (said !== undefined) usage = format.usage(said, usage)
    return said
  }
  /** Whole events out of what has come. */
  const take = (text: string): string[] => {
    rest += text
    const events: string[] = []
    for (let found = /\r?\n\r?\n/u.exec(rest); found !== null; found = /\r?\n\r?\n/u.exec(rest)) {
      const end = found.index + found[0].length
      events.push(rest.slice(0, end))
      rest = rest.slice(end)
    }
    if (rest.length > LOOKED_AT_BYTES) {
      events.push(rest)
      rest = ''
    }
    return events
  }
  const kept = (event: string): string => (onlyCounts(read(event)) && hidesUsage ? '' : event)
  return {
    pass: (bytes) => {
      const events = take(decoder.decode(bytes, { stream: true }))
      const text = events.map(kept).join('')
      return hidesUsage ? text : bytes
    },
    end: () => {
      const left = rest + decoder.decode()
      rest = ''
      return left === '' ? '' : hidesUsage ? kept(left) : (read(left), '')
    },
    usage: () => usage,
  }
}

/** For an answer that comes in one piece. */
export function tapWhole(format: Format): Tap {
  const pieces: Uint8Array[] = []
  let size = 0
  return {
    pass: (bytes) => {
      size += bytes.length
      if (size <= LOOKED_AT_BYTES) pieces.push(bytes)
      return bytes
    },
    end: () => '',
    usage: () => (size > LOOKED_AT_BYTES ? undefined : format.usage(parse(Buffer.concat(pieces).toString('utf8')), undefined)),
  }
}

/** A chunk of chat completions that holds no choice is there for its count alone. */
function onlyCounts(said: unknown): boolean {
  return typeof said === 'object' && said !== null && 'choices' in said && Array.isArray(said.choices) && said.choices.length === 0
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // `[DONE]`, a ping, or the half of an event
  }
}
