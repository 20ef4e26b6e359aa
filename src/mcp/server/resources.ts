/** What a client may read by address: the same capabilities the tools call, under the same rights. Nothing is read past them. */
import { ProtocolError, ProtocolErrorCode, ResourceNotFoundError } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { callTool, type Arguments } from './call-tool.ts'
import type { Served } from './create-server.ts'
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
  readonly tool: string
  /** The part of the address → arguments. */
  readonly arguments: (part: string) => Arguments
  /** What of the answer is the resource; undefined: there is none of that name. */
  readonly pick: (output: Readonly<Record<string, unknown>>, part: string) => unknown
}

const Named = z.looseObject({
  name: z.string().optional(),
  id: z.string().optional(),
  checkpoint: z.number().optional(),
  checkpoint_id: z.string().optional(),
})
const List = z.array(Named).catch([])
const taskOf = (part: string): Arguments => ({ task: Number(part.replace(/^T/iu, '')) })
const whole = (output: Readonly<Record<string, unknown>>): unknown => output

const TEMPLATES: readonly Template[] = [
  {
    uriTemplate: 'lugh://projects/{name}',
    name: 'project',
    description: 'A project: where it is and which branch work lands on.',
    mimeType: JSON_TYPE,
    tool: 'list_projects',
    arguments: () => ({}),
    pick: (output, part) => List.parse(output['projects']).find(({ name }) => name === part),
  },
  {
    uriTemplate: 'lugh://tasks/{number}',
    name: 'task',
    description: 'A task: state, plan, cost, change, and what it waits for.',
    mimeType: JSON_TYPE,
    tool: 'get_task',
    arguments: taskOf,
    pick: whole,
  },
  {
    uriTemplate: 'lugh://tasks/{number}/diff',
    name: 'diff',
    description: 'What a task would change, as a unified diff.',
    mimeType: 'text/x-diff',
    tool: 'get_diff',
    arguments: taskOf,
    pick: (output) => output['patch'],
  },
  {
    uriTemplate: 'lugh://projects/{name}/agents',
    name: 'agents',
    description: 'The named agents of a project.',
    mimeType: JSON_TYPE,
    tool: 'list_agents',
    arguments: (part) => ({ project: part }),
    pick: whole,
  },
  {
    uriTemplate: 'lugh://projects/{name}/checkpoints',
    name: 'checkpoints',
    description: 'The checkpoints of a project, and what changed between them.',
    mimeType: JSON_TYPE,
    tool: 'list_checkpoints',
    arguments: (part) => ({ project: part }),
    pick: whole,
  },
]

const PROJECTS = { uri: 'lugh://projects', name: 'projects', title: 'Projects', description: 'Every project.', mimeType: JSON_TYPE }
const WAITING = { uri: 'lugh://approvals', name: 'approvals', title: 'What waits for a decision', mimeType: JSON_TYPE }
const LISTS = new Map([
  [PROJECTS.uri, 'list_projects'],
  [WAITING.uri, 'list_approvals'],
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
      ...(cursor === undefined ? [PROJECTS, WAITING] : []),
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
  const list = LISTS.get(uri)
  const found = list === undefined ? matching(uri) : undefined
  if (list === undefined && found === undefined) throw new ResourceNotFoundError(uri)
  const output = await ask(served, list ?? found?.template.tool ?? '', found?.template.arguments(found.part) ?? {}).catch(() => undefined)
  const value = output === undefined ? undefined : found === undefined ? output : found.template.pick(output, found.part)
  if (value === undefined) throw new ResourceNotFoundError(uri)
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return { contents: [{ uri, mimeType: found?.template.mimeType ?? JSON_TYPE, text }] }
}

function matching(uri: string): { template: Template; part: string } | undefined {
  for (const template of TEMPLATES) {
    const [head = '', tail = ''] = template.uriTemplate.split(/\{[a-z]+\}/u)
    const middle = uri.slice(head.length, uri.length - tail.length)
    if (!uri.startsWith(head) || !uri.endsWith(tail) || middle === '' || middle.includes('/') || uri.length < head.length + tail.length) continue
    try {
      return { template, part: decodeURIComponent(middle) }
    } catch {
      return undefined // no percent sign of ours
    }
  }
  return undefined
}

/** Names that a part of an address, or an argument of a prompt, can have. */
export async function complete(served: Served, argument: string, begun: string) {
  const values =
    argument === 'name' || argument === 'project'
      ? await projectNames(served)
      : argument === 'number' || argument === 'task'
        ? await taskNumbers(served)
        : []
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
