/**
 * A server behind the walls, spoken with over its standard streams: one message a line. It has a HOME of its own and the places it was
 * allowed; too much of anything, and its end, close the connection with a sentence.
 */
import { PassThrough } from 'node:stream'
import { type JSONRPCMessage, parseJSONRPCMessage, type Transport } from '@modelcontextprotocol/client'
import { errorText, oneLine } from '#core'
import type { Finished, Sandbox, SandboxedCommand } from '#sandbox'
import { createGuard } from './guard.ts'

/** A server lives as long as its task works, which may be most of a day. */
const LIFE_MS = 24 * 60 * 60_000
/** Its last words for a person: enough for the line that matters. */
const LAST_WORDS = 300
const LF = 0x0a

export type Program = Pick<SandboxedCommand, 'cwd' | 'writable' | 'readable' | 'home' | 'env' | 'network'> & {
  readonly argv: readonly [string, ...string[]]
}

export type Talking = Transport & {
  /** Why it is over, in a sentence, and where it was stopped; undefined while it runs. */
  readonly over: () => { readonly why: string; readonly finished?: Finished } | undefined
}

export function talkTransport(sandbox: Sandbox, program: Program): Talking {
  const stop = new AbortController()
  const guard = createGuard('lines')
  const stdin = new PassThrough() // what is said before it runs waits here
  let over: ReturnType<Talking['over']>
  let ended: Promise<void> = Promise.resolve()
  let pending: Buffer[] = []

  const end = (why: string, finished?: Finished): void => {
    if (over === undefined) over = { why, ...(finished === undefined ? {} : { finished }) }
    else if (finished !== undefined) over = { ...over, finished }
    pending = []
    stop.abort()
  }
  const hear = (line: Buffer): void => {
    if (over !== undefined) return
    let message: JSONRPCMessage
    try {
      message = parseJSONRPCMessage(JSON.parse(line.toString('utf8')))
    } catch {
      return // servers print what is no message; it is passed over
    }
    transport.onmessage?.(message)
  }
  const onStdout = (bytes: Uint8Array): void => {
    if (over !== undefined) return
    const much = guard.feed(bytes)
    if (much !== undefined) return end(much)
    let from = 0
    for (let at = bytes.indexOf(LF); at !== -1; at = bytes.indexOf(LF, from)) {
      hear(Buffer.concat([...pending, bytes.subarray(from, at)]))
      pending = []
      from = at + 1
    }
    if (from < bytes.length && over === undefined) pending.push(Buffer.from(bytes.subarray(from)))
  }
  const run = async (): Promise<void> => {
    try {
      const { argv, ...place } = program
      const finished = await sandbox.run({
        ...place,
        command: argv,
        lasting: true,
        limits: { timeoutMs: LIFE_MS },
        signal: stop.signal,
        talk: { onStart: (input) => void stdin.pipe(input), onStdout },
      })
      end(lastWords(finished), finished)
    } catch (error) {
      end(`it could not be started: ${errorText(error)}`)
    }
    transport.onclose?.()
  }
  const transport: Talking = {
    over: () => over,
    start: () => {
      ended = run()
      return Promise.resolve()
    },
    send: (message) => {
      if (over !== undefined) return Promise.reject(new Error(over.why))
      stdin.write(`${JSON.stringify(message)}\n`)
      return Promise.resolve()
    },
    close: async () => {
      end('Lugh ended it')
      await ended
    },
  }
  return transport
}

function lastWords({ exitCode, endedBy, limit, stderr }: Finished): string {
  const how =
    endedBy === 'limit'
      ? `it was ended: ${limit ?? 'it used too much'}`
      : endedBy === 'output-cap'
        ? 'it printed too much'
        : `it ended (exit code ${exitCode ?? 'unknown'})`
  const lines = stderr.trim().split('\n')
  const said = oneLine(lines.findLast((line) => /\w+Error: |\berror\b/iu.test(line)) ?? lines.slice(-3).join(' '), LAST_WORDS)
  return said === '' ? how : `${how}; its last words: ${said}`
}
