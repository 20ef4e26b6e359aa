/** The card of a host a command was stopped at: which, for what, and what allowing it means. The rule for the whole project is shown in full before it is made. */
import { HostRequestId, b, code, cut, join, nameHidden, oneLine, pre, type Text } from '#core'
import { hostRequestsShownOn, projectById, taskById, type HostRequest, type Sql } from '#db'
import { isDisguised, showHost } from '#sandbox'
import type { Facts } from '../capability.ts'
import type { Button, CardContent } from '../card.ts'
import { GRANT_DAYS } from '../policy/offer.ts'
import { agentName, sameFrom } from './approval-card.ts'
import { decidedWords } from './decided.ts'

/** What is decided is the host; the command is there to be recognised. */
const SHOWN_COMMAND = 600

/** Of what the card shows, the requests that still wait; the first one leads. When none does, the card's own. */
type Shown = { readonly lead: HostRequest; readonly also: readonly HostRequest[] }

export async function hostCard(sql: Sql, _facts: Facts, subjectId: string): Promise<CardContent | undefined> {
  const all = await hostRequestsShownOn(sql, HostRequestId.parse(subjectId))
  const waiting = all.filter(({ state }) => state === 'pending')
  const lead = waiting[0] ?? all[0]
  const task = lead === undefined ? undefined : await taskById(sql, lead.taskId)
  if (lead === undefined || task === undefined) return undefined
  const name = (await projectById(sql, task.projectId))?.name ?? '?'
  const waits = lead.state === 'pending'
  const shown: Shown = { lead, also: waiting.slice(1) }
  const text = join([
    [waits ? '🟠 ' : '', b(`Reach ${oneLine(showHost(lead), 260)} · ${name} · T${task.number}`), await agentName(sql, task)],
    ['Stopped: ', shownCommand(lead.command)],
    ...(waits ? dangers(lead) : []),
    waits && (lead.asking ? rule(lead, name) : 'Risk: what runs there can send it anything in the worktree, and fetch code to run.'),
    await sameFrom(sql, shown.also),
    await decision(sql, lead),
  ])
  return { text, buttons: waits ? buttons(shown) : [] }
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
    `Expiry: ${GRANT_DAYS} days after you confirm; /grants takes it back any time.`,
  ])
}

async function decision(sql: Sql, request: HostRequest): Promise<Text | undefined> {
  if (request.state === 'pending') return undefined
  if (request.state === 'withdrawn') return 'No longer needed: the task ended or moved on.'
  const allowed = { once: 'once', task: 'for this task', project: `for ${GRANT_DAYS} days in this project` }[request.scope ?? 'once']
  const word = request.state === 'denied' ? '❌ Denied' : `✅ Allowed ${allowed}`
  return `${word} ${await decidedWords(sql, { by: request.decidedBy, door: request.decidedDoor, at: request.decidedAt })}`
}

function buttons({ lead, also }: Shown): Button[][] {
  const rest = also.map(({ id, digest }) => ({ request: id, digest }))
  const bound = { request: lead.id, digest: lead.digest, ...(rest.length === 0 ? {} : { also: rest }) }
  const button = (label: string, input: Button['input']): Button => ({ label, capability: 'decide_host', input: { ...bound, ...input } })
  if (lead.asking)
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
