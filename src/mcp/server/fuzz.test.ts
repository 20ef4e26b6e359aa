/** Thousands of messages nobody should send: none crashes the door, none does anything. In process, in seconds. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { MODERN, modern, openMcpRoom } from '../../../test/support/mcp-room.ts'
import { describeEachStore } from '../../../test/support/stores.ts'

/** On each of two stores; the long form sends twice as many. */
const MESSAGES = process.env['LUGH_TEST_LONG'] === '1' ? 10_000 : 5000
const AT_ONCE = 50

/** A generator anybody can repeat: the seed stands in the name of the test. */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const METHODS = [
  'tools/call',
  'tools/list',
  'initialize',
  'server/discover',
  'resources/read',
  'prompts/get',
  'completion/complete',
  'ping',
  'subscriptions/listen',
  '__proto__',
  '',
  'tools/call\u0000',
]
const NAMES = [
  'remove_project',
  'decide_approval',
  'review',
  'set_budget',
  'lugh/remove_project',
  'lugh.lugh.review',
  'constructor',
  '__proto__',
  'issue_token',
  'add_token',
  '\u202estop_task',
]

describeEachStore('a flood of odd messages', (open) => {
  it(`changes nothing and is answered, ${MESSAGES} times (seed 8)`, { timeout: 240_000 }, async () => {
    const room = await openMcpRoom(await open(), 2)
    const asked = await room.askApproval(1)
    const next = chance(8)
    const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(next() * list.length)]
    const odd = (depth: number): unknown =>
      pick<() => unknown>([
        () => null,
        () => -1,
        () => 1e308,
        () => '',
        () => '\u0000\ud800\u202e',
        () => 'x'.repeat(Math.floor(next() * 5000)),
        () => asked.approval,
        () => ({ ...asked, decision: 'allow' }),
        () => ({ project: 'shop', change: asked.approval, digest: asked.digest, decision: 'merge' }),
        () => (depth > 3 ? [] : [odd(depth + 1), odd(depth + 1)]),
        () => (depth > 3 ? {} : { [String(pick(NAMES))]: odd(depth + 1), __proto__: { role: 'owner' } }),
      ])?.()
    // In a session an id is used once; whoever answers two under one has one stream too many open.
    let ids = 1
    const fresh = (): number => (ids += 1)
    const message = (): string => {
      const whole = {
        jsonrpc: pick(['2.0', '2.0', '2.0', '1.0', 2]),
        id: pick<unknown>([fresh(), fresh(), `a${fresh()}`, null, {}, 1.5]),
        method: pick(METHODS),
        params: { name: pick(NAMES), arguments: odd(0), uri: odd(2), _meta: pick([odd(2), modern('ping').body.params._meta]) },
      }
      const text = JSON.stringify(pick<unknown>([whole, whole, whole, [whole, { ...whole, id: fresh() }], odd(0)])) ?? ''
      const at = Math.floor(next() * text.length)
      return next() < 0.15 ? text.slice(0, at) + String.fromCodePoint(Math.floor(next() * 0xff)) + text.slice(at + 1) : text
    }
    const known = await room.token(['read', 'request'], { per_minute: 60_000 })
    const { session } = await room.older(known, { elicitation: {} })
    const secrets = [known, known, 'guess-guess-guess-guess', `lugh_${'a'.repeat(43)}`]
    const statuses = new Map<number, number>()
    for (let sent = 0; sent < MESSAGES; sent += AT_ONCE)
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          const headers = {
            authorization: `Bearer ${pick(secrets) ?? ''}`,
            ...(next() < 0.5 ? { 'mcp-session-id': pick([session, session, session, `${session.slice(1)}x`]) ?? '' } : {}),
            ...(next() < 0.5 ? { 'mcp-protocol-version': pick([MODERN, '2025-06-18', '1999-01-01']) ?? '' } : {}),
          }
          const gone = new AbortController()
          const answer = await room.post(message(), headers, gone.signal)
          const body =
            answer.headers.get('content-type')?.includes('event-stream') === true && next() < 0.1
              ? ''
              : await Promise.race([answer.text(), sleep(2000, '')])
          gone.abort()
          expect(body).not.toContain('node_modules')
          statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
        }),
      )
    const Row = z.object({ projects: z.number(), tasks: z.number(), tokens: z.number(), pending: z.number(), decided: z.number() })
    const after = await room.db.row(
      Row,
      `select (select count(*) from project where state = 'ready')::integer as projects, (select count(*) from task)::integer as tasks, (select count(*) from token)::integer as tokens,
         (select count(*) from approval where state = 'pending')::integer as pending, (select count(*) from event where kind = 'approval.decided')::integer as decided`,
    )
    await room.mcp.close()
    expect(after).toEqual({ projects: 1, tasks: 2, tokens: 1, pending: 1, decided: 0 })
    expect([...statuses.keys()].filter((status) => status >= 500)).toEqual([])
    expect(statuses.get(401)).toBeGreaterThan(MESSAGES / 4)
  })
})
