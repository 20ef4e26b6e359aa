import { CHANGE_STATES, LughError, ObjectName } from '#core'
import { appendEvent, latestChange, projectById } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { keepingNow } from '../checkpoints/clean-up.ts'
import { hoursText } from './set-checkpoint-keeping.ts'
import { lookFor } from '../look.ts'
import { repositoryOf } from '../machinery.ts'
import { sendDiff } from '../steps/send-diff.ts'
import { OptionalTask, taskWord, theTask } from './words.ts'

const HOUR_MS = 3_600_000
const MAX_PATCH_CHARACTERS = 1_000_000 // what an answer to a program may hold

/** The newest change of a task, whole, as Lugh renders it from git objects. */
export const showDiff = capability({
  name: 'show_diff',
  describe: 'The diff of a task’s newest change.',
  input: OptionalTask,
  output: z.object({
    task: z.number(),
    files: z.number(),
    insertions: z.number(),
    deletions: z.number(),
    patch: z.string(),
    /** What a decision about it names, and whether it still can be decided. */
    change: z.string(),
    digest: z.string(),
    state: z.enum(CHANGE_STATES),
    /** Where it would land. */
    target: z.string(),
    summary: z.string(),
    problems: z.array(z.string()),
    /** Its end was cut off: it is too long for one answer. */
    cut: z.boolean(),
  }),
  kind: 'read',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: {
    telegram: { command: 'diff', menu: true, usage: '/diff [T12]', example: '/diff T12', parse: (words) => ({ task: taskWord(words) }) },
    cli: { verb: 'show_diff', usage: 'show_diff [T12]', parse: (argv) => ({ task: taskWord(argv.join(' ')) }) },
    mcp: {
      tool: 'get_diff',
      example: { task: 12 },
      sayIsWhole: true,
      note: 'Lugh renders it from git objects. change and digest are what review asks for.',
    },
  },
  act: async (act, input) => {
    const task = await theTask(
      act,
      input.task,
      (candidate) => ['rehearsed', 'review', 'landing', 'merged', 'kept', 'undone'].includes(candidate.state),
      'with a change',
    )
    const change = await latestChange(act.tx, task.id)
    const project = await projectById(act.tx, task.projectId)
    if (change === undefined || project === undefined) throw new LughError('not-found', `T${task.number} has no change yet; it is ${task.state}.`)
    const diff = await act.git
      .diff(repositoryOf(project), ObjectName.parse(change.baseTree), ObjectName.parse(change.tree))
      .catch(async (cause: unknown) => {
        const { stepHours } = await keepingNow(act.tx)
        if (task.endedAt === null || stepHours === null || act.clock.now().getTime() - task.endedAt.getTime() < stepHours * HOUR_MS) throw cause
        const say = `The files of T${task.number}’s change were kept for ${hoursText(stepHours)}. What landed is in your own history.`
        throw new LughError('not-found', say, { cause })
      })
    const here = act.caller.conversation
    if (here !== undefined)
      await sendDiff(
        act.tx,
        { ...task, conversationId: here.id, replyToMessageId: null },
        { number: change.number, diff, pictures: await lookFor(act.tx, act.facts, act.caller.personId), key: `diff:${act.caller.callKey}` },
      )
    const cut = diff.patch.length > MAX_PATCH_CHARACTERS
    const { token } = act.caller
    if (token !== undefined && !cut)
      await appendEvent(act.tx, {
        taskId: task.id,
        personId: act.caller.personId,
        door: act.caller.door,
        kind: 'change.shown',
        data: { changeId: change.id, digest: change.digest, token: token.key },
      })
    return {
      task: task.number,
      change: change.id,
      digest: change.digest,
      state: change.state,
      target: change.targetRef,
      summary: change.summary,
      problems: change.problems.map(({ say }) => say),
      cut,
      files: diff.files.length,
      insertions: diff.insertions,
      deletions: diff.deletions,
      patch: here === undefined ? diff.patch.slice(0, MAX_PATCH_CHARACTERS) : '',
    }
  },
  say: (o) => (o.patch === '' ? undefined : o.patch),
})
