/**
 * A full disk at every write of a checkpoint and of a way back: refused with one sentence or whole, never half; the person's folder as it
 * was; and the same goes through once there is space again.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { sayError } from '#core'
import { listCheckpoints, restoreById } from '#db'
import { fingerprint, openScene, write, type Scene } from '../../src/git/testing/scene.ts'
import { carryOn } from '../../src/orchestrator/checkpoints/carry-out.ts'
import { proveWhole } from '../../src/orchestrator/checkpoints/prove.ts'
import { openRoom, stateOf } from '../support/checkpoint-room.ts'
import { canMount, mountSmallDisk } from '../support/small-disk.ts'
import { describeEachStore } from '../support/stores.ts'
import { LONG } from '../support/system.ts'

const KIB = 1024
/** Growing by a step: each write fails first at another of these. */
const LEFT = LONG ? Array.from({ length: 60 }, (_, n) => n * 8 * KIB) : [0, 4, 8, 12, 16, 24, 32, 48, 64, 96, 160, 320].map((kib) => kib * KIB)
const FULL = /disk is full/i

/** Everything of the scene lies on the small disk; the rows do not. */
async function sceneOn(folder: string): Promise<Scene> {
  const before = process.env['TMPDIR']
  process.env['TMPDIR'] = folder
  try {
    return await openScene({ 'a.txt': 'a\n', '.gitignore': '.env\n' })
  } finally {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
  }
}

function sound(store: string): void {
  expect(
    execFileSync('git', [`--git-dir=${store}`, 'fsck', '--full', '--strict', '--no-dangling'], { stdio: ['ignore', 'pipe', 'pipe'] }).toString(),
  ).toBe('')
}

describeEachStore('a full disk', (open) => {
  it.skipIf(!canMount)('at every write: no half checkpoint, no half way back, and it goes on when space returns', { timeout: 600_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lugh-small-'))
    using disk = mountSmallDisk(folder, '24m')
    const db = await open()
    {
      await using scene = await sceneOn(folder)
      const room = await openRoom(db, scene)
      write(scene.theirs, { 'mine.txt': 'in no git\n', '.env': 'SECRET=1\n' })
      const theirs = fingerprint(scene.theirs)
      const first = await room.checkpoint('first')
      let stumbled = 0
      for (const [round, left] of LEFT.entries()) {
        write(room.worktree, { 'large.txt': `${round} ${Math.sin(round)}\n`.repeat(3000), 'a.txt': `round ${round}\n` })
        disk.fill(left)
        const made = await room.checkpoint(`round ${round}`).catch((error: unknown) => {
          expect(sayError(error)).toMatch(FULL)
          stumbled += 1
        })
        if (made !== undefined) await expect(proveWhole(room.m, room.project, made)).resolves.toMatchObject({ commit: made.commit })
        disk.free()
        const rows = await listCheckpoints(db, room.project.id, 1)
        expect(rows[0]?.state).toBe(made === undefined ? 'failed' : 'whole')
        if (made === undefined) expect(rows[0]?.failure).toMatch(FULL)
        sound(scene.places.store)
        const again = await room.checkpoint('again')
        expect(again.state).toBe('whole')

        const before = await stateOf(db, room.taskId)
        const restore = await room.restore(first, 'over', 'wanted')
        await db.run(`update restore set parked = true where id = $1::uuid`, [restore.id])
        write(room.worktree, { 'a.txt': `after ${round}\n`, 'more.txt': `${round}\n`.repeat(20_000) })
        const files = fingerprint(room.worktree, ['.git'])
        disk.fill(left)
        await carryOn(room.m, { ...restore, parked: true })
        disk.free()
        const ended = await restoreById(db, restore.id)
        expect(fingerprint(room.worktree, ['.git'])).toEqual(files)
        if (ended?.state === 'refused') {
          expect(ended.failure).toMatch(FULL)
          expect(await stateOf(db, room.taskId)).toBe(before)
          stumbled += 1
        } else expect(ended).toMatchObject({ state: 'done', made: { tasks: [1] } })
        sound(scene.places.store)
        await db.run(`update task set saved_tree = null, saved_head = null, saved_index = null, saved_raw = false, state = 'paused'`)
        await db.run(`update worktree set state = 'ready'`)
      }
      expect(stumbled).toBeGreaterThan(3)
      expect(fingerprint(scene.theirs)).toEqual(theirs)
    }
  })
})
