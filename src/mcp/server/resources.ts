/** What a client may read by address: the same capabilities the tools call, under the same rights. Nothing is read past them. */
import { ProtocolError, ProtocolErrorCode, ResourceNotFoundError } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { callTool, type Arguments } from './call-tool.ts'
import type { Served } from './handlers.ts'
import { findTool } from './tools.ts'

const JSON_TYPE = 'application/json'
/** A page of tasks; older ones by the cursor. */
const PAGE = 50
/** Values a completion offers, as the protocol allows. */
const MOST_VALUES = 100

type Template = {
  readonly uriTemplate: string
  readonly name: string
  readonly description: string
  readonly mimeType: string
  /** What the parts of the address name; undefined: nothing of that name. Refusals of the tools it asks pass. */
  readonly read: (served: Served, parts: readonly string[]) => Promise<unknown>
}

const Named = z.looseObject({
  name: z.string().optional(),
  id: z.string().optional(),
  checkpoint: z.number().optional(),
  checkpoint_id: z.string().optional(),
})
const List = z.array(Named).catch([])
type Named = z.infer<typeof Named>
const taskOf = (part = ''): Arguments => ({ task: Number(part.replace(/^T/iu, '')) })

const TEMPLATES: readonly Template[] = [
  {
    uriTemplate: 'lugh://projects/{name}',
    name: 'project',
    description: 'A project: where it is and which branch work lands on.',
    mimeType: JSON_TYPE,
    read: async (served, [name]) => List.parse((await ask(served, 'list_projects', {}))['projects']).find((project) => project.name === name),
  },
  {
    uriTemplate: 'lugh://tasks/{number}',
    name: 'task',
    description: 'A task: state, plan, cost, change, and what it waits for.',
    mimeType: JSON_TYPE,
    read: (served, [number]) => ask(served, 'get_task', taskOf(number)),
  },
  {
    uriTemplate: 'lugh://tasks/{number}/diff',
    name: 'diff',
    description: 'What a task would change, as a unified diff.',
    mimeType: 'text/x-diff',
    read: async (served, [number]) => (await ask(served, 'get_diff', taskOf(number)))['patch'],
  },
  {
    uriTemplate: 'lugh://sessions/{id}',
    name: 'session',
    description: 'The transcript of one run of an agent; get_task names it. Longer ones a page at a time with show_session.',
    mimeType: JSON_TYPE,
    read: (served, [session]) => ask(served, 'show_session', { session }),
  },
  {
    uriTemplate: 'lugh://agents/{id}',
    name: 'agent',
    description: 'A named agent: its role, its engine, and whether it is at work.',
    mimeType: JSON_TYPE,
    read: async (served, [id]) => (await everywhere(served, 'list_agents', 'agents')).find((agent) => agent.id === id),
  },
  {
    uriTemplate: 'lugh://projects/{name}/agents',
    name: 'agents of a project',
    description: 'The named agents of a project.',
    mimeType: JSON_TYPE,
    read: (served, [project]) => ask(served, 'list_agents', { project }),
  },
  {
    uriTemplate: 'lugh://checkpoints/{id}',
    name: 'checkpoint',
    description: 'A checkpoint by its number (C7 or 7) or id: when it was made, what for, and what changed since the one before.',
    mimeType: JSON_TYPE,
    read: async (served, [id = '']) => {
      const number = /^C?([1-9]\d{0,8})$/iu.exec(id)?.[1]
      const all = await everywhere(served, 'list_checkpoints', 'checkpoints', { limit: MOST_CHECKPOINTS })
      return all.find((one) => (number === undefined ? one.checkpoint_id === id : one.checkpoint === Number(number)))
    },
  },
  {
    uriTemplate: 'lugh://projects/{name}/checkpoints',
    name: 'checkpoints',
    description: 'The checkpoints of a project, and what changed between them.',
    mimeType: JSON_TYPE,
    read: (served, [project]) => ask(served, 'list_checkpoints', { project }),
  },
  {
    uriTemplate: 'lugh://knowledge/{silo}/{+document}',
    name: 'document',
    description: 'A document of a project: a file of its repository, on the branch that work lands on, as fetched last.',
    mimeType: 'text/plain',
    read: async (served, [project, document]) => (await ask(served, 'read_document', { project, document }))['text'],
  },
]

/** As many as list_checkpoints answers at once; older ones are found by their project. */
const MOST_CHECKPOINTS = 200

/** What a list of each project holds, those the token may see. */
async function everywhere(served: Served, tool: string, field: string, more: Arguments = {}): Promise<(Named & { project: string })[]> {
  const found = []
  for (const project of await projectNames(served))
    for (const one of List.parse((await ask(served, tool, { ...more, project }))[field])) found.push({ project, ...one })
  return found
}

const PROJECTS = { uri: 'lugh://projects', name: 'projects', title: 'Projects', description: 'Every project.', mimeType: JSON_TYPE }
const WAITING = { uri: 'lugh://approvals', name: 'approvals', title: 'What waits for a decision', mimeType: JSON_TYPE }
const AGENTS = { uri: 'lugh://agents', name: 'agents', title: 'Every named agent', mimeType: JSON_TYPE }
const LISTS = new Map<string, (served: Served) => Promise<unknown>>([
  [PROJECTS.uri, (served) => ask(served, 'list_projects', {})],
  [WAITING.uri, (served) => ask(served, 'list_approvals', {})],
  [AGENTS.uri, async (served) => ({ agents: await everywhere(served, 'list_agents', 'agents') })],
])

const Tasks = z.object({ tasks: z.array(z.object({ task: z.number(), title: z.string(), state: z.string() })) })
const Cursor = z.string().regex(/^T[1-9]\d{0,8}$/u)

/** The lists, then tasks, the newest first, a page at a time. The cursor is the last task of the page before. */
export async function listResources(served: Served, cursor: string | undefined) {
  const before = cursor === undefined ? undefined : Cursor.safeParse(cursor)
  if (before?.success === false) throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'There is no such page; begin without a cursor.')
  const { tasks } = Tasks.parse(
    await ask(served, 'list_tasks', { limit: PAGE, ...(before === undefined ? {} : { before: Number(before.data.slice(1)) }) }),
  )
  const last = tasks.at(-1)
  return {
    resources: [
      ...(cursor === undefined ? [PROJECTS, AGENTS, WAITING] : []),
      ...tasks.map(({ task, title, state }) => ({ uri: `lugh://tasks/${task}`, name: `T${task}`, title, description: state, mimeType: JSON_TYPE })),
    ],
    ...(tasks.length === PAGE && last !== undefined ? { nextCursor: `T${last.task}` } : {}),
  }
}

export function listTemplates() {
  return { resourceTemplates: TEMPLATES.map(({ uriTemplate, name, description, mimeType }) => ({ uriTemplate, name, description, mimeType })) }
}

/** Reads one. Throws `ResourceNotFoundError` for what is not there, or not for this token. */
export async function readResource(served: Served, uri: string) {
  const found = matching(uri)
  const reading = LISTS.get(uri)?.(served) ?? found?.template.read(served, found.parts)
  const value = await reading?.catch((error: unknown) => {
    if (error instanceof ProtocolError) return undefined // what a tool refuses is not there for this token
    throw error
  })
  if (value === undefined) throw new ResourceNotFoundError(uri)
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return { contents: [{ uri, mimeType: found?.template.mimeType ?? JSON_TYPE, text }] }
}

/** `{part}` is one segment of the address, `{+part}` the rest of it. */
const PATTERNS = TEMPLATES.map((template) => {
  const pattern = template.uriTemplate.replaceAll(/\{(\+?)[a-z]+\}/gu, (_whole, rest: string) => (rest === '' ? '([^/]+)' : '(.+)'))
  return { template, pattern: new RegExp(`^${pattern}$`, 'u') }
})

function matching(uri: string): { template: Template; parts: string[] } | undefined {
  for (const { template, pattern } of PATTERNS) {
    const match = pattern.exec(uri)
    if (match === null) continue
    try {
      return { template, parts: match.slice(1).map((part) => decodeURIComponent(part)) }
    } catch {
      return undefined // no percent sign of ours
    }
  }
  return undefined
}

/** What a part of an address or an argument of a prompt can be. */
const VALUES: Readonly<Record<string, (served: Served) => Promise<string[]>>> = {
  name: projectNames,
  project: projectNames,
  silo: projectNames,
  number: taskNumbers,
  task: taskNumbers,
  'lugh://agents/{id}': async (served) => (await everywhere(served, 'list_agents', 'agents')).flatMap(({ id }) => id ?? []),
  'lugh://checkpoints/{id}': async (served) =>
    (await everywhere(served, 'list_checkpoints', 'checkpoints')).flatMap(({ checkpoint }) => (checkpoint === undefined ? [] : [`C${checkpoint}`])),
}

/** Names that a part of an address (`of`), or an argument of a prompt, can have. */
export async function complete(served: Served, of: string, argument: string, begun: string) {
  const key = Object.hasOwn(VALUES, of) ? of : argument
  const values = Object.hasOwn(VALUES, key) ? ((await VALUES[key]?.(served)) ?? []) : []
  const fitting = values.filter((value) => value.toLowerCase().startsWith(begun.toLowerCase()))
  return { completion: { values: fitting.slice(0, MOST_VALUES), total: fitting.length, hasMore: fitting.length > MOST_VALUES } }
}

async function projectNames(served: Served): Promise<string[]> {
  return List.parse((await ask(served, 'list_projects', {}))['projects']).flatMap(({ name }) => (name === undefined ? [] : [name]))
}

async function taskNumbers(served: Served): Promise<string[]> {
  return Tasks.parse(await ask(served, 'list_tasks', { limit: PAGE })).tasks.map(({ task }) => String(task))
}

/** What the tool answers. Throws `ProtocolError` with its sentence when it refuses. */
export async function ask({ room, who }: Served, name: string, input: Arguments): Promise<Readonly<Record<string, unknown>>> {
  const tool = findTool(room.tools, name)
  if (tool === undefined) throw new ProtocolError(ProtocolErrorCode.InternalError, `There is no ${name}.`)
  const answer = await callTool(room, who, tool, input)
  if (!answer.ok) throw new ProtocolError(ProtocolErrorCode.InvalidParams, answer.say)
  return answer.structured
}
