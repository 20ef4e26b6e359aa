/** What a token's scopes are worth in the table by which every door decides. It never makes more of a person than they are. */
import type { Role, TokenScope } from '#core'

const RANK: readonly Role[] = ['viewer', 'member', 'approver', 'owner']

/** The role the scopes stand for; `own`: about work that this very token has asked for. Undefined: none at all. */
export function roleOfScopes(scopes: readonly TokenScope[], own: boolean): Role | undefined {
  if (scopes.includes('admin')) return 'owner'
  if (scopes.includes('approve') || (own && scopes.includes('approve-own'))) return 'approver'
  if (scopes.includes('request') || scopes.includes('approve-own')) return 'member'
  return scopes.includes('read') ? 'viewer' : undefined
}

/** The lesser of two roles. */
export function lesserRole(a: Role, b: Role): Role {
  return RANK.indexOf(a) <= RANK.indexOf(b) ? a : b
}
