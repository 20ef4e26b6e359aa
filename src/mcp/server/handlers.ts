/** What is answered to each method of the protocol, for one principal. Whoever connects it says in which era; nothing here knows. */
import {
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  type HandlerResultTypeMap,
  type RequestTypeMap,
  type Server,
  type ServerContext,
} from '@modelcontextprotocol/server'
import { nameHidden } from '#core'
import { z } from 'zod'
import { askHere, answerHere } from './ask-here.ts'
import { attempt, callTool, type Arguments, type Room } from './call-tool.ts'
import { MAX_ARGUMENT_DEPTH, isDeeper } from './depth.ts'
import type { Moves } from './moves.ts'
import type { Principal } from './principal.ts'
import { getPrompt, listPrompts } from './prompts.ts'
import { result } from './result.ts'
import { complete, listResources, listTemplates, readResource } from './resources.ts'
import { findTool, isOffered, type Tool } from './tools.ts'
import type { Updates } from './updates.ts'
import { waitWith } from './wait.ts'
import { beginWait, hasTasks } from './wait-task.ts'

export type Method =
  | 'tools/list'
  | 'tools/call'
  | 'resources/list'
  | 'resources/templates/list'
  | 'resources/read'
  | 'resources/subscribe'
  | 'resources/unsubscribe'
  | 'prompts/list'
  | 'prompts/get'
  | 'completion/complete'

/** One handler for each method. */
export type Handlers = {
  readonly [M in Method]: (request: RequestTypeMap[M], context: ServerContext) => HandlerResultTypeMap[M] | Promise<HandlerResultTypeMap[M]>
}

/** The addresses a connection of the older protocol wants to be told of. */
export type Watched = { readonly uris: ReadonlySet<string>; set(uris: ReadonlySet<string>): Promise<void> }

export type Served = { readonly room: Room; readonly moves: Moves; readonly updates: Updates; readonly who: Principal; readonly watched?: Watched }

/** Addresses one connection may watch: the tasks of a busy week. */
export const MAX_WATCHED = 500

/** Tools are few, and a page of all of them spares a round trip. */
function listTools({ room, who }: Served): { tools: Tool['listed'][] } {
  const offered = room.tools.filter((tool) => isOffered(tool, who.scopes))
  return { tools: offered.map(({ listed }) => (room.literalNames ? { ...listed, name: `lugh/${listed.name}` } : listed)) }
}

/** Those of Lugh. */
export function handlersOf(served: Served, server: Server): Handlers {
  const { room, who } = served
  return {
    'tools/list': ({ params }) => {
      if (params?.cursor !== undefined)
        throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'There is no such page: all tools stand on the first.')
      return listTools(served)
    },
    'tools/call': async ({ params }, context) => {
      const tool = findTool(room.tools, params.name)
      if (tool === undefined || !isOffered(tool, who.scopes)) throw unknownTool(served, params.name, tool)
      const input = params.arguments ?? {}
      if (isDeeper(input, MAX_ARGUMENT_DEPTH))
        throw new ProtocolError(
          ProtocolErrorCode.InvalidParams,
          `The arguments of ${tool.name} are nested more than ${MAX_ARGUMENT_DEPTH} deep. Send them flatter.`,
        )
      if (tool.door.wait === undefined) return result(await callTool(room, who, tool, input))
      return waitFor(served, server, tool, input, context)
    },
    'resources/list': ({ params }) => listResources(served, params?.cursor),
    'resources/templates/list': () => listTemplates(),
    'resources/read': ({ params }) => readResource(served, params.uri),
    'resources/subscribe': ({ params: { uri } }) => watch(served, uri),
    'resources/unsubscribe': async ({ params: { uri } }) => {
      const { watched } = served
      if (watched?.uris.has(uri) === true) await watched.set(new Set([...watched.uris].filter((one) => one !== uri)))
      return {}
    },
    'prompts/list': () => listPrompts(),
    'prompts/get': ({ params }) => getPrompt(served, params.name, params.arguments),
    'completion/complete': ({ params: { ref, argument } }) => complete(served, 'uri' in ref ? ref.uri : ref.name, argument.name, argument.value),
  }
}

async function watch(served: Served, uri: string): Promise<Record<string, never>> {
  const { watched } = served
  if (watched === undefined)
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'This connection is not told of anything: begin a session, or use subscriptions/listen.')
  await readResource(served, uri).catch((error: unknown) => {
    throw error instanceof ProtocolError ? error : new ResourceNotFoundError(uri)
  })
  if (!watched.uris.has(uri) && watched.uris.size >= MAX_WATCHED)
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, `${MAX_WATCHED} resources are watched already; unsubscribe from one first.`)
  if (!watched.uris.has(uri)) await watched.set(new Set([...watched.uris, uri]))
  return {}
}

function unknownTool({ room, who }: Served, name: string, known: Tool | undefined): ProtocolError {
  const shown = nameHidden(name.slice(0, 80))
  const why =
    known === undefined
      ? `There is no tool ${shown}; tools/list lists them.`
      : `${shown} needs a token with ${known.needs}; this one has ${who.scopes.join(', ')}.`
  room.log.warn({ tool: shown, token: who.key }, 'mcp.unknown-tool')
  return new ProtocolError(ProtocolErrorCode.InvalidParams, why)
}

const Progress = z.union([z.string(), z.number()])

async function waitFor(served: Served, server: Server, tool: Tool, input: Arguments, context: ServerContext) {
  const { room, moves, who } = served
  const { mcpReq } = context
  if (hasTasks(context) && input['timeout_seconds'] !== 0) {
    const now = await attempt(room, who, tool, { ...input, timeout_seconds: 0 })
    if (now.ok && tool.door.wait?.done(now.output) === false) return beginWait(served, now, input)
  }
  await answerHere(served, mcpReq.inputResponses)
  const token = Progress.safeParse(mcpReq._meta?.progressToken)
  let steps = 0
  const progress = async (step: string): Promise<void> => {
    const message = nameHidden(step)
    await mcpReq.log('info', message, 'lugh')
    if (!token.success) return
    steps += 1
    await mcpReq.notify({ method: 'notifications/progress', params: { progressToken: token.data, progress: steps, message } })
  }
  const ask = askHere(served, server, input, context)
  const answer = await waitWith(room, moves, who, tool, input, { signal: mcpReq.signal, progress })
  return (await ask(answer)) ?? result(answer)
}
