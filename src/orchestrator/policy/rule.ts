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

/** A tool of a server with exactly these arguments; one that says anything else of itself, or is started otherwise, is not covered. */
export const ToolCallRule = z.object({
  call: z.object({ connector: z.string(), server: z.string(), definition: z.string(), tool: z.string(), digest: z.string() }),
  input: z.string(),
})
export type ToolCallRule = z.infer<typeof ToolCallRule>
export const AnyRule = z.union([Rule, ToolCallRule])
export type AnyRule = z.infer<typeof AnyRule>

/** Server and tool, as every act begins that calls one. */
export function callWords({ server, tool }: { readonly server: string; readonly tool: string }): string {
  return `${server} · ${tool}`
}

/** The rule in full, as a person reads it. */
export function ruleText(rule: AnyRule): string {
  if ('call' in rule) return rule.input
  return [rule.program, ...rule.args.map(quoted), ...(rule.more ? ['…'] : [])].join(' ')
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/u.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}

/** What a rule is known by in its row. */
export function ruleDigest(rule: AnyRule): string {
  if ('call' in rule) return digest('grant.tool-call.v1', { call: rule.call, input: rule.input })
  return digest('grant.rule.v1', { program: rule.program, args: rule.args, more: rule.more })
}
