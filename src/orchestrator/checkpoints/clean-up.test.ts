/** What has had its time is really gone from the disk, and nothing that a row still names is. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openRoom } from '../../../test/support/checkpoint-room.ts'
import { describeEachStore } from '../../../test/support/stores.ts'
import { openScene, person, write } from '../../git/testing/scene.ts'
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
})
