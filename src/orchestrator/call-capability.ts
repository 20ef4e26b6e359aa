/** The one way any door calls a capability: the role, the input's schema, the act, the output's schema. */
import { LughError, withoutKeys, type Role } from '#core'
import type { z } from 'zod'
import type { Act, Capability } from './capability.ts'

export function mayCall(capability: Capability, role: Role): boolean {
  return capability.may.includes(role)
}

/** Calls it inside the caller's transaction, with input that holds no key. Throws `not-allowed` or `input.invalid` with a sentence; errors of the act pass. */
export async function callCapability(capability: Capability, act: Act, input: unknown): Promise<z.output<Capability['output']>> {
  if (!mayCall(capability, act.caller.role))
    throw new LughError('not-allowed', `That needs the role ${capability.may.join(' or ')}; yours is ${act.caller.role}.`)
  const parsed = capability.input.safeParse(withoutKeys(input))
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `
    throw new LughError('input.invalid', `${where}${issue?.message ?? 'That does not fit.'}`)
  }
  return capability.output.parse(await capability.act(act, parsed.data))
}
