/** What `Always…` on a card would allow: the rules, for how long, and the digest by which a Confirm is bound to them. */
import { digest } from '#core'
import type { ApprovalAction } from '#db'
import { judgeCommand } from './judge-command.ts'
import { ruleText, type AnyRule } from './rule.ts'

/** A month: long enough not to nag, short enough that what was forgotten ends. */
export const GRANT_DAYS = 30
const DAY_MS = 86_400_000

/** The rules on offer for an act; empty when it can only be allowed once or for its task. */
export function offerFor(action: ApprovalAction): readonly AnyRule[] {
  if (action.tool === 'mcp') return action.call === undefined ? [] : [{ call: action.call, input: action.command }]
  return action.tool === 'run_command' ? judgeCommand(action.command).offer : []
}

export function offerDigest(rules: readonly AnyRule[]): string {
  return digest('approval.offer.v1', { rules: rules.map(ruleText), days: GRANT_DAYS })
}

export function grantEnds(now: Date): Date {
  return new Date(now.getTime() + GRANT_DAYS * DAY_MS)
}
