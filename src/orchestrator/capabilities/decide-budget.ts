import { BudgetNoticeId, LughError } from '#core'
import {
  addToDay,
  appendEvent,
  decideNotice,
  lockTask,
  noticeById,
  setBudget,
  setChoosing,
  setEngineChoice,
  tasksOfNotice,
  touchCards,
  type BudgetNotice,
  type Task,
} from '#db'
import { z } from 'zod'
import { capability, type Act } from '../capability.ts'
import { budgetOf } from '../cards/budget-card.ts'
import { usableEngine } from '../engine-choice.ts'
import { CHEAPER_ADDS, RAISE } from '../money/cheaper-models.ts'
import { moveTask } from '../move-task.ts'
import { stopOne } from './stop-task.ts'

const Input = z.object({
  notice: BudgetNoticeId,
  /** The limit that the card showed, in millionths of a dollar. */
  limit: z.coerce.number().int().min(0),
  decision: z.enum(['raise', 'cheaper', 'stop']),
  /** With `cheaper`: which; without, the card lists them. */
  engine: z.string().max(40).optional(),
  model: z.string().max(200).optional(),
  back: z.boolean().optional(),
})
type Input = z.infer<typeof Input>

/** Says how tasks go on whose budget is nearly or wholly used up. Counts once, and only for the limit that was shown. */
export const decideBudget = capability({
  name: 'decide_budget',
  describe: 'Raise a budget that is used up, go on with a cheaper model, or stop.',
  input: Input,
  output: z.object({ state: z.enum(['choosing', 'pending', 'raised', 'cheaper', 'stopped']) }),
  kind: 'decide',
  may: ['owner', 'approver'],
  doors: {
    telegram: {},
    cli: {
      verb: 'decide_budget',
      usage: 'decide_budget NOTICE LIMIT raise|stop|cheaper [ENGINE MODEL]',
      parse: ([notice, limit, decision, engine, model]) =>
        Input.parse({ notice, limit, decision, ...(engine === undefined ? {} : { engine }), ...(model === undefined ? {} : { model }) }),
    },
    mcp: {},
  },
  act: async (act, input) => {
    const notice = await noticeById(act.tx, input.notice)
    if (notice === undefined) throw new LughError('not-found', 'That budget is not waiting for anybody.')
    if (input.decision === 'cheaper' && (input.back === true || input.model === undefined)) return list(act, notice, input.back !== true)
    const tasks = await lockAll(act, notice)
    if (input.decision === 'stop') return stop(act, notice, input, tasks)
    return goOn(act, notice, input, tasks)
  },
  say: () => undefined,
  toast: (o) =>
    ({ choosing: 'Which model?', pending: 'As before.', raised: 'Raised.', cheaper: 'Goes on with that model.', stopped: 'Stopped.' })[o.state],
})

async function list(act: Act, notice: BudgetNotice, choosing: boolean): Promise<{ state: 'choosing' | 'pending' }> {
  if ((await setChoosing(act.tx, notice.id, choosing)) === undefined) throw tooLate(notice)
  await touchCards(act.tx, { kind: 'budget', subjectId: notice.id })
  return { state: choosing ? 'choosing' : 'pending' }
}

/** Locked in the order of their ids: two decisions at once must not wait for each other. */
async function lockAll(act: Act, notice: BudgetNotice): Promise<Task[]> {
  const tasks: Task[] = []
  for (const id of await tasksOfNotice(act.tx, notice.id)) {
    const task = await lockTask(act.tx, id)
    if (task !== undefined) tasks.push(task)
  }
  return tasks
}

async function goOn(act: Act, notice: BudgetNotice, input: Input, tasks: readonly Task[]): Promise<{ state: 'raised' | 'cheaper' }> {
  const cheaper = input.decision === 'cheaper'
  const more = !cheaper ? RAISE : notice.kind === 'stop' ? CHEAPER_ADDS : 0
  const raisedTo = more === 0 ? null : notice.limitMicroUsd + more
  const state = cheaper ? 'cheaper' : 'raised'
  await decide(act, notice, { limit: input.limit, state, raisedTo, model: input.model ?? null })
  if (more > 0) await raise(act, notice, more)
  if (cheaper && input.engine !== undefined && input.model !== undefined)
    for (const task of tasks) {
      const { name } = usableEngine(act.facts, input.engine)
      await setEngineChoice(act.tx, { taskId: task.id }, { engine: name, model: input.model, personId: act.caller.personId })
    }
  await resumeAll(act, tasks)
  return { state }
}

async function raise(act: Act, notice: BudgetNotice, more: number): Promise<void> {
  const { personId } = act.caller
  if (notice.scope === 'day') await addToDay(act.tx, notice.scopeKey, more, personId)
  else await setBudget(act.tx, budgetOf(notice), notice.limitMicroUsd + more, personId)
}

/** What was parked at the limit goes on; what a person has stopped meanwhile stays stopped. */
export async function resumeAll(act: Act, tasks: readonly Task[]): Promise<void> {
  const scope = { personId: act.caller.personId, door: act.caller.door }
  for (const task of tasks) if (task.state === 'paused') await moveTask(act.tx, task, { to: 'queued', from: ['paused'], scope })
}

async function stop(act: Act, notice: BudgetNotice, input: Input, tasks: readonly Task[]): Promise<{ state: 'stopped' }> {
  await decide(act, notice, { limit: input.limit, state: 'stopped', raisedTo: null, model: null })
  for (const task of tasks) await stopOne(act, task)
  return { state: 'stopped' }
}

type Decision = { limit: number; state: 'raised' | 'cheaper' | 'stopped'; raisedTo: number | null; model: string | null }

async function decide(act: Act, notice: BudgetNotice, d: Decision): Promise<void> {
  const { personId, door } = act.caller
  if ((await decideNotice(act.tx, { id: notice.id, ...d, by: personId, door })) === undefined) throw tooLate(notice)
  await appendEvent(act.tx, {
    projectId: notice.projectId,
    personId,
    door,
    kind: 'budget.decided',
    data: {
      noticeId: notice.id,
      state: d.state,
      ...(d.raisedTo === null ? {} : { raisedTo: d.raisedTo }),
      ...(d.model === null ? {} : { model: d.model }),
    },
  })
  await touchCards(act.tx, { kind: 'budget', subjectId: notice.id })
}

function tooLate(notice: BudgetNotice): LughError {
  return notice.state === 'pending'
    ? new LughError('conflict', 'The budget has changed since that card was shown. Look at /budget.')
    : new LughError('conflict', `Too late: this was already ${notice.state}.`)
}
