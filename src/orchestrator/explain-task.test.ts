/** `/why` and `/export` tell one chain, from the wish to the evidence, and each link is a row. */
import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { ApprovalId, ChangeId, LandingId, PlanId, plain, randomIds, systemClock } from '#core'
import {
  appendEvent,
  decideApprovalRow,
  endLanding,
  endStep,
  insertApproval,
  insertChange,
  insertLanding,
  insertPlan,
  latestRun,
  setLandingIntent,
  startStep,
  type Db,
} from '#db'
import { z } from 'zod'
import { openRoom, type Room } from '../../test/support/checkpoint-room.ts'
import { FACTS } from '../../test/support/no-git.ts'
import { describeEachStore } from '../../test/support/stores.ts'
import { openScene, type Scene } from '../git/testing/scene.ts'
import { callCapability } from './call-capability.ts'
import { exportAudit } from './capabilities/export-audit.ts'
import { whyTask } from './capabilities/why-task.ts'

const COMMIT = 'abcdef0123'.repeat(4)

describeEachStore('why', (open) => {
  /** A task with a plan that was accepted, a step that a person allowed, a change with tests, and a merge. */
  async function history(scene: Scene): Promise<{ db: Db; room: Room }> {
    const db = await open()
    const room = await openRoom(db, scene)
    const { taskId, personId } = room
    const run = await latestRun(db, taskId)
    if (run === undefined) throw new Error('no run')
    const scope = { taskId, runId: run.id, projectId: room.project.id }
    await db.tx(async (tx) => {
      await appendEvent(tx, {
        taskId,
        projectId: room.project.id,
        personId,
        door: 'telegram',
        kind: 'task.created',
        data: { number: 1, title: 'Do it' },
      })
      const plan = { id: PlanId.parse(randomUUID()), taskId, runId: run.id, callId: 'p', steps: ['Look', 'Write'], digest: 'd' }
      await insertPlan(tx, { ...plan, estimate: { tasks: 0, microUsd: null, ms: null } })
      await tx.run(`update plan set state = 'accepted', decided_by = $1::uuid, decided_door = 'telegram', decided_at = now()`, [personId])
      await startStep(tx, {
        taskId,
        runId: run.id,
        callId: 'c1',
        tool: 'run_command',
        input: { command: 'make "all"', why: '=see whether it builds' },
        guard: undefined,
      })
      await appendEvent(tx, { ...scope, kind: 'step.started', data: { callId: 'c1', tool: 'run_command', line: 'run make "all"' } })
      await appendEvent(tx, { ...scope, kind: 'command.judged', data: { callId: 'c1', decision: 'ask', risk: 'run' } })
      const id = ApprovalId.parse(randomUUID())
      await insertApproval(tx, {
        id,
        taskId,
        runId: run.id,
        callId: 'c1',
        action: { tool: 'run_command', command: 'make "all"', cwd: '/' },
        why: 'see',
        risk: 'run',
        digest: 'd',
        binding: {},
        alike: 'a',
        shownWith: null,
      })
      await decideApprovalRow(tx, { id, digest: 'd', state: 'allowed', scope: 'once', comment: null, by: personId, door: 'telegram' })
      await endStep(tx, { taskId, callId: 'c1', state: 'finished', output: 'exit code 0' })
      const changeId = ChangeId.parse(randomUUID())
      await insertChange(tx, {
        id: changeId,
        taskId,
        targetRef: 'refs/heads/main',
        baseCommit: COMMIT,
        baseTree: COMMIT,
        tree: COMMIT,
        landingPlan: { how: 'ref', say: 'main' },
        digest: 'd'.repeat(64),
        files: [],
        insertions: 3,
        deletions: 1,
        diffBytes: 9,
        hiddenCharacters: 0,
        problems: [],
        keys: [],
        summary: 'Made it.',
        tests: { state: 'ran', command: 'npm test', exitCode: 0, endedBy: null, ms: 1200, output: '' },
        notice: null,
        part: null,
      })
      const landing = LandingId.parse(randomUUID())
      await insertLanding(tx, { id: landing, taskId, changeId, kind: 'merge', ref: 'refs/heads/main', how: 'ref', personId, door: 'telegram' })
      await setLandingIntent(tx, landing, { oldCommit: 'b'.repeat(40), newCommit: COMMIT, how: 'ref', plan: {} })
      await endLanding(tx, landing, 'landed', null, null)
    })
    return { db, room }
  }

  const act = (db: Db, room: Room, work: (act: Parameters<typeof callCapability>[1]) => Promise<unknown>): Promise<unknown> =>
    db.tx((tx) =>
      work({
        tx,
        caller: { personId: room.personId, role: 'owner', name: 'Ada', door: 'cli', callKey: 'k' },
        clock: systemClock,
        ids: randomIds,
        facts: FACTS,
        git: room.m.git,
      }),
    )

  it('is answered for a task and for the commit it made, from the wish to the evidence', async () => {
    await using scene = await openScene()
    const { db, room } = await history(scene)
    const told = await act(db, room, (a) => callCapability(whyTask, a, { commit: COMMIT.slice(0, 10) }))
    expect(told).toEqual(await act(db, room, (a) => callCapability(whyTask, a, { task: 1 })))
    const text = plain(whyTask.say(whyTask.output.parse(told)) ?? '').replaceAll(
      /\d{4}-\d\d-\d\d \d\d:\d\d UTC|\d{4}-\d\d-\d\dT[\d:.]+Z|\d\d:\d\d UTC/gu,
      'THEN',
    )
    expect(text).toBe(
      [
        'Why · T1 Do it\nWish: “Do it”, Ada by telegram, THEN\nPlan 1: 1. Look 2. Write (accepted by Ada at THEN)',
        'run make "all"\nIts claim: “=see whether it builds”\nAllowed by: allowed by Ada once at THEN\nLed to: done: exit code 0',
        'Change 1: 0 files +3 −1: proposed; tests passed: npm test, 1.2 s',
        `Merge onto main by Ada, THEN: landed; commit ${COMMIT.slice(0, 10)} on bbbbbbbbbb`,
        'Now: ⏸ paused',
        'Whole outputs: /log T1 for the last command, /log T1 npm test for one by its words',
      ].join('\n\n'),
    )
    await expect(act(db, room, (a) => callCapability(whyTask, a, { commit: 'fffffff' }))).rejects.toMatchObject({ code: 'not-found' })
  })

  it('is exported with the same links as JSON Lines and CSV, and with every event', async () => {
    await using scene = await openScene()
    const { db, room } = await history(scene)
    const why = whyTask.output.parse(await act(db, room, (a) => callCapability(whyTask, a, { task: 1 })))
    const Out = z.object({ lines: z.number(), text: z.string(), more_after: z.number().nullable() })
    const { text, lines, more_after } = Out.parse(await act(db, room, (a) => callCapability(exportAudit, a, {})))
    const all = text
      .trimEnd()
      .split('\n')
      .map((line) => z.looseObject({ link: z.string(), what: z.string() }).parse(JSON.parse(line)))
    expect(all.filter(({ link }) => link !== 'event')).toEqual(why.chain)
    expect([all.length, more_after]).toEqual([lines, null])
    expect(all.filter(({ link }) => link === 'event').map(({ what }) => what)).toEqual(['task.created', 'step.started', 'command.judged'])
    const csv = Out.parse(await act(db, room, (a) => callCapability(exportAudit, a, { task: 1, format: 'csv' }))).text.split('\r\n')
    expect(csv[0]).toBe('task,link,at,what,who,door,claim,allowed,outcome,data')
    expect(csv.find((line) => line.startsWith('1,step'))).toMatch(
      /^1,step,[^,]+,"run make ""all""",,,'=see whether it builds,allowed by Ada once at \d\d:\d\d UTC,done: exit code 0,$/,
    )
    expect(csv.length).toBe(lines + 2)
  })
})
