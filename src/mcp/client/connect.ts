/**
 * One connection to a server: started or reached, asked what it lists, called. Lugh offers it nothing: no sampling, no questions to a person, no
 * roots. What it says of its answers' form is not compiled, since that is a program of the server's own making.
 */
import { Client, type JsonSchemaValidator, type jsonSchemaValidator } from '@modelcontextprotocol/client'
import { join } from 'node:path'
import { LughError, oneLine } from '#core'
import { parseHostPort, type Blocked, type Finished, type Sandbox } from '#sandbox'
import type { Called, Listing, Server, ServerPlace } from '#orchestrator'
import { z } from 'zod'
import { CALL_MS, CONNECT_MS, LIST_MS, MAX_PAGES, PROBE_MS } from './caps.ts'
import { fitTools } from './fit-tools.ts'
import { httpTransport, type Reaching } from './http-transport.ts'
import { readAnswer } from './read-answer.ts'
import { talkTransport } from './talk-transport.ts'

const HTTPS = 443
/** Characters of what a server says about its own failure. */
const SAID_MAX = 300

export type Room = {
  readonly sandbox: Sandbox
  /** LUGH_HOME. */
  readonly home: string
  readonly version: string
  /** The value of a name in Lugh's environment, now; undefined: not set, or not one that may be passed on. */
  readonly reference: (name: string) => string | undefined
  /** Shorter than usual, for tests. */
  readonly patience?: { readonly connectMs: number; readonly callMs: number }
}

export type Connection = {
  /** What it lists now; asked for again when it said that it changed, or after a while. */
  readonly list: () => Promise<Listing>
  readonly call: (tool: string, input: unknown, signal: AbortSignal) => Promise<Called>
  /** Why it is over, and where it was stopped. */
  readonly over: () => { readonly why: string; readonly blocked: readonly Blocked[] } | undefined
  readonly close: () => Promise<void>
}

/** What a connection could not be made for. */
export class NotConnected extends Error {
  readonly login: boolean
  readonly blocked: readonly Blocked[]

  constructor(why: string, login: boolean, blocked: readonly Blocked[]) {
    super(why)
    this.login = login
    this.blocked = blocked
  }
}

/** Trusts every answer to have the form it has: it is read by a schema of Lugh's own. The library's type wants the form's own type, which nobody knows. */
const believing: jsonSchemaValidator = { getValidator: () => believe }
function believe(data: unknown): ReturnType<JsonSchemaValidator<never>> {
  return isAnything(data) ? { valid: true, data, errorMessage: undefined } : { valid: false, data: undefined, errorMessage: 'nothing' }
}
function isAnything(_data: unknown): _data is never {
  return true
}

type Line = Pick<Reaching, 'transport'> &
  Partial<Pick<Reaching, 'refused' | 'goodbye'>> & { readonly over: () => { readonly why: string; readonly finished?: Finished } | undefined }

/** Connects and asks for the first list. Throws `NotConnected` with a sentence; nothing of it is left then. */
export async function connect(room: Room, server: Server, place: ServerPlace, signal: AbortSignal): Promise<Connection> {
  const first = await attempt(room, server, place, signal, 'auto')
  if (first.ok) return first.connection
  // One that ends, or never answers, when it is asked in a protocol it does not know.
  const again = first.failure.login || first.failure.blocked.length > 0 ? first : await attempt(room, server, place, signal, 'legacy')
  if (again.ok) return again.connection
  throw again.failure
}

type Attempt = { readonly ok: true; readonly connection: Connection } | { readonly ok: false; readonly failure: NotConnected }

async function attempt(room: Room, server: Server, place: ServerPlace, signal: AbortSignal, mode: 'auto' | 'legacy'): Promise<Attempt> {
  const line = lineTo(room, server, place)
  const client = new Client(
    { name: 'lugh', version: room.version },
    {
      capabilities: {},
      versionNegotiation: mode === 'auto' ? { mode, probe: { timeoutMs: Math.min(PROBE_MS, room.patience?.connectMs ?? PROBE_MS) } } : { mode },
      jsonSchemaValidator: believing,
      inputRequired: { autoFulfill: false },
      listChanged: { tools: { autoRefresh: false, onChanged: () => (stale = true) } },
    },
  )
  let stale = false
  const { connectMs = CONNECT_MS, callMs = CALL_MS } = room.patience ?? {}
  const options = { timeout: connectMs, maxTotalTimeout: connectMs, signal }
  try {
    await client.connect(line.transport, options)
    let listing = fitTools(server.name, await listAll(client, options))
    let listedAt = Date.now()
    const connection: Connection = {
      over: () => overOf(line),
      close: async () => {
        await line.goodbye?.()
        await client.close().catch(() => undefined)
      },
      list: async () => {
        if (!stale && Date.now() - listedAt < LIST_MS) return listing
        stale = false
        listing = fitTools(server.name, await listAll(client, options))
        listedAt = Date.now()
        return listing
      },
      call: (tool, input, own) => callTool(client, line, tool, input, { timeout: callMs, maxTotalTimeout: callMs, signal: own }),
    }
    return { ok: true, connection }
  } catch (error) {
    await client.close().catch(() => undefined)
    await line.transport.close().catch(() => undefined)
    signal.throwIfAborted()
    const over = overOf(line)
    const refused = line.refused?.()
    const why = over?.why === undefined || over.why === 'Lugh ended it' ? (refused?.why ?? wordsOf(error)) : over.why
    return { ok: false, failure: new NotConnected(why, refused?.login ?? isLogin(error), over?.blocked ?? []) }
  }
}

/** A page as it comes: a tool that is none must not cost the others. */
const Page = z.looseObject({ tools: z.array(z.unknown()), nextCursor: z.string().optional() })

async function listAll(client: Client, options: Options): Promise<unknown[]> {
  const tools: unknown[] = []
  let cursor: string | undefined
  for (let page = 0; page < MAX_PAGES; page++) {
    const params = cursor === undefined ? {} : { cursor }
    const listed = await client.request({ method: 'tools/list', params }, Page, options)
    tools.push(...listed.tools)
    cursor = listed.nextCursor
    if (cursor === undefined) return tools
  }
  throw new LughError('input.invalid', `its list of tools has more than ${MAX_PAGES} pages`)
}

type Options = { readonly timeout: number; readonly maxTotalTimeout: number; readonly signal: AbortSignal }

const AnyResult = z.looseObject({})

async function callTool(client: Client, line: Line, tool: string, input: unknown, options: Options): Promise<Called> {
  try {
    const args = typeof input === 'object' && input !== null ? { ...input } : {}
    // Not by the library's own call: its schema of an answer spends seconds, and gigabytes of words, on one of many broken parts.
    return readAnswer(await client.request({ method: 'tools/call', params: { name: tool, arguments: args } }, AnyResult, options))
  } catch (error) {
    options.signal.throwIfAborted()
    const refused = line.refused?.()
    return { outcome: 'failed', why: overOf(line)?.why ?? refused?.why ?? wordsOf(error), login: refused?.login ?? isLogin(error) }
  }
}

function overOf({ over }: Line): { why: string; blocked: readonly Blocked[] } | undefined {
  const ended = over()
  return ended === undefined ? undefined : { why: ended.why, blocked: ended.finished?.traffic?.blocked ?? [] }
}

/** The way to a server; nothing runs or is reached before it is connected. Throws `NotConnected` when a secret is missing. */
function lineTo(room: Room, server: Server, place: ServerPlace): Line {
  const { definition } = server
  if (definition.kind === 'http') {
    return httpTransport(definition.url, resolved(room, definition.headers, asHeader))
  }
  const { status } = room.sandbox
  if (status.walls === 'none')
    throw new NotConnected(`servers that are programs run only behind the sandbox, and there is none (${status.why}). ${status.fix}`, false, [])
  const [program = '', ...args] = definition.argv
  const worktree = place.worktree === undefined ? [] : [place.worktree]
  const home = join(room.home, 'connectors', server.id, place.home)
  const rules = definition.hosts.flatMap((text) => {
    const found = parseHostPort(text, HTTPS)
    return found === undefined ? [] : [{ ...found, private: false }]
  })
  const transport = talkTransport(room.sandbox, {
    argv: [program, ...args],
    cwd: place.worktree ?? home,
    home,
    writable: definition.writes ? worktree : [],
    readable: [...worktree, ...place.readable, ...definition.reads],
    env: resolved(room, definition.env, (_name, value) => value),
    network: { rules },
  })
  return { transport, over: transport.over }
}

function resolved(room: Room, references: Readonly<Record<string, string>>, as: (name: string, value: string) => string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(references).map(([name, reference]) => {
      const variable = reference.replace(/^env:/u, '')
      const value = room.reference(variable)
      if (value === undefined) throw new NotConnected(`${variable} is not set: put it into the .env of LUGH_HOME, then try again`, true, [])
      return [name, as(name, value)]
    }),
  )
}

/** A token alone is one to bear. */
function asHeader(name: string, value: string): string {
  return name.toLowerCase() === 'authorization' && !value.includes(' ') ? `Bearer ${value}` : value
}

function isLogin(error: unknown): boolean {
  const said = error instanceof Error ? `${error.name} ${error.message} ${'status' in error ? String(error.status) : ''}` : ''
  return error instanceof NotConnected ? error.login : /\b40[13]\b|Unauthorized|InsufficientScope|Authentication/u.test(said)
}

/** What went wrong, in its own words and without line breaks. */
function wordsOf(error: unknown): string {
  if (error instanceof LughError) return error.say
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : ''
  const said = error instanceof Error ? `${error.message}${cause}` : String(error)
  if (/timed out|timeout/iu.test(said)) return 'it did not answer in time'
  if (/Invalid result/iu.test(said)) return 'its answer does not have the form that the protocol asks for'
  if (/input.?required/iu.test(said)) return 'it asked for something that Lugh gives no server: a model, files or a person'
  return oneLine(said, SAID_MAX)
}
