/** The approval card: what would run, where, why and how risky; the answer is a button, bound to the digest of all of it. */
import { ApprovalId, b, code, cut, join, nameHidden, oneLine, pre, type Text } from '#core'
import { agentById, approvalsShownOn, projectById, taskById, type Approval, type Project, type Sql, type Task } from '#db'
import type { Facts } from '../capability.ts'
import type { Button, CardContent } from '../card.ts'
import { explainApproval } from '../explain-approval.ts'
import { isDestructive, judgeCommand } from '../policy/judge-command.ts'
import { GRANT_DAYS, offerDigest, offerFor } from '../policy/offer.ts'
import { callWords, ruleText } from '../policy/rule.ts'
import { decidedWords } from './decided.ts'

/** A command longer than this cannot be judged on a phone; it can only be denied. */
export const MAX_SHOWN_COMMAND = 3000
const MAX_LINE = 400

/** Of what the card shows, the requests that still wait; the first one leads. When none does, the card's own. */
type Shown = { readonly lead: Approval; readonly also: readonly Approval[] }

export async function approvalCard(sql: Sql, _facts: Facts, subjectId: string): Promise<CardContent | undefined> {
  const all = await approvalsShownOn(sql, ApprovalId.parse(subjectId))
  const waiting = all.filter(({ state }) => state === 'pending')
  const lead = waiting[0] ?? all[0]
  const task = lead === undefined ? undefined : await taskById(sql, lead.taskId)
  if (lead === undefined || task === undefined) return undefined
  const project = await projectById(sql, task.projectId)
  const shown: Shown = { lead, also: waiting.slice(1) }
  if (lead.state !== 'pending') return { text: join([await title(sql, lead, task, project), command(lead), await decision(sql, lead)]), buttons: [] }
  if (lead.face === 'always' && offerFor(lead.action).length > 0) return alwaysFace(shown, project)
  const explained = await explainApproval(sql, lead, lead.face)
  const text = join([
    await title(sql, lead, task, project),
    command(lead),
    lead.again !== null && `Asked anew, since this changed: ${oneLine(lead.again, 200)}`,
    lead.why !== '' && `Why: ${oneLine(lead.why, 300)}`,
    `Risk: ${oneLine(lead.risk, 200)}`,
    await sameFrom(sql, shown.also),
    lead.lapsed === 'on' && '⏳ Nobody answered, so the agent went on with what does not need this. It hears your answer whenever it comes.',
    tooLong(lead) && 'Too long to be shown whole, so it can only be denied.',
    ...explained.map((line) => oneLine(line, MAX_LINE)),
  ])
  return { text, buttons: buttons(shown) }
}

async function title(sql: Sql, approval: Approval, task: Task, project: Project | undefined): Promise<Text> {
  const { tool, call } = approval.action
  const verb = tool === 'setup' ? 'Run setup' : tool === 'mcp' ? `Use ${call?.server ?? 'a server'}` : 'Run command'
  const icon = approval.state === 'pending' ? '🟠 ' : ''
  return [icon, b(`${verb} · ${project?.name ?? '?'} · T${task.number}`), await agentName(sql, task)]
}

/** ` (Brigid)`; nothing where nobody has the task. */
export async function agentName(sql: Sql, task: Task): Promise<string> {
  const agent = task.agentId === null ? undefined : await agentById(sql, task.agentId)
  return agent === undefined ? '' : ` (${agent.name})`
}

function command({ action }: Approval): Text {
  const named = nameHidden(action.command)
  if (action.tool === 'mcp') {
    const input = nameHidden(action.call === undefined ? action.command : action.command.slice(callWords(action.call).length).trim())
    return join([['Tool: ', code(nameHidden(action.call?.tool ?? '?'))], pre(cut(input, MAX_SHOWN_COMMAND), 'json')])
  }
  return named.includes('\n') || named.length > 200 ? pre(cut(named, MAX_SHOWN_COMMAND), 'bash') : code(named)
}

/** Who else asks the very same; the answer counts for all of them. */
export async function sameFrom(sql: Sql, also: readonly Pick<Approval, 'taskId'>[]): Promise<string | undefined> {
  const tasks = await Promise.all(also.map(({ taskId }) => taskById(sql, taskId)))
  const names = await Promise.all(
    tasks.flatMap((task) => (task === undefined ? [] : [agentName(sql, task).then((name) => `T${task.number}${name}`)])),
  )
  return names.length === 0 ? undefined : `${names.join(', ')} ${names.length === 1 ? 'asks' : 'ask'} the same: your answer counts for all.`
}

/** The rule in full, where it holds and until when. */
function alwaysFace(shown: Shown, project: Project | undefined): CardContent {
  const rules = offerFor(shown.lead.action)
  const text = join([
    b(`Always allow in ${project?.name ?? '?'}?`),
    ...rules.map((rule): Text => [
      'Rule: ',
      code(ruleText(rule)),
      'call' in rule
        ? ' with exactly these arguments, as long as the server says the same of it'
        : rule.more
          ? ' and any plain words after it that stay in the project'
          : ' exactly, nothing after it',
    ]),
    `Scope: every task and agent of ${project?.name ?? 'this project'}${shown.lead.action.tool === 'mcp' ? '' : ', in the sandbox'}`,
    `Expiry: ${GRANT_DAYS} days after you confirm; /grants takes it back any time`,
    ['Allows now: ', code(oneLine(nameHidden(shown.lead.action.command), 200))],
  ])
  const confirm: Button = {
    label: '✅ Confirm',
    capability: 'decide_approval',
    input: { ...bound(shown), decision: 'allow', scope: 'project', offer: offerDigest(rules) },
  }
  return { text, buttons: [[confirm, turn(shown, '◀ Back', 'ask')]] }
}

function tooLong(approval: Approval): boolean {
  return nameHidden(approval.action.command).length > MAX_SHOWN_COMMAND
}

async function decision(sql: Sql, approval: Approval): Promise<Text | undefined> {
  if (approval.state === 'withdrawn') return 'No longer needed: the task ended or moved on.'
  if (approval.state === 'expired') return 'Expired: nothing was run.'
  const word = approval.state === 'denied' ? '❌ Denied' : ALLOWED[approval.scope ?? 'once']
  return join([
    `${word} ${await decidedWords(sql, { by: approval.decidedBy, door: approval.decidedDoor, at: approval.decidedAt })}`,
    approval.scope === 'project' && ['Rule: ', code(offerFor(approval.action).map(ruleText).join(' ; '))],
    approval.comment !== null && `“${oneLine(approval.comment, 200)}”`,
  ])
}

const ALLOWED = { once: '✅ Allowed once', task: '✅ Allowed for this task', project: `✅ Allowed for ${GRANT_DAYS} days in this project` } as const

/** What a decision is bound to: every request the card shows, by its digest. */
function bound({ lead, also }: Shown): Button['input'] {
  const rest = also.map(({ id, digest }) => ({ approval: id, digest }))
  return { approval: lead.id, digest: lead.digest, ...(rest.length === 0 ? {} : { also: rest }) }
}

function turn({ lead }: Shown, label: string, face: Approval['face']): Button {
  return { label, capability: 'turn_approval', input: { approval: lead.id, face } }
}

function buttons(shown: Shown): Button[][] {
  const { lead } = shown
  const decide = (label: string, input: Button['input']): Button => ({ label, capability: 'decide_approval', input: { ...bound(shown), ...input } })
  const deny = decide('❌ Deny', { decision: 'deny' })
  const look = [
    lead.face === 'details' ? turn(shown, '◀ Back', 'ask') : turn(shown, '👁 Details', 'details'),
    lead.face === 'why' ? turn(shown, '◀ Back', 'ask') : turn(shown, '🤔 Why?', 'why'),
  ]
  if (tooLong(lead)) return [[deny], look]
  const once = {
    ...decide('✅ Allow once', { decision: 'allow', scope: 'once' }),
    tap: lead.action.tool !== 'mcp' && isDestructive(judgeCommand(lead.action.command)),
  }
  if (lead.action.tool === 'setup') return [[once, deny], look]
  const always = offerFor(lead.action).length > 0 ? [turn(shown, 'Always…', 'always')] : []
  return [[once, deny], [decide('This task', { decision: 'allow', scope: 'task' }), ...always], look]
}
