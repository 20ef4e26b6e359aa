import { LughError, TaskId } from '#core'
import { answerQuestionRow, appendEvent, insertSteer, openChange, pendingQuestion, taskById, touchCards, type Task } from '#db'
import { z } from 'zod'
import { capability, saidIn, type Act } from '../capability.ts'
import { moveTask } from '../move-task.ts'
import { leftOutForAgent, reviewForAgent } from '../review/for-the-agent.ts'
import { supersede } from '../supersede.ts'
import { picturesMeant } from '../uploads/pictures-meant.ts'
import { checkOwnWork } from '../own-work.ts'
import { unparkWhenAnswered } from './unpark.ts'
import { TaskNumber, firstWord, taskWord, theTask } from './words.ts'

const MAX_STEER = 20_000

/** Says something to a task's agent. It reads it at its next step; a finished one goes back to work with it. */
export const steerTask = capability({
  name: 'steer_task',
  describe: 'Tell a task’s agent something; it hears it at its next step.',
  input: z.object({
    task: TaskNumber.optional(),
    task_id: TaskId.optional(),
    text: z.string().trim().min(1, 'Write what the agent shall hear.').max(MAX_STEER),
  }),
  output: z.object({ task: z.number(), heard: z.enum(['next-step', 'answer', 'again']) }),
  kind: 'request',
  may: ['owner', 'approver', 'member'],
  doors: {
    telegram: { command: 'steer', usage: '/steer T12 WORDS', example: '/steer T12 Keep the old colours', parse: parseWords },
    cli: { verb: 'steer_task', usage: 'steer_task T12 WORDS', parse: (argv) => parseWords(argv.join(' ')) },
    mcp: { tool: 'send_message', example: { task: 12, text: 'Keep the old colours' } },
  },
  act: async (act, input) => {
    const task =
      input.task_id === undefined ? await theTask(act, input.task, (one) => one.state === 'running', 'at work') : await taskOf(act, input.task_id)
    checkOwnWork(act, task)
    const pictures = await picturesMeant(act.tx, act.caller, input.text)
    const question = pictures === undefined ? await pendingQuestion(act.tx, task.id) : undefined
    if (question !== undefined) {
      await answerQuestionRow(act.tx, question.id, input.text, act.caller.personId, act.caller.door)
      await appendEvent(act.tx, {
        taskId: task.id,
        personId: act.caller.personId,
        door: act.caller.door,
        kind: 'question.answered',
        data: { questionId: question.id },
      })
      await unparkWhenAnswered(act, task)
      return { task: task.number, heard: 'answer' as const }
    }
    const leftOut = await leftOutForAgent(act.tx, task.id)
    if (leftOut !== undefined) await insertSteer(act.tx, { taskId: task.id, personId: null, text: leftOut })
    const steerId = await insertSteer(act.tx, {
      taskId: task.id,
      personId: act.caller.personId,
      text: input.text,
      uploadId: pictures?.id,
      ...saidIn(act),
    })
    await appendEvent(act.tx, { taskId: task.id, personId: act.caller.personId, door: act.caller.door, kind: 'task.steered', data: { steerId } })
    return { task: task.number, heard: await wakeFor(act, task) }
  },
  say: (o) =>
    ({ answer: undefined, 'next-step': `💬 T${o.task} hears it at its next step.`, again: `💬 T${o.task} goes back to work with that.` })[o.heard],
  toast: () => 'Passed on.',
})

function parseWords(words: string): { task: number; text: string } {
  const [first, text] = firstWord(words)
  const task = taskWord(first)
  if (task === undefined) throw new LughError('input.invalid', 'Which task, and what shall it hear? /steer T12 Keep the old colours')
  return { task, text }
}

async function taskOf(act: Act, id: TaskId): Promise<Task> {
  const task = await taskById(act.tx, id)
  if (task === undefined) throw new LughError('not-found', 'That task is gone.')
  return task
}

/** A task that waits for review or has ended goes back to its agent; a working one needs no waking. Throws `conflict` for one that cannot go on. */
export async function wakeFor(act: Act, task: Task): Promise<'next-step' | 'again'> {
  await touchCards(act.tx, { taskId: task.id })
  if (task.dry && ['stopped', 'failed', 'adopted'].includes(task.state))
    throw new LughError('conflict', `T${task.number} was a dry run and is over. /dryrun starts another.`)
  if (!['rehearsed', 'review', 'answered', 'stopped', 'failed'].includes(task.state)) {
    if (['merged', 'kept', 'undone', 'discarded', 'landing'].includes(task.state))
      throw new LughError('conflict', `T${task.number} is ${task.state}; start a new task with what you want changed.`)
    return 'next-step'
  }
  const open = await openChange(act.tx, task.id)
  if (open !== undefined) {
    // What was dropped and said of its hunks goes along with the words.
    const review = await reviewForAgent(act.tx, open)
    if (review !== undefined) await insertSteer(act.tx, { taskId: task.id, personId: null, text: review })
    await supersede(act.tx, open, 'you asked for something else; a new card follows', review === undefined ? 'stale' : 'used')
  }
  await moveTask(act.tx, task, { to: 'queued', scope: { personId: act.caller.personId, door: act.caller.door } })
  return 'again'
}
