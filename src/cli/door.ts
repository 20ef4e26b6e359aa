/** The console's door: a Unix socket only the owner of LUGH_HOME can open. Whoever can, speaks as the owner. */
import { chmodSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { LughError, PersonId, errorText, plain, sayError, type Clock, type Ids } from '#core'
import { consolePerson, type Db } from '#db'
import { callCapability, txWithGit, type Act, type Caller, type Capability } from '#orchestrator'
import { type Answer, MAX_REQUEST_BYTES, MCP_PATH, MCP_UPGRADE, Request, socketPath } from './protocol.ts'

export type DoorOptions = {
  readonly home: string
  readonly db: Db
  readonly capabilities: readonly Capability[]
  readonly facts: Act['facts']
  readonly git: Act['git']
  readonly clock: Clock
  readonly ids: Ids
  readonly log: { warn(fields: object, event: string): void }
  /** Speaks MCP with a program until the stream ends. */
  readonly mcp?: (stream: Duplex, authorization: string | undefined) => Promise<void>
}

/** Listens until `close`. A socket left by an earlier life is replaced: the home's lock says that it is dead. */
export async function openDoor(options: DoorOptions): Promise<{ close(): Promise<void> }> {
  const path = socketPath(options.home)
  rmSync(path, { force: true })
  const server = createServer((request, response) => {
    void answer(options, request).then((body) => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(body))
    })
  })
  /** No connections of the server's any more: it would wait for them for ever, and not end them. */
  const spoken = new Set<Duplex>()
  server.on('upgrade', (request, socket, head) => {
    spoken.add(socket)
    socket.once('close', () => spoken.delete(socket))
    // Such a socket stays open on this side when the other has hung up.
    socket.once('end', () => socket.end())
    upgrade(options, request, socket, head)
  })
  await listen(server, path)
  chmodSync(path, 0o600)
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
        for (const socket of spoken) socket.destroy()
      }),
  }
}

/** `lugh mcp` goes on with the bare socket: lines of the protocol, both ways. */
function upgrade(options: DoorOptions, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { mcp } = options
  socket.on('error', () => socket.destroy())
  if (mcp === undefined || request.url !== MCP_PATH || request.headers.upgrade !== MCP_UPGRADE) {
    socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
    return
  }
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: ${MCP_UPGRADE}\r\nConnection: Upgrade\r\n\r\n`)
  socket.unshift(head)
  mcp(socket, request.headers.authorization).catch((error: unknown) => {
    options.log.warn({ error: errorText(error) }, 'mcp.failed')
    socket.destroy()
  })
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => resolve())
  })
}

async function answer(options: DoorOptions, request: IncomingMessage): Promise<Answer> {
  try {
    const { verb, argv, key } = Request.parse(JSON.parse(await readBody(request)))
    const found = options.capabilities.find(({ doors }) => 'verb' in doors.cli && doors.cli.verb === verb)
    if (found === undefined || 'none' in found.doors.cli)
      throw new LughError('not-found', `There is no \`${verb}\`. \`lugh help\` lists what there is.`)
    const input = found.doors.cli.parse(argv)
    const output = await txWithGit(options.db, options.git, async (tx, git) => {
      const person = await consolePerson(tx, PersonId.parse(options.ids.uuid()))
      const caller: Caller = { personId: person.id, role: 'owner', name: person.name, door: 'cli', callKey: `cli:${key}` }
      return callCapability(found, { tx, caller, clock: options.clock, ids: options.ids, facts: options.facts, git }, input)
    })
    const say = found.say(output)
    return { ok: true, output, say: say === undefined ? null : plain(say) }
  } catch (error) {
    if (!(error instanceof LughError)) options.log.warn({ error: errorText(error) }, 'cli.failed')
    return { ok: false, code: error instanceof LughError ? error.code : 'internal', say: sayError(error) }
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    const piece = Buffer.from(chunk)
    size += piece.length
    if (size > MAX_REQUEST_BYTES) throw new LughError('input.invalid', 'That is too long for one request.')
    chunks.push(piece)
  }
  return Buffer.concat(chunks).toString('utf8')
}
