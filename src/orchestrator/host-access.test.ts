/** A place a command was stopped at: one card for all who ask the same, answers that reach as far as they say, and all of it can be taken back. */
import { expect, it } from 'vitest'
import { plain } from '#core'
import type { Blocked } from '#sandbox'
import { z } from 'zod'
import { openMoneyRoom, type AtWork, type MoneyRoom } from '../../test/support/money-room.ts'
import { describeEachStore } from '../../test/support/stores.ts'
import { askAboutHosts, hostAnswers, networkFor, networkSeen, noteBlocked, wallsAround } from './host-access.ts'
import { moveTask } from './move-task.ts'
import { renderCard } from './render-card.ts'

const COMMAND = 'npm ci'
const REGISTRY: Blocked = { host: 'registry.npmjs.org', port: 443, reason: 'not-listed' }
const ROUTER: Blocked = { host: 'router.test', port: 80, address: '192.168.1.1', reason: 'private' }
const cwdOf = ({ claim }: AtWork): string => `/worktrees/${claim.task.id}`

/** The command of this task was stopped there; the task waits. */
async function stopped(room: MoneyRoom, at: AtWork, blocked: Blocked = REGISTRY, command = COMMAND): Promise<boolean> {
  const { task } = at.claim
  return room.db.tx(async (tx) => {
    const asked = await askAboutHosts(room.m, tx, task, { callId: command, runId: at.run.id, command, cwd: cwdOf(at), blocked: [blocked] })
    await moveTask(tx, task, { to: 'waiting', reason: 'a host waits' })
    return asked
  })
}

const Card = z.object({ subject: z.string() })
/** What every card of this kind shows now, its words and its buttons. */
async function cards(room: MoneyRoom): Promise<{ text: string; press: (label: string) => Promise<unknown> }[]> {
  const rows = await room.db.rows(Card, `select subject_id as subject from card where kind = 'host' order by created_at, id`)
  return Promise.all(
    rows.map(async ({ subject }) => {
      const content = await renderCard(room.db, room.facts, 'host', subject)
      const buttons = content?.buttons.flat() ?? []
      return {
        text: plain(content?.text ?? ''),
        press: (label: string) => {
          const button = buttons.find((one) => one.label === label)
          if (button === undefined) throw new Error(`no ${label} among ${buttons.map((one) => one.label).join(' ')}`)
          return room.ask(button.capability, button.input)
        },
      }
    }),
  )
}

const seen = (room: MoneyRoom, at: AtWork, command = COMMAND): Promise<{ words: string; places: string }> =>
  networkSeen(room.db, at.claim.task, { id: room.projectId }, { command, cwd: cwdOf(at) })
const reach = (room: MoneyRoom, at: AtWork, command = COMMAND): Promise<readonly string[]> =>
  room.db.tx(async (tx) =>
    ((await networkFor(tx, at.claim.task, { id: room.projectId }, { command, cwd: cwdOf(at) }))?.rules ?? []).map(({ host }) => host),
  )
const Grants = z.object({ grants: z.array(z.object({ id: z.string(), rule: z.string(), where: z.string(), until: z.string(), by: z.string() })) })
const grants = async (room: MoneyRoom): Promise<z.infer<typeof Grants>['grants']> => Grants.parse(await room.ask('list_grants', {})).grants
const states = (room: MoneyRoom): Promise<string[]> => Promise.all(room.tasks.map(async (task) => (await room.now(task)).state))
/** The nth of what there must be. */
function nth<T>(all: readonly T[], n: number): T {
  const one = all[n]
  if (one === undefined) throw new Error(`there are only ${all.length}`)
  return one
}

describeEachStore('a host', (open) => {
  it('that agents are stopped at alike is one card, whose answer counts for each of them and for nobody else', async () => {
    const room = await openMoneyRoom(await open(), 4)
    const [first, second, other, private_] = [nth(room.tasks, 0), nth(room.tasks, 1), nth(room.tasks, 2), nth(room.tasks, 3)]
    await stopped(room, first)
    await stopped(room, second)
    await stopped(room, other, REGISTRY, 'npm install left-pad')
    await stopped(room, private_, ROUTER)
    const all = await cards(room)
    expect(all.map(({ text }) => text.split('\n')[0])).toEqual([
      '🟠 Reach registry.npmjs.org · shop · T1',
      '🟠 Reach registry.npmjs.org · shop · T3',
      '🟠 Reach router.test:80 · shop · T4',
    ])
    expect(nth(all, 0).text).toContain('T2 asks the same: your answer counts for all.')
    await nth(all, 0).press('✅ Allow once')
    expect(await states(room)).toEqual(['queued', 'queued', 'waiting', 'waiting'])
    // Once for each of them: the very command, in its own place.
    expect([await reach(room, first), await reach(room, second), await reach(room, second), await reach(room, other)]).toEqual([
      ['registry.npmjs.org'],
      ['registry.npmjs.org'],
      [],
      [],
    ])
    await expect(nth(all, 0).press('❌ Deny')).rejects.toMatchObject({ code: 'conflict', say: 'Too late: this was already allowed.' })
    expect((await room.db.tx((tx) => hostAnswers(tx, second.claim.task, COMMAND))).said).toContain('allowed registry.npmjs.org for one more run')
  })

  it('allowed for the project after the rule was read answers everybody who waits for that very place, and ends by itself', async () => {
    const room = await openMoneyRoom(await open(), 3)
    const [first, other, private_] = [nth(room.tasks, 0), nth(room.tasks, 1), nth(room.tasks, 2)]
    await stopped(room, first)
    await stopped(room, other, REGISTRY, 'npm install left-pad')
    await stopped(room, private_, { ...ROUTER, host: REGISTRY.host, port: REGISTRY.port })
    await nth(await cards(room), 0).press('Always…')
    const face = nth(await cards(room), 0)
    expect(face.text).toMatch(
      /every command of every task of shop may reach registry\.npmjs\.org on port 443, without asking\.\nExpiry: 30 days after you confirm/,
    )
    await face.press('✅ Confirm')
    // The same name in the machine's own network is another place: its card said so.
    expect(await states(room)).toEqual(['queued', 'queued', 'waiting'])
    expect([await reach(room, first), await reach(room, other), (await seen(room, first)).words]).toEqual([
      ['registry.npmjs.org'],
      ['registry.npmjs.org'],
      'may reach registry.npmjs.org',
    ])
    await room.db.run(`update host_rule set expires_at = now()`)
    expect([await reach(room, first), (await seen(room, first)).words, await grants(room)]).toEqual([[], 'no network', []])
  })

  it('stands in /grants until it is taken back there, for the project and for a task, said once however often it was given', async () => {
    const room = await openMoneyRoom(await open(), 2)
    const [first, second] = [nth(room.tasks, 0), nth(room.tasks, 1)]
    await stopped(room, first)
    await nth(await cards(room), 0).press('This task')
    await room.db.tx((tx) => moveTask(tx, first.claim.task, { to: 'running', from: ['queued'] }))
    await stopped(room, first, REGISTRY, 'npm ci again')
    await nth(await cards(room), 1).press('This task')
    await room.ask('allow_host', { host: 'mirror.example.org:8443' })
    const listed = await grants(room)
    expect(listed.map(({ rule, where, until, by }) => `${rule} · ${where} · ${until} · ${by}`)).toEqual([
      'reach mirror.example.org:8443 · project shop · until you take it back · Ada',
      'reach registry.npmjs.org · T1 · until it ends · Ada',
    ])
    expect((await seen(room, first)).words).toBe('may reach mirror.example.org:8443, registry.npmjs.org')
    expect((await seen(room, second)).words).toBe('may reach mirror.example.org:8443')
    const long = `registry.npmjs.org.${'a'.repeat(60)}.evil.example`
    await room.ask('allow_host', { host: long })
    expect((await seen(room, second)).words).toMatch(/^may reach mirror\.example\.org:8443, …a+\.evil\.example$/)
    await room.ask('forget_host', { host: long })
    await expect(room.ask('revoke_grant', { grant: nth(listed, 0).id }, 'member')).rejects.toMatchObject({ code: 'not-allowed' })
    for (const { id } of listed) await room.ask('revoke_grant', { grant: id })
    expect([await grants(room), await reach(room, first), (await seen(room, first)).words]).toEqual([[], [], 'no network'])
    await expect(room.ask('revoke_grant', { grant: nth(listed, 0).id })).rejects.toMatchObject({ code: 'not-found' })
    const kinds = await room.db.rows(z.object({ kind: z.string() }), `select kind from event where kind like 'host.%' order by id`)
    expect(kinds.map(({ kind }) => kind).filter((kind) => kind === 'host.forgotten')).toHaveLength(3)
  })

  it('that tests or an engine of its own were stopped at is asked about while the task goes on', async () => {
    const room = await openMoneyRoom(await open(), 1)
    const [task] = [nth(room.tasks, 0)]
    const at = { callId: 'tests:1', runId: null, command: 'npm test', cwd: cwdOf(task) }
    const never: Blocked = { host: '169.254.169.254', port: 80, reason: 'never' }
    await noteBlocked(room.m, task.claim, { ...at, finished: {} })
    await noteBlocked(room.m, task.claim, { ...at, finished: { traffic: { reached: [], blocked: [never] } } })
    expect(await cards(room)).toEqual([])
    for (let n = 0; n < 2; n += 1)
      await noteBlocked(room.m, task.claim, { ...at, finished: { traffic: { reached: [], blocked: [never, REGISTRY] } } })
    const all = await cards(room)
    expect(all.map(({ text }) => text.split('\n').slice(0, 2))).toEqual([['🟠 Reach registry.npmjs.org · shop · T1', 'Stopped: npm test']])
    await nth(all, 0).press('✅ Allow once')
    expect([await states(room), await reach(room, task, 'npm test')]).toEqual([['running'], ['registry.npmjs.org']])
  })

  it('no longer waited for by who asked first is still asked for the others, on the same card', async () => {
    const room = await openMoneyRoom(await open(), 2)
    const [first, second] = [nth(room.tasks, 0), nth(room.tasks, 1)]
    await stopped(room, first)
    await stopped(room, second)
    await room.ask('stop_task', { task: 1 })
    const [card] = await cards(room)
    expect(card?.text).toMatch(/^🟠 Reach registry\.npmjs\.org · shop · T2\n/)
    await card?.press('❌ Deny')
    expect(await states(room)).toEqual(['stopped', 'queued'])
    // Denied to a task is denied: it is not asked about again.
    expect(await stopped(room, second, REGISTRY, 'npm ci --again')).toBe(false)
  })
})

it('is said of a command as far as it is so: no walls hold it, or no way to the network is there, whatever was allowed', () => {
  const up = { walls: 'up', how: 'test', processes: 'counted' } as const
  const words = 'may reach registry.npmjs.org'
  expect([
    wallsAround({ ...up, network: { ok: true } }, words),
    wallsAround({ ...up, network: { ok: false, why: '', fix: '' } }, words),
    wallsAround({ walls: 'none', why: '', fix: '' }, words),
  ]).toEqual(['sandboxed, may reach registry.npmjs.org', 'sandboxed, no network', 'outside a sandbox: there is none on this machine'])
})
