import { LandingId, LughError } from '#core'
import { insertLanding, lastLanded, lastLandedAt, latestRestore, lockTask, undoOf, type Restore } from '#db'
import { z } from 'zod'
import { capability, type Act } from '../capability.ts'
import { moveTask } from '../move-task.ts'
import { takeBack } from './decide-restore.ts'
import { TaskNumber, taskWord, theTask } from './words.ts'

/** Takes the last landing of a task back by an inverse commit; asked again, takes that back. */
export const undoTask = capability({
  name: 'undo_task',
  describe: 'Take a merge back by an inverse commit; again takes that back.',
  input: z.object({ task: TaskNumber.optional(), after: LandingId.optional() }),
  output: z.object({ task: z.number(), kind: z.enum(['undo', 'redo', 'restore']) }),
  kind: 'decide',
  may: ['owner', 'approver'],
  doors: {
    telegram: { command: 'undo', menu: true, usage: '/undo [T12]', example: '/undo T12', parse: (words) => ({ task: taskWord(words) }) },
    cli: { verb: 'undo_task', usage: 'undo_task [T12]', parse: (argv) => ({ task: taskWord(argv.join(' ')) }) },
    mcp: {},
  },
  act: async (act, input) => {
    const back = input.task === undefined && input.after === undefined ? await lastWayBack(act) : undefined
    if (back !== undefined) {
      await takeBack(act, back)
      return { task: 0, kind: 'restore' as const }
    }
    const named = await theTask(act, input.task, (candidate) => candidate.state === 'merged', 'that was merged')
    const task = (await lockTask(act.tx, named.id)) ?? named
    const last = await lastLanded(act.tx, task.id)
    if (last === undefined || (task.state !== 'merged' && task.state !== 'undone'))
      throw new LughError('conflict', `T${task.number} is ${task.state}: there is nothing to undo.`)
    if (input.after !== undefined && input.after !== last.id) throw new LughError('conflict', 'That was done already. Look at the newest card.')
    const kind = task.state === 'merged' ? ('undo' as const) : ('redo' as const)
    const landing = await insertLanding(act.tx, {
      id: LandingId.parse(act.ids.uuid()),
      taskId: task.id,
      changeId: last.changeId,
      kind,
      ref: last.ref,
      how: last.how,
      personId: act.caller.personId,
      door: act.caller.door,
    })
    const moved = await moveTask(act.tx, task, { to: 'landing', scope: { personId: act.caller.personId, door: act.caller.door } })
    if (landing === undefined || moved === undefined) throw new LughError('conflict', 'That is happening already.')
    return { task: task.number, kind }
  },
  say: (o) => (o.kind === 'restore' ? undefined : o.kind === 'undo' ? `↩️ T${o.task} is being taken back.` : `↩️ T${o.task} is being merged again.`),
  toast: () => 'Undoing…',
})

/** The last restore, when nothing has landed since and it was not taken back: the newest thing that happened is what a bare `/undo` means. */
async function lastWayBack(act: Act): Promise<Restore | undefined> {
  const last = await latestRestore(act.tx)
  const landed = await lastLandedAt(act.tx)
  if (last?.endedAt === null || last === undefined || (landed !== undefined && landed > last.endedAt)) return undefined
  return (await undoOf(act.tx, last.id)) === undefined ? last : undefined
}
