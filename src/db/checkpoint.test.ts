/** Checkpoints as rows: one at a time, one a key, and no table forgotten. */
import { expect, it } from 'vitest'
import { CheckpointId, ObjectName, ProjectId, randomIds, type CheckpointKind } from '#core'
import { z } from 'zod'
import { describeEachStore } from '../../test/support/stores.ts'
import { KEPT_TABLES, LEFT_OUT_TABLES } from './checkpoint-rows.ts'
import { askCheckpoint, checkpointById, setCheckpointFailed, setCheckpointWhole, type Checkpoint, type Made } from './checkpoint.ts'
import type { Db } from './port.ts'
import { insertProject } from './project.ts'

const MADE: Made = {
  commit: ObjectName.parse('a'.repeat(40)),
  digest: 'd',
  manifest: {
    version: 1,
    lugh: '0',
    project: { id: ProjectId.parse(randomIds.uuid()), name: 'shop' },
    at: '',
    targets: [],
    tasks: [],
    settled: 0,
    parts: [],
    problems: [],
  },
  changed: null,
  bytes: 1,
  tookMs: 1,
}

describeEachStore('checkpoints', (open) => {
  async function scene(): Promise<{ db: Db; ask: (key: string, kind?: CheckpointKind, name?: string) => Promise<Checkpoint | undefined> }> {
    const db = await open()
    const projectId = ProjectId.parse(randomIds.uuid())
    await db.tx((tx) =>
      insertProject(tx, { id: projectId, home: 'h', name: 'shop', kind: 'path', location: '/shop', sample: false, conversationId: null }),
    )
    const ask = (key: string, kind: CheckpointKind = 'manual', name?: string): Promise<Checkpoint | undefined> =>
      db.tx((tx) =>
        askCheckpoint(tx, {
          id: CheckpointId.parse(randomIds.uuid()),
          projectId,
          name: name ?? null,
          kind,
          key,
          personId: null,
          conversationId: null,
        }),
      )
    return { db, ask }
  }

  it('hold rows of every table, or say why not', async () => {
    const db = await open()
    const tables = await db.rows(
      z.object({ name: z.string() }),
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by relname`,
    )
    expect([...KEPT_TABLES, ...Object.keys(LEFT_OUT_TABLES)].toSorted()).toEqual(tables.map(({ name }) => name))
  })

  it('twenty asked for at once are one, kept for as long as the longest wants, under the name that was given', async () => {
    const { db, ask } = await scene()
    const asked = await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n === 13 ? ask('k13', 'manual', 'before stripe') : ask(`k${n}`, 'operation'))),
    )
    const [id] = new Set(asked.map((row) => row?.id))
    expect(new Set(asked.map((row) => row?.number))).toEqual(new Set([1]))
    expect(id === undefined ? undefined : await checkpointById(db, id)).toMatchObject({
      number: 1,
      kind: 'manual',
      name: 'before stripe',
      state: 'making',
    })
  })

  it('the same key gets the same one, a failed one is tried again, a new key gets the next number', async () => {
    const { db, ask } = await scene()
    const first = await ask('a')
    if (first === undefined) throw new Error('not asked')
    await db.tx((tx) => setCheckpointFailed(tx, first.id, 'full'))
    expect(await ask('a')).toMatchObject({ id: first.id, state: 'making', failure: null })
    await db.tx((tx) => setCheckpointWhole(tx, first.id, MADE))
    expect([await ask('a'), await ask('b')]).toMatchObject([
      { number: 1, state: 'whole' },
      { number: 2, state: 'making' },
    ])
  })

  it('one that is whole is never made again', async () => {
    const { db, ask } = await scene()
    const first = await ask('a')
    if (first === undefined) throw new Error('not asked')
    await db.tx((tx) => setCheckpointWhole(tx, first.id, MADE))
    expect([
      await db.tx((tx) => setCheckpointWhole(tx, first.id, { ...MADE, digest: 'other' })),
      await db.tx((tx) => setCheckpointFailed(tx, first.id, 'x')),
    ]).toEqual([undefined, 0])
    expect(await checkpointById(db, first.id)).toMatchObject({ state: 'whole', digest: 'd' })
  })
})
