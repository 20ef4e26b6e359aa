/** What has had its time is really gone from the disk, and nothing that a row still names is. */
import { randomBytes, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { RestoreId } from '#core'
import { checkpointById, insertCheckpointFile, restoreById, type Checkpoint } from '#db'
import { openRoom } from '../../../test/support/checkpoint-room.ts'
import { FACTS } from '../../../test/support/no-git.ts'
import { describeEachStore } from '../../../test/support/stores.ts'
import { openScene, person, write } from '../../git/testing/scene.ts'
import { cleanCheckpoints } from '../capabilities/clean-checkpoints.ts'
import { cleanUpProject } from './clean-up.ts'
import { proveWhole } from './prove.ts'

describeEachStore('cleaning up', (open) => {
  it('frees what only old checkpoints held, and keeps what tasks and other checkpoints need', async () => {
    await using scene = await openScene({ 'a.txt': 'a\n' })
    const db = await open()
    const room = await openRoom(db, scene)
    const { store } = scene.places
    const has = (name: string): boolean => !person(store, ['--git-dir=.', 'cat-file', '--batch-check'], `${name}\n`).endsWith('missing')
    const hold = async (content: string, ended: boolean): Promise<{ blob: string; tree: string }> => {
      write(room.worktree, { 'large.txt': content })
      const blob = person(scene.theirs, ['hash-object', join(room.worktree, 'large.txt')])
      const { id, manifest } = await room.checkpoint(undefined, 'operation')
      if (ended) await db.run(`update checkpoint set created_at = now() - interval '2 days' where id = $1::uuid`, [id])
      return { blob, tree: manifest?.tasks[0]?.files?.tree ?? '' }
    }
    const large = (): string => randomBytes(100_000).toString('hex')
    const old = await hold(large(), true)
    const setBack = await hold(large(), true)
    const kept = await hold('kept\n', false)
    // A task that was set back to a checkpoint which goes now, and began from a commit that came in with another: its own rows name both.
    const foreign = person(store, ['--git-dir=.', 'commit-tree', setBack.tree, '-m', 'from elsewhere'])
    await db.run(`update task set saved_tree = $1::text, base_commit = $2::text`, [setBack.tree, foreign])
    await db.run(`update worktree set state = 'gone'`)
    const { removed, bytesBefore, bytesAfter } = await cleanUpProject(room.m, room.project, 0)
    expect(removed).toEqual([2, 1])
    expect(bytesBefore - bytesAfter).toBeGreaterThan(50_000)
    expect([old.blob, setBack.blob, kept.blob, foreign].map(has)).toEqual([false, true, true, true])
    const last = await room.checkpoint()
    await expect(proveWhole(room.m, room.project, last)).resolves.toMatchObject({ commit: last.commit })
  })

  it('leaves what an open card offers, a way back is using or a file is made of; an offer nobody answered in a day ends', async () => {
    await using scene = await openScene({ 'a.txt': 'a\n' })
    const db = await open()
    const room = await openRoom(db, scene)
    const old = async (): Promise<Checkpoint> => {
      write(room.worktree, { 'a.txt': `${Math.random()}\n` })
      const made = await room.checkpoint(undefined, 'operation')
      await db.run(`update checkpoint set created_at = now() - interval '2 days' where id = $1::uuid`, [made.id])
      return made
    }
    const [offered, forgotten, wanted, leaving, free, undone] = [await old(), await old(), await old(), await old(), await old(), await old()]
    await room.checkpoint('newest')
    const offer = async (of: Checkpoint, state: string, days = 0): Promise<RestoreId> => {
      const { id } = await room.restore(of, 'over', 'looking')
      await db.run(`update restore set state = $2::text, created_at = now() - $3::integer * interval '1 day' where id = $1::uuid`, [id, state, days])
      return id
    }
    const card = await offer(offered, 'offered')
    const late = await offer(forgotten, 'offered', 3)
    await offer(wanted, 'wanted')
    const done = await offer(offered, 'done')
    await db.run(`update restore set before_id = $2::uuid, ended_at = now() where id = $1::uuid`, [done, undone.id])
    const file = randomUUID()
    const nothing = { telegramFile: null, project: null, conversationId: null, replyTo: null, botId: null, home: FACTS.home, door: 'cli' }
    await db.tx((tx) =>
      insertCheckpointFile(tx, {
        ...nothing,
        id: file,
        callKey: file,
        personId: room.personId,
        direction: 'out',
        checkpointId: leaving.id,
        path: '/x',
      }),
    )
    const { removed } = await cleanUpProject(room.m, room.project, 0)
    expect(removed).toEqual([undone, free, forgotten].map(({ number }) => number))
    expect(await restoreById(db, card)).toMatchObject({ state: 'offered' })
    expect(await restoreById(db, late)).toMatchObject({ state: 'refused', failure: `C${forgotten.number} was kept for its time and is gone.` })
    await expect(proveWhole(room.m, room.project, offered)).resolves.toMatchObject({ commit: offered.commit })
    const gone = await checkpointById(db, free.id)
    if (gone === undefined) throw new Error('no row')
    await expect(proveWhole(room.m, room.project, gone)).rejects.toMatchObject({ code: 'not-found' })
    const call = (checkpoints: readonly number[]): Promise<unknown> => room.call(cleanCheckpoints, { checkpoints, confirmed: true })
    await expect(call([offered.number])).rejects.toMatchObject({ code: 'conflict', say: expect.stringContaining('a card offers the way back') })
    await db.run(`update restore set state = 'dropped' where id = $1::uuid`, [card])
    await expect(call([offered.number])).resolves.toMatchObject({ going: [{ checkpoint: offered.number }] })
  })
})
