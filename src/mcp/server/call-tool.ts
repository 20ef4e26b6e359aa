/**
 * One call of a tool: who may, about what, done once, told to the audit. The decision is the table of roles that every door decides by
 * (`mayCall`), with the role the token stands for; nothing of an argument or a header can widen it.
 */
import { LughError, crashPoint, digest, errorText, nameHidden, plain, redactKeys, sayError, withoutKeys, type Json, type Role } from '#core'
import { appendEvent, callAnswer, callKeyOfTask, insertCall, projectById, type Tx } from '#db'
import { callCapability, txWithGit, type Caller } from '#orchestrator'
import { z } from 'zod'
import type { McpOptions } from '../create-mcp.ts'
import { concernOf, type Concern } from './concern.ts'
import { callPrefix, personOf, type Principal } from './principal.ts'
import { lesserRole, roleOfScopes } from './role-of-scopes.ts'
import { CALL_ID, reaches, type Tool } from './tools.ts'

export type Room = McpOptions & { readonly tools: readonly Tool[] }
export type Arguments = Readonly<Record<string, unknown>>

/** `refused`: a sentence with the way out. Protocol errors are not made here. */
export type Answered =
  | { readonly ok: true; readonly output: unknown; readonly structured: Record<string, unknown>; readonly text: string }
  | { readonly ok: false; readonly code: string; readonly say: string }

const AnyObject = z.record(z.string(), z.unknown())
const CallId = z.string().min(8).max(200)

/** Calls the tool in one transaction of its own and writes the audit. Never throws for what a caller did; throws nothing at all. */
export async function callTool(room: Room, who: Principal, tool: Tool, input: Arguments): Promise<Answered> {
  const began = Date.now()
  const answer = await attempt(room, who, tool, input)
  await told(room, who, tool.name, answer.ok ? 'ok' : answer.code, Date.now() - began)
  return answer
}

/** The call without its audit, for a wait that asks many times. */
export async function attempt(room: Room, who: Principal, tool: Tool, input: Arguments): Promise<Answered> {
  try {
    const output = await txWithGit(room.db, room.git, (tx, git) => act({ ...room, git }, tx, who, tool, input))
    if (tool.capability.kind !== 'read') crashPoint('mcp.after-commit')
    return { ok: true, output, ...shapes(room, tool, output) }
  } catch (error) {
    if (!(error instanceof LughError)) room.log.warn({ tool: tool.name, error: errorText(error) }, 'mcp.failed')
    return { ok: false, code: error instanceof LughError ? error.code : 'internal', say: forPrograms(room.tools, sayError(error)) }
  }
}

/** The audit's row of a call. That it cannot be written is logged and undoes nothing. */
export async function told(room: Room, who: Principal, tool: string, outcome: string, ms: number): Promise<void> {
  const scope = who.personId === undefined ? {} : { personId: who.personId }
  await appendEvent(room.db, { ...scope, door: 'mcp', kind: 'mcp.called', data: { token: who.key, tool, outcome, ms } }).catch((error: unknown) =>
    room.log.warn({ tool, error: errorText(error) }, 'mcp.audit-failed'),
  )
}

async function act(room: Room, tx: Tx, who: Principal, tool: Tool, given: Arguments): Promise<unknown> {
  const { [CALL_ID]: named, ...rest } = given
  const callId = readCallId(tool, named)
  refuseUnknown(tool, rest)
  const input = await confine(tx, who, tool, rest)
  const concern = await concernOf(tx, input)
  const role = await roleFor(room, tx, who, tool, input, concern)
  refuseForeignProjects(who, tool, concern)
  const bound = callId === undefined ? undefined : { token: who.key, key: callId, digest: digest('mcp-call', [tool.name, jsonOf(rest)]) }
  if (bound !== undefined) {
    const known = await callAnswer(tx, bound.token, bound.key)
    if (known !== undefined && known.digest !== bound.digest)
      throw new LughError('conflict', `Another call was already made under ${CALL_ID} ${bound.key.slice(0, 40)}. Give this one a name of its own.`)
    if (known !== undefined) return known.answer
  }
  const { personId, name } = role.person
  const caller: Caller = {
    personId,
    role: role.role,
    name: `${name} (${who.name})`,
    door: 'mcp',
    callKey: `${callPrefix(who.key)}${callId ?? room.ids.uuid()}`,
    token: { key: who.key, ...(who.projects === null ? {} : { projects: who.projects }) },
  }
  const output = await callCapability(tool.capability, { tx, caller, clock: room.clock, ids: room.ids, facts: room.facts, git: room.git }, input)
  if (bound !== undefined && (await insertCall(tx, { ...bound, answer: withoutKeys(jsonOf(output)) })) === 0)
    throw new LughError('conflict', 'This call is already being carried out; ask again in a moment.', { retryable: true })
  if (tool.capability.kind !== 'read') crashPoint('mcp.before-commit')
  return output
}

function readCallId(tool: Tool, named: unknown): string | undefined {
  if (named === undefined || !tool.parameters.has(CALL_ID)) return undefined
  const parsed = CallId.safeParse(named)
  if (!parsed.success) throw new LughError('input.invalid', `${CALL_ID}: a name of 8 to 200 characters, such as a UUID.`)
  return parsed.data
}

/** A misspelt argument is told, never ignored: what it was to say would be missing. */
function refuseUnknown(tool: Tool, input: Arguments): void {
  const unknown = Object.keys(input).filter((key) => !tool.parameters.has(key))
  if (unknown.length === 0) return
  const takes = tool.parameters.size === 0 ? 'no arguments' : [...tool.parameters].join(', ')
  throw new LughError('input.invalid', `${tool.name} has no argument ${unknown.slice(0, 5).join(', ').slice(0, 200)}. It takes ${takes}.`)
}

/** A token of one project alone need not name it. */
async function confine(tx: Tx, who: Principal, tool: Tool, input: Arguments): Promise<Arguments> {
  const [only, ...more] = who.projects ?? []
  if (only === undefined || more.length > 0 || !tool.parameters.has('project') || input['project'] !== undefined) return input
  const project = await projectById(tx, only)
  return project === undefined || tool.name === 'list_tasks' ? input : { ...input, project: project.name }
}

/** These answer only what the token may know of by themselves. */
const FILTERED: readonly string[] = ['list_projects', 'list_tasks', 'list_approvals']

/** To a token that is limited to projects, anything else does not exist; what names no project concerns all of them. */
function refuseForeignProjects(who: Principal, tool: Tool, concern: Concern): void {
  const { projects } = who
  if (projects === null) return
  if ([...concern.projects].some((id) => !projects.includes(id)))
    throw new LughError('not-found', 'There is nothing like that in the projects of this token.')
  if (tool.door.installation === true || (concern.projects.size === 0 && !FILTERED.includes(tool.name)))
    throw new LughError('not-allowed', `This token is limited to some projects: name one of them, or a task of theirs. list_projects lists them.`)
}

type Who = { readonly role: Role; readonly person: { readonly personId: Caller['personId']; readonly name: string } }

/** The role this call is made in. Throws `not-allowed` with what is missing. */
async function roleFor(room: Room, tx: Tx, who: Principal, tool: Tool, input: Arguments, concern: Concern): Promise<Who> {
  const person = await personOf(tx, who, room.ids)
  if (person === undefined) throw new LughError('not-allowed', 'The person this token speaks for is not listed any more.')
  const own = await isOwn(tx, who, concern)
  // A rule for the whole project reaches beyond what the token started.
  const role = roleOfScopes(who.scopes, own && input['scope'] !== 'project')
  const lacks = role === undefined || !reaches(tool, role)
  if (role === undefined || lacks)
    throw new LughError(
      'not-allowed',
      `${tool.name} needs a token with ${tool.needs}${tool.needs === 'approve' ? ', or approve-own for a task it started itself' : ''}; this one has ${who.scopes.join(', ')}. A person decides it on the phone, or gives another token: /token add.`,
    )
  return { role: lesserRole(role, person.role), person: { personId: person.id, name: person.name } }
}

async function isOwn(tx: Tx, who: Principal, { tasks }: Concern): Promise<boolean> {
  if (!who.scopes.includes('approve-own') || tasks.size === 0) return false
  for (const id of tasks) if ((await callKeyOfTask(tx, id))?.startsWith(callPrefix(who.key)) !== true) return false
  return true
}

/** The value as JSON would carry it. */
function jsonOf(value: unknown): Json {
  return z.json().parse(JSON.parse(JSON.stringify(value ?? null)))
}

/** The answer as an object and as words: hidden characters named, keys taken out. */
function shapes(room: Room, tool: Tool, output: unknown): { structured: Record<string, unknown>; text: string } {
  const structured = AnyObject.catch({}).parse(withoutKeys(jsonOf(output)))
  const parsed = tool.capability.output.safeParse(output)
  const said = parsed.success ? tool.capability.say(parsed.data) : undefined
  const words = said === undefined ? '' : nameHidden(redactKeys(plain(said)))
  const instructed = tool.door.sayIsWhole === true ? words : forPrograms(room.tools, words)
  if (tool.door.sayIsWhole === true && words !== '') return { structured, text: words }
  const whole = JSON.stringify(structured)
  return { structured, text: words === '' ? whole : `${instructed}\n${whole}` }
}

const COMMAND = /(?<![\w/])\/([a-z]+)(?: (list|add|use|remove|revoke))?(?![\w/])/gu

/** Sentences speak of commands of a phone; a program is told its own tool instead, where there is one. */
function forPrograms(tools: readonly Tool[], say: string): string {
  return nameHidden(say).replaceAll(COMMAND, (whole, first: string, second: string | undefined) => {
    const of = (command: string): Tool | undefined =>
      tools.find(({ capability: { doors } }) => 'command' in doors.telegram && doors.telegram.command === command)
    const two = second === undefined ? undefined : of(`${first} ${second}`)
    const one = two ?? of(first)
    return one === undefined ? whole : `${one.name}${two === undefined && second !== undefined ? ` ${second}` : ''}`
  })
}
