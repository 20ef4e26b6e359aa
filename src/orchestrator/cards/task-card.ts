/** The task card: one message, edited in place, that says what a task does, how far it is and what it costs. */
import { TaskId, b, cut, i, join, nameHidden, oneLine, quote, type Text, type TaskState } from '#core'
import { costOfTask, projectById, recentRuns, taskById, type CostSum, type Sql, type Task } from '#db'
import type { Facts } from '../capability.ts'
import type { Button, CardContent } from '../card.ts'
import { choiceFor, nameOf } from '../engine-choice.ts'

/** States in which the current step is one. */
const WORKING: readonly TaskState[] = ['preparing', 'running', 'proposing']
const SHOWN_PLAN_STEPS = 8 // more do not fit a glance; the rest is counted
const WISH_CHARACTERS = 300
const ANSWER_CHARACTERS = 1500

const WORD: Record<TaskState, string> = {
  queued: '🕓 waits its turn',
  preparing: '⚙️ making its worktree',
  running: '⚙️ at work',
  waiting: '🟠 needs you',
  paused: '⏸ paused',
  proposing: '⚙️ checking the change',
  rehearsed: '🧪 dry run over',
  review: '🔵 waits for review',
  landing: '⚙️ landing',
  merged: '✅ merged',
  kept: '🌿 kept as a branch',
  answered: '💬 answered',
  undone: '↩️ undone',
  adopted: '✅ went on for good',
  discarded: '🗑 discarded',
  stopped: '⏹ stopped',
  failed: '❌ failed',
}

export async function taskCard(sql: Sql, facts: Facts, subjectId: string): Promise<CardContent | undefined> {
  const task = await taskById(sql, TaskId.parse(subjectId))
  if (task === undefined) return undefined
  const project = await projectById(sql, task.projectId)
  const cost = await costOfTask(sql, task.id)
  const engine = await engineOf(sql, facts, task)
  const text = join([
    [b(`T${task.number} · ${task.dry ? '🧪 Dry run · ' : ''}${nameHidden(task.title)}`)],
    i(`${project?.name ?? '?'} · ${task.branch} · ${engine.name}`),
    stateLine(task),
    engine.standsIn,
    plan(task),
    task.currentStep !== null && WORKING.includes(task.state) && `▸ ${oneLine(task.currentStep, 120)}`,
    task.title === task.wish.trim() ? undefined : quote(cut(nameHidden(task.wish), WISH_CHARACTERS), true),
    task.state === 'answered' && task.summary !== null && quote(cut(nameHidden(task.summary), ANSWER_CHARACTERS), true),
    spent(task, cost),
  ])
  return { text, buttons: buttons(task) }
}

/** What works on it, and for whom it stands in when it is not what was chosen. */
async function engineOf(sql: Sql, facts: Facts, task: Task): Promise<{ name: string; standsIn: string | undefined }> {
  const [run, before] = await recentRuns(sql, task.id, 2)
  if (run === undefined || (run.state !== 'running' && run.standsInFor === null))
    return { name: (await choiceFor(sql, facts, task.projectId, task.id)).engine, standsIn: undefined }
  if (run.standsInFor === null) return { name: run.engine, standsIn: undefined }
  return {
    name: run.engine,
    standsIn: `🔁 ${nameOf(run)} stands in for ${run.standsInFor}: ${oneLine(before?.reason ?? 'it could not be reached', 160)}`,
  }
}

/** What state a task is in, in words fit for a list. */
export function stateLine(task: Pick<Task, 'state' | 'reason'>): string {
  return task.reason === null ? WORD[task.state] : `${WORD[task.state]}: ${oneLine(task.reason, 300)}`
}

function plan(task: Task): Text | undefined {
  if (task.plan.length === 0) return undefined
  const mark = { done: '✓', doing: '▸', todo: '·' }
  const shown = task.plan.slice(0, SHOWN_PLAN_STEPS).map((step) => `${mark[step.state]} ${oneLine(step.text, 90)}`)
  const more = task.plan.length - shown.length
  return [...shown, ...(more > 0 ? [`… ${more} more`] : [])].join('\n')
}

function spent(task: Task, cost: CostSum): string | undefined {
  if (task.elapsedMs === null) return undefined
  const parts = [duration(task.elapsedMs), cost.turns > 0 ? `${thousands(cost.tokens)} tokens` : undefined, cost.turns > 0 ? money(cost) : undefined]
  return parts.filter((part) => part !== undefined).join(' · ')
}

/** Milliseconds as `0.3 s`, `8 s`, `3 min`, `2 h 5 min`. */
export function duration(ms: number): string {
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

function thousands(n: number): string {
  return n < 1000 ? String(n) : `${(n / 1000).toFixed(n < 10_000 ? 1 : 0)}k`
}

/** Millionths of a dollar as `$0.04`; says so when some of it has no known price. */
export function money(cost: Pick<CostSum, 'microUsd' | 'unpriced'>): string {
  const dollars = cost.microUsd / 1_000_000
  const known = `$${dollars.toFixed(dollars !== 0 && dollars < 0.1 ? 3 : 2)}`
  return cost.unpriced > 0 ? `${known} + unpriced` : known
}

/** A known sum of millionths of a dollar: a limit, a price, a share. */
export function dollars(microUsd: number): string {
  return money({ microUsd, unpriced: 0 })
}

function buttons(task: Task): Button[][] {
  const number = { task: task.number }
  const steer: Button = {
    label: '💬 Steer',
    capability: 'steer_task',
    input: number,
    ask: { field: 'text', prompt: `What shall T${task.number} hear?` },
  }
  const stop: Button = { label: '⏹ Stop', capability: 'stop_task', input: number }
  switch (task.state) {
    case 'queued':
    case 'preparing':
    case 'running':
      return [[stop, { label: '⏸ Pause', capability: 'pause_task', input: number }, steer]]
    case 'waiting':
    case 'proposing':
      return [[stop, steer]]
    case 'paused':
      return [[stop, { label: '▶️ Resume', capability: 'resume_task', input: number }, steer]]
    case 'stopped':
    case 'failed':
      // Nothing of a dry run is kept that could go on.
      if (task.dry) return []
      return [
        [
          { label: '▶️ Resume', capability: 'resume_task', input: number },
          { label: '🗑 Discard', capability: 'discard_task', input: number },
        ],
      ]
    default:
      return []
  }
}
