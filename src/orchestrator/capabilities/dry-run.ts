import { LughError } from '#core'
import {
  appendEvent,
  copyPast,
  engineChoices,
  liveDryRuns,
  lockTask,
  openPlan,
  projectById,
  setEngineChoice,
  setTaskBase,
  taskByCallKey,
  taskById,
  taskByNumber,
  type Task,
} from '#db'
import { z } from 'zod'
import { capability, type Act } from '../capability.ts'
import { moveTask } from '../move-task.ts'
import { MAX_WISH_CHARACTERS, newTask } from './new-task.ts'
import { TaskNumber, theProject } from './words.ts'

const Input = z.object({
  wish: z
    .string()
    .max(MAX_WISH_CHARACTERS * 4)
    .optional(),
  task: TaskNumber.optional(),
  project: z.string().max(200).optional(),
  /** Of the plan whose card the button is on. */
  digest: z.string().optional(),
})

/** Tries a wish or a task out in a throwaway worktree with the network off. */
export const dryRun = capability({
  name: 'dry_run',
  describe: 'Try a wish or a task out in a throwaway worktree: what would change, and what it would ask.',
  input: Input,
  output: z.object({ task: z.number(), of: z.number().nullable(), carded: z.boolean() }),
  kind: 'request',
  may: ['owner', 'approver', 'member'],
  doors: {
    telegram: { command: 'dryrun', menu: true, usage: '/dryrun WISH | T12', example: '/dryrun Upgrade the build tool', parse: parseWords },
    cli: { verb: 'dry_run', usage: 'dry_run WISH | T12', parse: (argv) => parseWords(argv.join(' ')) },
    mcp: {},
  },
  act: async (act, input) => {
    const carded = act.caller.conversation !== undefined
    const known = await taskByCallKey(act.tx, act.caller.callKey)
    if (known !== undefined) return { task: known.number, of: null, carded }
    const of = input.task === undefined ? undefined : await toTry(act, input.task, input.digest)
    const project = of === undefined ? await theProject(act, input.project) : await projectById(act.tx, of.projectId)
    if (project === undefined) throw new LughError('not-found', 'The project of this task was removed.')
    if (of === undefined && (input.wish ?? '').trim() === '')
      throw new LughError('input.invalid', 'What shall be tried out? /dryrun Upgrade the build tool, or /dryrun T12 for a task.')
    const dry = await newTask(act, { wish: of?.wish ?? input.wish ?? '', project, dry: of === undefined ? {} : { of } })
    if (of !== undefined) await beginWith(act, of, dry)
    const { personId, door } = act.caller
    await appendEvent(act.tx, { taskId: dry.id, projectId: dry.projectId, personId, door, kind: 'dryrun.started', data: { of: of?.id ?? null } })
    return { task: dry.number, of: of?.number ?? null, carded }
  },
  say: (o) =>
    o.carded ? undefined : `🧪 T${o.task} is a dry run${o.of === null ? '' : ` of T${o.of}`}. Nothing outside its own worktree is changed.`,
  toast: (o) => `🧪 T${o.task} tries it out.`,
})

function parseWords(words: string): z.infer<typeof Input> {
  const task = /^\s*[tT](\d{1,9})\s*$/u.exec(words)?.[1]
  return task === undefined ? { wish: words } : { task: Number(task) }
}

/** The task to be tried out, which must not be at work meanwhile: one that waits its turn is paused. */
async function toTry(act: Act, number: number, digest: string | undefined): Promise<Task> {
  const found = await taskByNumber(act.tx, number)
  const task = found === undefined ? undefined : await lockTask(act.tx, found.id)
  if (task === undefined) throw new LughError('not-found', `There is no T${number}. /tasks lists what there is.`)
  if (task.dry) throw new LughError('conflict', `T${number} is a dry run itself.`)
  const [live] = await liveDryRuns(act.tx, task.id)
  if (live !== undefined) throw new LughError('conflict', `T${(await taskById(act.tx, live))?.number ?? '?'} tries T${number} out already.`)
  if (digest !== undefined && (await openPlan(act.tx, task.id))?.digest !== digest)
    throw new LughError('conflict', 'The plan is no longer what that card showed. Look at the newest card.')
  if (['waiting', 'paused', 'stopped', 'failed'].includes(task.state)) return task
  const scope = { personId: act.caller.personId, door: act.caller.door }
  const held = await moveTask(act.tx, task, { to: 'paused', from: ['queued'], reason: 'its dry run comes first', scope })
  if (held !== undefined) return held
  const why = ['preparing', 'running', 'proposing'].includes(task.state) ? 'at work: ⏸ Pause it first' : `${task.state}; a dry run comes before that`
  throw new LughError('conflict', `T${number} is ${why}.`)
}

/** A dry run of a task begins where that is: its transcript, its base, its own engine; its files come when the worktree is made. */
async function beginWith(act: Act, of: Task, dry: Task): Promise<void> {
  await copyPast(act.tx, of.id, dry.id)
  if (of.baseCommit !== null) await setTaskBase(act.tx, dry.id, of.baseCommit)
  const chosen = (await engineChoices(act.tx, of.projectId, of.id)).find(({ taskId }) => taskId === of.id)
  if (chosen === undefined) return
  await setEngineChoice(act.tx, { taskId: dry.id }, { engine: chosen.engine, model: chosen.model, personId: act.caller.personId })
}
