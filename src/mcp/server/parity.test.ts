/** The same table decides at every door: what a token may, somebody of that role may at the bot; and never more. */
import { ROLES, type Role, type TokenScope } from '#core'
import { capabilities, mayCall } from '#orchestrator'
import { describe, expect, it } from 'vitest'
import { roleOfScopes } from './role-of-scopes.ts'
import { isOffered, toolsOf } from './tools.ts'

const SCOPES: Readonly<Record<Role, readonly TokenScope[]>> = { owner: ['admin'], approver: ['approve'], member: ['request'], viewer: ['read'] }
/** What a person may answer by themselves and a program only with `approve`, and what only `admin` sets up. */
const STRICTER = new Set(['member cancel_plan', 'member discard_task', 'member discard_dry_run', 'approver set_budget'])

describe('the table of the doors', () => {
  it('gives each role of a token what the bot gives a person of that role', () => {
    for (const tool of toolsOf(capabilities))
      for (const role of ROLES) {
        const cell = `${role} ${tool.name}`
        const bot = mayCall(tool.capability, role)
        expect([cell, isOffered(tool, SCOPES[role])]).toEqual([cell, bot && !STRICTER.has(cell)])
      }
  })
  it('makes of scopes the role they stand for, and of approve-own one only about own work', () => {
    const roles: (string | undefined)[][] = ROLES.map((role) => [role, roleOfScopes(SCOPES[role], false)])
    expect(roles).toEqual(ROLES.map((role) => [role, role]))
    expect([roleOfScopes(['approve-own'], false), roleOfScopes(['approve-own'], true), roleOfScopes([], true)]).toEqual([
      'member',
      'approver',
      undefined,
    ])
  })
})

it('no schema of a tool has a list of types, which some model providers refuse', () => {
  const several = toolsOf(capabilities).filter(({ listed }) => /"type":\[/u.test(JSON.stringify(listed)))
  expect(several.map(({ name }) => name)).toEqual([])
})
