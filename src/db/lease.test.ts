/** Leases: one holder at a time, and none for the dead of one's own home. */
import { expect, it } from 'vitest'
import { describeEachStore } from '../../test/support/stores.ts'
import { dropLease, holdLease, reclaimLeases } from './lease.ts'

const LONG_MS = 60_000

describeEachStore('leases', (open) => {
  it('one holds it, renews it, and the next has it once it was given up', async () => {
    const db = await open()
    expect(await holdLease(db, 'poller', 'a:1', LONG_MS)).toBe(1)
    expect(await holdLease(db, 'poller', 'a:1', LONG_MS)).toBe(1)
    expect(await holdLease(db, 'poller', 'b:1', LONG_MS)).toBeUndefined()
    await dropLease(db, 'poller', 'a:1')
    expect(await holdLease(db, 'poller', 'b:1', LONG_MS)).toBe(2)
  })

  it('the next life of a home has at once what the killed one held, and takes nothing from another home', async () => {
    const db = await open()
    await holdLease(db, 'poller:1', 'a:first-life', LONG_MS)
    await holdLease(db, 'poller:2', 'b:first-life', LONG_MS)
    expect(await reclaimLeases(db, 'a:')).toBe(1)
    expect(await holdLease(db, 'poller:1', 'a:second-life', LONG_MS)).toBe(2)
    expect(await holdLease(db, 'poller:2', 'a:second-life', LONG_MS)).toBeUndefined()
  })
})
