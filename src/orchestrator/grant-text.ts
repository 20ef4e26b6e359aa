/** A grant as a person reads it: what it allows, where, until when. */
import { cut, nameHidden } from '#core'
import { ApprovalAction, personById, projectById, taskById, type Grant, type Sql } from '#db'
import { Rule, ruleText } from './policy/rule.ts'

const MAX_RULE = 200

export type GrantView = { readonly id: string; readonly rule: string; readonly where: string; readonly until: string; readonly by: string }

export async function viewGrant(sql: Sql, grant: Grant): Promise<GrantView> {
  const [project, task, person] = await Promise.all([
    projectById(sql, grant.projectId),
    grant.taskId === null ? undefined : taskById(sql, grant.taskId),
    grant.grantedBy === null ? undefined : personById(sql, grant.grantedBy),
  ])
  const where = task === undefined ? `project ${project?.name ?? '?'}` : `T${task.number}`
  const until = grant.expiresAt === null ? 'until it ends' : `until ${grant.expiresAt.toISOString().slice(0, 10)}`
  return { id: grant.id, rule: cut(nameHidden(ruleOf(grant)), MAX_RULE), where, until, by: person?.name ?? 'somebody' }
}

function ruleOf({ rule }: Grant): string {
  const parsed = Rule.safeParse(rule)
  if (parsed.success) return ruleText(parsed.data)
  return ApprovalAction.safeParse(rule).data?.command ?? '?'
}
