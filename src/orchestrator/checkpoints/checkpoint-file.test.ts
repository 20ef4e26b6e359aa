/** A checkpoint as a file: from one home to another store, whole; refused when a byte of it is not as it was; never with a key in it. */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { CheckpointId, ObjectName, redactKeys } from '#core'
import { checkpointById, checkpointFileById, insertCheckpointFile, restoreById, taskByNumber, type CheckpointFile, type Db } from '#db'
import { z } from 'zod'
import { chance } from '../../../test/support/chance.ts'
import { openRoom, type Room } from '../../../test/support/checkpoint-room.ts'
import { FACTS } from '../../../test/support/no-git.ts'
import { describeEachStore } from '../../../test/support/stores.ts'
import { fingerprint, openScene, person, treeFiles, write, type Scene } from '../../git/testing/scene.ts'
import { carryCheckpointFiles } from '../steps/checkpoint-files.ts'
import { carryOn } from './carry-out.ts'
import { parseCheckpointFile } from './checkpoint-file.ts'

/** One of each version that was ever released, written by that version. */
const FIXTURE_FOLDER = fileURLToPath(new URL('../../../test/fixtures', import.meta.url))
const FIXTURES = readdirSync(FIXTURE_FOLDER).filter((name) => name.endsWith('.lugh'))
const LONG = process.env['LUGH_TEST_LONG'] === '1'

/** Has the worker carry one file. */
async function carry(db: Db, scene: Scene, room: Room, asked: Partial<CheckpointFile>): Promise<CheckpointFile | undefined> {
  const id = randomUUID()
  const nothing = { checkpointId: null, path: null, telegramFile: null, project: null, conversationId: null, replyTo: null, botId: null }
  const direction = asked.direction ?? 'out'
  await db.tx((tx) =>
    insertCheckpointFile(tx, { ...nothing, personId: room.personId, door: 'cli', ...asked, direction, id, home: FACTS.home, callKey: id }),
  )
  await carryCheckpointFiles({ ...room.m, redact: redactKeys, home: scene.home })
  return checkpointFileById(db, id)
}

describeEachStore('a checkpoint’s file', (open) => {
  it('is taken in by another Lugh, to the digest the same, and its tasks are made anew there: without their mode, a dry run as one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lugh-file-'))
    const path = join(folder, 'C1.lugh')
    const files = { 'a.txt': 'a\n' }
    const db = await open()
    let made
    {
      await using scene = await openScene(files)
      const room = await openRoom(db, scene)
      write(room.worktree, { 'a.txt': 'then\r\n', 'ünï/b.txt': 'b\n', run: { run: '#!/bin/sh\n' } })
      await db.run(`update task set mode = 'auto', dry = true, wish = 'Do it well'`)
      made = await room.checkpoint('before stripe')
      // Where all may write, somebody knew how the file would be called before it is whole.
      const mine = join(folder, 'mine.txt')
      writeFileSync(mine, 'mine\n')
      symlinkSync(mine, `${path}.part`)
      expect(await carry(db, scene, room, { checkpointId: made.id, path })).toMatchObject({ state: 'done', failure: null })
      expect(await carry(db, scene, room, { checkpointId: made.id, path })).toMatchObject({
        state: 'failed',
        failure: expect.stringContaining('is there already'),
      })
      expect([readFileSync(mine, 'utf8'), readdirSync(folder).toSorted()]).toEqual(['mine\n', ['C1.lugh', 'mine.txt']])
    }
    await db.script('truncate person, project, task, message, checkpoint, checkpoint_file, event cascade')
    await using scene = await openScene({ 'other.txt': 'another history\n' })
    const room = await openRoom(db, scene)
    const file = await carry(db, scene, room, { direction: 'in', path })
    expect(file).toMatchObject({ state: 'done', failure: null })
    const taken = await checkpointById(db, CheckpointId.parse(file?.id))
    expect(taken).toMatchObject({ number: 1, kind: 'imported', state: 'whole', name: 'before stripe', digest: made.digest, manifest: made.manifest })
    if (taken === undefined) throw new Error('unreachable')
    const looking = await room.restore(taken, 'over', 'looking')
    await carryOn(room.m, looking)
    const offered = await restoreById(db, looking.id)
    expect(offered?.preview?.tasks).toMatchObject([{ number: 1, files: 3, messages: 2, foreign: true }])
    await db.run(`update restore set state = 'wanted' where id = $1::uuid`, [looking.id])
    if (offered !== undefined) await carryOn(room.m, { ...offered, state: 'wanted' })
    expect(await restoreById(db, looking.id)).toMatchObject({ state: 'done', made: { tasks: [], made: [2, 3] } })
    const task = await taskByNumber(db, 2)
    expect(task).toMatchObject({
      title: 'Do it (C1)',
      wish: 'Do it well',
      mode: null,
      dry: true,
      state: 'paused',
      savedTree: made.manifest?.tasks[0]?.files?.tree,
    })
    const words = await db.rows(z.object({ seq: z.number() }), `select seq from message where task_id = $1::uuid order by seq`, [task?.id ?? ''])
    expect(words).toEqual([{ seq: 0 }, { seq: 1 }])
    rmSync(folder, { recursive: true })
  })

  it('with one byte flipped, cut off or added is refused, and nothing of it is kept', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lugh-file-'))
    await using scene = await openScene()
    const db = await open()
    const room = await openRoom(db, scene)
    const made = await room.checkpoint()
    const path = join(folder, 'C1.lugh')
    await carry(db, scene, room, { checkpointId: made.id, path })
    const whole = readFileSync(path)
    expect(parseCheckpointFile(whole).header.digest).toBe(made.digest)
    const dice = chance(20_261_121)
    const accepted: string[] = []
    for (let n = 0; n < (LONG ? 1000 : 300); n++) {
      const at = dice.between(0, whole.length)
      const bytes = Buffer.from(whole)
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << dice.between(0, 8)), at)
      const variants: [Buffer, ...Buffer[]] = [bytes, Buffer.concat([whole.subarray(0, at), whole.subarray(at + 1)]), whole.subarray(0, at)]
      try {
        parseCheckpointFile(dice.pick(variants))
        accepted.push(`${n} at ${at}`)
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/^(?:git\.refused-content|input\.invalid)$/) })
      }
    }
    expect(accepted).toEqual([])
    const bad = join(folder, 'bad.lugh')
    writeFileSync(bad, Buffer.concat([whole, Buffer.from('x')]))
    expect(await carry(db, scene, room, { direction: 'in', path: bad })).toMatchObject({
      state: 'failed',
      failure: expect.stringContaining('not as it was made'),
    })
    expect(await db.rows(z.object({ n: z.number() }), `select count(*)::integer as n from checkpoint where kind = 'imported'`)).toEqual([{ n: 0 }])
    rmSync(folder, { recursive: true })
  })

  it('is not written where a file or a transcript holds what looks like a key', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lugh-file-'))
    await using scene = await openScene()
    const db = await open()
    const room = await openRoom(db, scene)
    const key = `ghp_${'a1B2'.repeat(9)}`
    write(room.worktree, { 'config.js': `export const key = '${key}'\n` })
    const [first, second] = [join(folder, '1.lugh'), join(folder, '2.lugh')]
    const held = await carry(db, scene, room, { checkpointId: (await room.checkpoint()).id, path: first })
    expect(held).toMatchObject({ state: 'failed', failure: expect.stringMatching(/^C1 holds what looks like a key: T1, config\.js, line 1\./) })
    expect(held?.failure).not.toContain(key)
    write(room.worktree, { 'config.js': null })
    await db.run(`update message set content = jsonb_build_array(jsonb_build_object('type', 'text', 'text', $1::text)) where seq = 1`, [key])
    const said = await carry(db, scene, room, { checkpointId: (await room.checkpoint()).id, path: second })
    expect(said).toMatchObject({ state: 'failed', failure: expect.stringMatching(/^C2 holds what looks like a key in conversation/) })
    await db.run(`update message set content = '[]'`)
    // Committed by the agent, and taken out by its next commit: the commit before would come along.
    const commit = (): unknown => person(room.worktree, ['-c', 'user.name=M', '-c', 'user.email=m@x', 'commit', '-qam', 'x'])
    write(room.worktree, { 'a.js': `export const key = '${key}'\n` })
    person(room.worktree, ['add', '-A'])
    commit()
    write(room.worktree, { 'a.js': 'export const key = undefined\n' })
    commit()
    const committed = await carry(db, scene, room, { checkpointId: (await room.checkpoint()).id, path: second })
    expect(committed).toMatchObject({ state: 'failed', failure: expect.stringContaining('a commit of T1, a.js, line 1') })
    expect([first, second].map((path) => readable(path))).toEqual([false, false])
    rmSync(folder, { recursive: true })
  })

  it.each(FIXTURES)('of an earlier version (%s) is taken in, and what it holds comes back, into a schema that has moved on', async (name) => {
    await using scene = await openScene()
    const db = await open()
    await db.script(
      `alter table message add column mood text not null default 'calm'; alter table task add column colour text not null default 'blue';
       alter table step drop column pictures, add column seen boolean not null default false; alter table run add column place text`,
    )
    const room = await openRoom(db, scene)
    const file = await carry(db, scene, room, { direction: 'in', path: join(FIXTURE_FOLDER, name) })
    expect(file).toMatchObject({ state: 'done', failure: null })
    const taken = await checkpointById(db, CheckpointId.parse(file?.id))
    if (taken === undefined) throw new Error('not taken in')
    const restore = await room.restore(taken, 'beside', 'wanted')
    await db.run(`update restore set parked = true where id = $1::uuid`, [restore.id])
    await carryOn(room.m, { ...restore, parked: true })
    expect(await restoreById(db, restore.id)).toMatchObject({ state: 'done', made: { made: [2, 3] } })
    const task = await taskByNumber(db, 2)
    const rows = await db.rows(
      z.object({ what: z.string() }),
      `select 'message ' || seq as what from message where task_id = $1::uuid union all select 'step ' || state from step where task_id = $1::uuid
       union all select 'steer ' || text from steer where task_id = $1::uuid order by 1`,
      [task?.id ?? ''],
    )
    expect(rows.map(({ what }) => what)).toEqual(['message 0', 'message 1', 'steer make it blue', 'step finished'])
    const path = scene.worktree('again')
    const named = (text: string | null | undefined): ObjectName | undefined =>
      text === null || text === undefined ? undefined : ObjectName.parse(text)
    const saved = { tree: named(task?.savedTree), head: named(task?.savedHead), index: named(task?.savedIndex), raw: true as const }
    await scene.git.createWorktree(scene.repository, { path, branch: 'lugh/again', base: ObjectName.parse(task?.baseCommit), ...saved })
    expect(treeFiles(scene.places.store, saved.tree ?? '')).toEqual({
      '100644 .gitignore': '.env',
      '100644 a.txt': 'as it was',
      '100644 \xc3\xbcn\xc3\xaf/b.txt': 'b',
      '100755 run': '#!/bin/sh',
      '120000 to': 'a.txt',
    })
    expect(readFileSync(join(path, 'a.txt'), 'latin1')).toBe('as it was\r\n')
    expect(fingerprint(path, ['.git'])).toMatchObject({
      'a.txt': expect.stringMatching(/^644 /),
      run: expect.stringMatching(/^755 /),
      to: 'link a.txt',
    })
  })

  it('whose project is not here is refused with what to do', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lugh-file-'))
    await using scene = await openScene()
    const db = await open()
    const room = await openRoom(db, scene)
    const path = join(folder, 'C1.lugh')
    await carry(db, scene, room, { checkpointId: (await room.checkpoint()).id, path })
    await db.run(`update project set name = 'store'`)
    expect(await carry(db, scene, room, { direction: 'in', path })).toMatchObject({ state: 'failed', failure: expect.stringContaining('“shop”') })
    expect(await carry(db, scene, room, { direction: 'in', path, project: 'store' })).toMatchObject({ state: 'done' })
    rmSync(folder, { recursive: true })
  })
})

function readable(path: string): boolean {
  try {
    readFileSync(path)
    return true
  } catch {
    return false
  }
}
