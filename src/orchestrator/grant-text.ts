/** What a person allowed, as they read it: commands and hosts alike, where, until when. */
import { cut, nameHidden } from '#core'
import { ApprovalAction, liveGrants, liveHostRules, personById, projectById, taskById, type Grant, type HostRuleRow, type Sql } from '#db'
import { showHost } from '#sandbox'
import { AnyRule, ruleText } from './policy/rule.ts'

const MAX_RULE = 200

export type GrantView = { readonly id: string; readonly rule: string; readonly where: string; readonly until: string; readonly by: string }

/** What is allowed beyond one act, at most `limit` of it: commands, then hosts, which get half the places where there are too many. */
export async function viewGrants(sql: Sql, limit: number): Promise<GrantView[]> {
  const [commands, hosts] = [await liveGrants(sql, limit), await liveHostRules(sql, limit)]
  const places = hosts.slice(0, Math.max(limit - commands.length, Math.floor(limit / 2)))
  const rules = commands.slice(0, limit - places.length)
  return Promise.all([...rules.map((grant) => viewGrant(sql, grant)), ...places.map((rule) => viewHostRule(sql, rule))])
}

/** A day as people write it in lists: 2026-11-21 (UTC). */
export function day(at: Date): string {
  return at.toISOString().slice(0, 10)
}

export async function viewHostRule(sql: Sql, rule: HostRuleRow): Promise<GrantView> {
  const [project, person] = await Promise.all([
    projectById(sql, rule.projectId),
    rule.grantedBy === null ? undefined : personById(sql, rule.grantedBy),
  ])
  const where = rule.taskNumber === null ? `project ${project?.name ?? '?'}` : `T${rule.taskNumber}`
  const until = rule.expiresAt === null ? (rule.taskId === null ? 'until you take it back' : 'until it ends') : `until ${day(rule.expiresAt)}`
  // Never cut: whose a host is stands at its end.
  const place = `reach ${showHost(rule)}${rule.private ? ' (own network)' : ''}`
  return { id: rule.id, rule: place, where, until, by: person?.name ?? 'somebody' }
}

export async function viewGrant(sql: Sql, grant: Grant): Promise<GrantView> {
  const [project, task, person] = await Promise.all([
    projectById(sql, grant.projectId),
    grant.taskId === null ? undefined : taskById(sql, grant.taskId),
    grant.grantedBy === null ? undefined : personById(sql, grant.grantedBy),
  ])
  const where = task === undefined ? `project ${project?.name ?? '?'}` : `T${task.number}`
  const until = grant.expiresAt === null ? 'until it ends' : `until ${day(grant.expiresAt)}`
  return { id: grant.id, rule: cut(nameHidden(ruleOf(grant)), MAX_RULE), where, until, by: person?.name ?? 'somebody' }
}

function ruleOf({ rule }: Grant): string {
  const parsed = AnyRule.safeParse(rule)
  if (parsed.success) return ruleText(parsed.data)
  return ApprovalAction.safeParse(rule).data?.command ?? '?'
}
