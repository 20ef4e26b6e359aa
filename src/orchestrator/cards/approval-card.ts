/** The approval card: what would run, where, why and how risky; the answer is a button, bound to the digest of all of it. */
import { ApprovalId, b, code, cut, join, nameHidden, oneLine, pre, type Text } from '#core'
import { agentById, approvalById, personById, projectById, taskById, type Approval, type Sql } from '#db'
import type { Facts } from '../capability.ts'
import type { Button, CardContent } from '../card.ts'

/** A command longer than this cannot be judged on a phone; it can only be denied. */
export const MAX_SHOWN_COMMAND = 3000

export async function approvalCard(sql: Sql, _facts: Facts, subjectId: string): Promise<CardContent | undefined> {
  const approval = await approvalById(sql, ApprovalId.parse(subjectId))
  const task = approval === undefined ? undefined : await taskById(sql, approval.taskId)
  if (approval === undefined || task === undefined) return undefined
  const project = await projectById(sql, task.projectId)
  const agent = task.agentId === null ? undefined : await agentById(sql, task.agentId)
  const verb = approval.action.tool === 'setup' ? 'Run setup' : 'Run command'
  const text = join([
    [
      approval.state === 'pending' ? '🟠 ' : '',
      b(`${verb} · ${project?.name ?? '?'} · T${task.number}`),
      agent === undefined ? '' : ` (${agent.name})`,
    ],
    shownCommand(approval.action.command),
    approval.state === 'pending' && `Why: ${oneLine(approval.why, 300)}`,
    approval.state === 'pending' && `Risk: ${oneLine(approval.risk, 200)}`,
    tooLong(approval) && approval.state === 'pending' && 'Too long to be shown whole, so it can only be denied.',
    await decision(sql, approval),
  ])
  return { text, buttons: approval.state === 'pending' ? buttons(approval) : [] }
}

function shownCommand(command: string): Text {
  const named = nameHidden(command)
  return named.includes('\n') || named.length > 200 ? pre(cut(named, MAX_SHOWN_COMMAND), 'bash') : code(named)
}

function tooLong(approval: Approval): boolean {
  return nameHidden(approval.action.command).length > MAX_SHOWN_COMMAND
}

async function decision(sql: Sql, approval: Approval): Promise<Text | undefined> {
  if (approval.state === 'pending') return undefined
  if (approval.state === 'withdrawn') return 'No longer needed: the task ended or moved on.'
  if (approval.state === 'expired') return 'Expired: nothing was run.'
  const by = approval.decidedBy === null ? undefined : await personById(sql, approval.decidedBy)
  const word = approval.state === 'denied' ? '❌ Denied' : approval.scope === 'task' ? '✅ Allowed for this task' : '✅ Allowed once'
  return join([
    `${word} by ${by?.name ?? 'somebody'} at ${clockTime(approval.decidedAt)}`,
    approval.comment !== null && `“${oneLine(approval.comment, 200)}”`,
  ])
}

/** Hours and minutes, UTC: `14:03 UTC`. */
export function clockTime(at: Date | null): string {
  return at === null ? '?' : `${at.toISOString().slice(11, 16)} UTC`
}

function buttons(approval: Approval): Button[][] {
  const bound = { approval: approval.id, digest: approval.digest }
  const deny: Button = { label: '❌ Deny', capability: 'decide_approval', input: { ...bound, decision: 'deny' } }
  if (tooLong(approval)) return [[deny]]
  const once: Button = { label: '✅ Allow once', capability: 'decide_approval', input: { ...bound, decision: 'allow', scope: 'once' } }
  const task: Button = { label: 'This task', capability: 'decide_approval', input: { ...bound, decision: 'allow', scope: 'task' } }
  return approval.action.tool === 'setup' ? [[once, deny]] : [[once, deny], [task]]
}
