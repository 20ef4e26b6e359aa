/**
 * What a person may allow for good: a program with its first words fixed, never a program with anything after it. A rule
 * covers a call only if the policy would offer that very rule for it, so nothing that is never offered is ever covered.
 */
import { digest } from '#core'
import { z } from 'zod'

export const Rule = z.object({
  program: z.string(),
  args: z.array(z.string()).readonly(),
  /** Further known words inside the worktree may follow. */
  more: z.boolean(),
})
export type Rule = z.infer<typeof Rule>

/** The rule in full, as a person reads it. */
export function ruleText(rule: Rule): string {
  return [rule.program, ...rule.args.map(quoted), ...(rule.more ? ['…'] : [])].join(' ')
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/u.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}

/** What a rule is known by in its row. */
export function ruleDigest(rule: Rule): string {
  return digest('grant.rule.v1', { program: rule.program, args: rule.args, more: rule.more })
}
