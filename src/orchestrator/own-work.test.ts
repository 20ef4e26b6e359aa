import { LughError, PersonId, randomIds, type Role } from '#core'
import { expect, it } from 'vitest'
import { checkOwnWork } from './own-work.ts'

it('lets a member steer their own tasks alone, approvers and owners any, and leaves a token to its scopes', () => {
  const [own, other] = [PersonId.parse(randomIds.uuid()), PersonId.parse(randomIds.uuid())]
  const caller = { personId: own, name: 'x', door: 'telegram', callKey: 'k' } as const
  const told = (role: Role, personId: PersonId | null, token = {}): string => {
    try {
      checkOwnWork({ caller: { ...caller, role, ...token } }, { number: 3, personId })
      return 'may'
    } catch (error) {
      return error instanceof LughError ? error.code : 'thrown'
    }
  }
  const asked = (role: Role) => [told(role, own), told(role, other), told(role, null)]
  expect({
    owner: asked('owner'),
    approver: asked('approver'),
    member: asked('member'),
    token: told('member', other, { token: { key: 't' } }),
  }).toEqual({
    owner: ['may', 'may', 'may'],
    approver: ['may', 'may', 'may'],
    member: ['may', 'not-allowed', 'not-allowed'],
    token: 'may',
  })
})
