import { expect, test } from 'vitest'
import { randomIds, TaskId } from '#core'
import { describeEachStore } from '../../test/support/stores.ts'
import { claimTask, type Store } from '#db'
import { keepLeases, type Walked } from './keep-leases.ts'

const HOME = 'home'
const HOLDER = 'home:1'
const LEASE_MS = 60_000

/** Queues so many tasks in a project of this home and claims them all. */
async function claimed(store: Store, count: number): Promise<Map<TaskId, Walked>> {
  const project = randomIds.uuid()
  await store.run(
    `insert into project (id, name, location, kind, home, state, target_branch) values ($1::uuid, 'shop', '/shop', 'path', $2::text, 'ready', 'main')`,
    [project, HOME],
  )
  const walked = new Map<TaskId, Walked>()
  for (let number = 1; number <= count; number += 1) {
    await store.run(
      `insert into task (id, number, project_id, title, wish, state, branch) values ($1::uuid, $2::integer, $3::uuid, 't', 'w', 'queued', $4::text)`,
      [randomIds.uuid(), number, project, `b${number}`],
    )
    const task = await store.tx((tx) => claimTask(tx, HOME, HOLDER, LEASE_MS))
    if (task === undefined) throw new Error('nothing to claim')
    walked.set(task.id, { abort: new AbortController(), fence: task.fence })
  }
  return walked
}

const expire = (store: Store): Promise<number> => store.run(`update task set lease_until = now() - interval '1 second'`)
const free = async (store: Store): Promise<number> => store.run(`select from task where lease_until < now()`)

describeEachStore('the heartbeat', (open) => {
  test('keeps the leases of what is walked, and lets those run out that nobody walks any more', async () => {
    const store = await open()
    const walked = await claimed(store, 3)
    const [left = TaskId.parse(randomIds.uuid())] = walked.keys()
    walked.delete(left) // its walk ended in an error of the store, so that nothing was written
    await expire(store)
    await keepLeases(store, HOLDER, LEASE_MS, walked)
    expect(await free(store)).toBe(1)
    expect((await store.tx((tx) => claimTask(tx, HOME, 'home:2', LEASE_MS)))?.id).toBe(left)
    expect([...walked.values()].map(({ abort }) => abort.signal.aborted)).toEqual([false, false])
  })
  test('does not stop a task that was claimed while it asked', async () => {
    const store = await open()
    const walked = await claimed(store, 2)
    const [late = TaskId.parse(randomIds.uuid())] = walked.keys()
    const entry = walked.get(late)
    walked.delete(late)
    const beat = keepLeases(store, HOLDER, LEASE_MS, walked)
    if (entry !== undefined) walked.set(late, entry)
    await beat
    expect([...walked.values()].map(({ abort }) => abort.signal.aborted)).toEqual([false, false])
  })
  test('stops a task that another has claimed', async () => {
    const store = await open()
    const walked = await claimed(store, 1)
    await expire(store)
    await store.tx((tx) => claimTask(tx, HOME, 'home:2', LEASE_MS))
    await keepLeases(store, HOLDER, LEASE_MS, walked)
    expect([...walked.values()].map(({ abort }) => abort.signal.aborted)).toEqual([true])
  })
})
