/** A task as a program needs it: where it stands, what it waits for and with which tool that is answered. */
import { cut, nameHidden, redactKeys } from '#core'
import { DECIDABLE_KINDS, costOfTask, latestChange, latestRun, projectById, decidableFor, type Task, type Decidable } from '#db'
import { z } from 'zod'
import type { Act } from '../capability.ts'
import { TaskView, viewTask } from './task-list.ts'

/** A command or a plan in full is what is decided about; longer ones are no longer read. */
const WHAT_CHARACTERS = 20_000
const WHY_CHARACTERS = 2000

export const WaitingView = z.object({
  kind: z.enum(DECIDABLE_KINDS),
  id: z.string(),
  task: z.number(),
  project: z.string(),
  digest: z.string().nullable(),
  what: z.string(),
  /** In the agent's own words: a claim, not a fact. */
  why: z.string().nullable(),
  risk: z.string().nullable(),
  /** Which tools answer it. */
  answer_with: z.array(z.string()),
})
export type WaitingView = z.infer<typeof WaitingView>

const ANSWERS: Record<Decidable['kind'], readonly string[]> = {
  approval: ['decide_approval'],
  host: ['decide_host'],
  question: ['answer_question'],
  plan: ['accept_plan', 'change_plan', 'cancel_plan'],
  change: ['get_diff', 'review'],
}

/** One line of the list, hidden characters named and keys taken out. */
export function viewWaiting(waiting: Decidable): WaitingView {
  const { kind, id, task, project, digest, what, why, risk } = waiting
  const clean = (text: string, max: number): string => cut(nameHidden(redactKeys(text)), max)
  return {
    kind,
    id,
    task,
    project,
    digest,
    what: clean(what, WHAT_CHARACTERS),
    why: why === null ? null : clean(why, WHY_CHARACTERS),
    risk,
    answer_with: [...ANSWERS[kind]],
  }
}

export const TaskDetail = TaskView.extend({
  project: z.string(),
  summary: z.string().nullable(),
  /** The newest run: show_session tells what was said in it. */
  session: z.string().nullable(),
  step: z.string().nullable(),
  plan: z.array(z.object({ text: z.string(), state: z.string() })),
  cost_usd: z.number(),
  elapsed_ms: z.number().nullable(),
  change: z
    .object({
      id: z.string(),
      digest: z.string(),
      state: z.string(),
      files: z.number(),
      insertions: z.number(),
      deletions: z.number(),
      tests: z.string(),
    })
    .nullable(),
  waits_for: z.array(WaitingView),
})
export type TaskDetail = z.infer<typeof TaskDetail>

const MICRO = 1_000_000

export async function detailOf({ tx }: Pick<Act, 'tx'>, task: Task): Promise<TaskDetail> {
  const change = await latestChange(tx, task.id)
  const tests = change?.tests ?? null
  return {
    ...viewTask(task),
    project: (await projectById(tx, task.projectId))?.name ?? '?',
    summary: task.summary,
    session: (await latestRun(tx, task.id))?.id ?? null,
    step: task.currentStep,
    plan: task.plan,
    cost_usd: (await costOfTask(tx, task.id)).microUsd / MICRO,
    elapsed_ms: task.elapsedMs,
    change:
      change === undefined
        ? null
        : {
            id: change.id,
            digest: change.digest,
            state: change.state,
            files: change.files.length,
            insertions: change.insertions,
            deletions: change.deletions,
            tests: tests === null ? 'none' : tests.state === 'ran' ? `${tests.command}: exit ${tests.exitCode ?? tests.endedBy ?? '?'}` : tests.state,
          },
    waits_for: (await decidableFor(tx, { taskId: task.id })).map(viewWaiting),
  }
}
