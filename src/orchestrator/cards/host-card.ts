/** The card of a host a command was stopped at: which, for what, and what allowing it means. The rule for the whole project is shown in full before it is made. */
import { HostRequestId, b, code, cut, join, nameHidden, oneLine, pre, type Text } from '#core'
import { agentById, hostRequestById, personById, projectById, taskById, type HostRequest, type Sql } from '#db'
import { isDisguised, showHost } from '#sandbox'
import type { Facts } from '../capability.ts'
import type { Button, CardContent } from '../card.ts'
import { clockTime } from './approval-card.ts'

/** What is decided is the host; the command is there to be recognised. */
const SHOWN_COMMAND = 600

export async function hostCard(sql: Sql, _facts: Facts, subjectId: string): Promise<CardContent | undefined> {
  const request = await hostRequestById(sql, HostRequestId.parse(subjectId))
  const task = request === undefined ? undefined : await taskById(sql, request.taskId)
  if (request === undefined || task === undefined) return undefined
  const project = await projectById(sql, task.projectId)
  const agent = task.agentId === null ? undefined : await agentById(sql, task.agentId)
  const name = project?.name ?? '?'
  const waits = request.state === 'pending'
  const text = join([
    [waits ? '🟠 ' : '', b(`Reach ${oneLine(showHost(request), 260)} · ${name} · T${task.number}`), agent === undefined ? '' : ` (${agent.name})`],
    ['Stopped: ', shownCommand(request.command)],
    ...(waits ? dangers(request) : []),
    waits && (request.asking ? rule(request, name) : 'Risk: what runs there can send it anything in the worktree, and fetch code to run.'),
    await decision(sql, request),
  ])
  return { text, buttons: waits ? buttons(request) : [] }
}

function shownCommand(command: string): Text {
  const named = cut(nameHidden(command), SHOWN_COMMAND)
  return named.includes('\n') || named.length > 200 ? pre(named, 'bash') : code(named)
}

function dangers(request: HostRequest): (Text | undefined)[] {
  return [
    isDisguised(request) ? '⚠️ Written in letters that may look like others; above it stands as it really is.' : undefined,
    request.privateAddress === null ? undefined : `⚠️ This is in the machine's own network: ${request.privateAddress}.`,
  ]
}

function rule(request: HostRequest, project: string): Text {
  return join([
    b('Always, for this project:'),
    [`every command of every task of ${project} may reach `, code(request.host), ` on port ${request.port}, without asking.`],
    `Until you take it back: /network forget ${showHost(request)}`,
  ])
}

async function decision(sql: Sql, request: HostRequest): Promise<Text | undefined> {
  if (request.state === 'pending') return undefined
  if (request.state === 'withdrawn') return 'No longer needed: the task ended or moved on.'
  const by = request.decidedBy === null ? undefined : await personById(sql, request.decidedBy)
  const allowed = { once: 'once', task: 'for this task', project: 'for this project' }[request.scope ?? 'once']
  const word = request.state === 'denied' ? '❌ Denied' : `✅ Allowed ${allowed}`
  return `${word} by ${by?.name ?? 'somebody'} at ${clockTime(request.decidedAt)}`
}

function buttons(request: HostRequest): Button[][] {
  const bound = { request: request.id, digest: request.digest }
  const button = (label: string, input: Button['input']): Button => ({ label, capability: 'decide_host', input: { ...bound, ...input } })
  if (request.asking)
    return [
      [
        button('✅ Confirm', { decision: 'allow', scope: 'project', confirmed: true }),
        button('◀ Back', { decision: 'allow', scope: 'project', confirmed: false }),
      ],
    ]
  return [
    [button('✅ Allow once', { decision: 'allow', scope: 'once' }), button('❌ Deny', { decision: 'deny' })],
    [button('This task', { decision: 'allow', scope: 'task' }), button('Always…', { decision: 'allow', scope: 'project' })],
  ]
}
