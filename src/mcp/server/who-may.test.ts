/** The table that every door decides by, role by role, against the written one of docs/permissions.md; and what a token is worth in it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROLES, type Role } from '#core'
import { capabilities, mayCall } from '#orchestrator'
import { expect, it } from 'vitest'
import { lesserRole, roleOfScopes } from './role-of-scopes.ts'

/** What has no button or command at Telegram, so no row in the written table: for programs and the console alone. */
const ELSEWHERE: Readonly<Record<string, readonly Role[]>> = {
  show_checkpoint_file: ['owner'],
  list_approvals: ROLES,
  list_hunks: ROLES,
  review: ['owner', 'approver'],
  show_restore: ROLES,
  issue_token: ['owner'],
  wait_for_task: ROLES,
  show_session: ROLES,
  read_document: ROLES,
  show_tool: ROLES,
}

const WRITTEN = new Map(
  [...readFileSync(join(import.meta.dirname, '../../../docs/permissions.md'), 'utf8').matchAll(/^\| `(\w+)` \| (.+) \|$/gmu)].map(
    ([, name = '', cells = '']) => {
      const yes = cells.split(' | ').map((cell) => cell === 'yes')
      return [name, ROLES.filter((_, n) => yes[n])] as const
    },
  ),
)

it('each capability may be called by the roles that are written down, and by no other', () => {
  expect([WRITTEN.size > 80, ROLES]).toEqual([true, ['owner', 'approver', 'member', 'viewer']])
  const decided = capabilities.map((capability) => [capability.name, ROLES.filter((role) => mayCall(capability, role))])
  const written = capabilities.map(({ name }) => [name, WRITTEN.get(name) ?? ELSEWHERE[name]])
  expect(decided).toEqual(written)
})

it('a token is worth what its scopes say, the highest of them, and approve-own no more than asking but for its own work', () => {
  const worth = [
    ['read'],
    ['request'],
    ['approve-own'],
    ['approve'],
    ['admin'],
    ['read', 'request'],
    ['read', 'approve'],
    ['request', 'admin'],
    [],
  ] as const
  expect(worth.map((scopes) => [roleOfScopes(scopes, false) ?? null, roleOfScopes(scopes, true) ?? null])).toEqual([
    ['viewer', 'viewer'],
    ['member', 'member'],
    ['member', 'approver'],
    ['approver', 'approver'],
    ['owner', 'owner'],
    ['member', 'member'],
    ['approver', 'approver'],
    ['owner', 'owner'],
    [null, null],
  ])
})

it('with a person behind it it may no more than they', () => {
  expect(ROLES.map((a) => ROLES.map((b) => lesserRole(a, b)))).toEqual([
    ['owner', 'approver', 'member', 'viewer'],
    ['approver', 'approver', 'member', 'viewer'],
    ['member', 'member', 'member', 'viewer'],
    ['viewer', 'viewer', 'viewer', 'viewer'],
  ])
})
