/** The card of a budget that is nearly or wholly used up: what was spent on what, and how to go on. Its buttons are bound to the limit it shows. */
import { BudgetNoticeId, TaskId, b, join, oneLine, type Text } from '#core'
import { noticeById, projectById, taskById, tasksOfNotice, usedOf, type BudgetNotice, type BudgetOf, type Sql, type Task, type Used } from '#db'
import type { Facts } from '../capability.ts'
import type { Button, CardContent } from '../card.ts'
import { nameOf } from '../engine-choice.ts'
import { CHEAPER_ADDS, RAISE, cheaperThan, modelOfTask, type Offer } from '../money/cheaper-models.ts'
import { decidedWords } from './decided.ts'
import { dollars } from './task-card.ts'

const SHOWN_TASKS = 6 // a glance; the rest is counted

export async function budgetCard(sql: Sql, facts: Facts, subjectId: string): Promise<CardContent | undefined> {
  const notice = await noticeById(sql, BudgetNoticeId.parse(subjectId))
  if (notice === undefined) return undefined
  const tasks = await tasksOf(sql, notice)
  const used = await usedOf(sql, budgetOf(notice))
  const live = notice.state === 'pending' && tasks.some((task) => waitsFor(notice, task))
  const [first] = tasks
  const present = first === undefined ? undefined : await modelOfTask(sql, facts, first)
  const offers = live && notice.choosing && present !== undefined ? cheaperThan(facts, present) : []
  const text = join([
    [live ? HEAD[notice.kind].mark : '', b(`${HEAD[notice.kind].words} · ${(await projectById(sql, notice.projectId))?.name ?? '?'}`)],
    `${dollars(used.spent)} of ${dollars(notice.limitMicroUsd)} ${FOR[notice.scope]}`,
    names(notice, tasks),
    live && unpriced(used),
    live && present !== undefined && `Model: ${modelLine(facts, present)}`,
    ...choosing(notice, offers, live),
    await decision(sql, notice, live),
  ])
  return { text, buttons: live ? buttons(notice, offers) : [] }
}

const HEAD = {
  warning: { mark: '🟡 ', words: 'Budget nearly used up' },
  stop: { mark: '🟠 ', words: 'Budget used up' },
} as const
const FOR = { task: 'for this task', project: 'for the project', day: 'for the day (UTC)' } as const

/** Whether the card still asks something about the task. */
function waitsFor(notice: BudgetNotice, task: Task): boolean {
  return notice.kind === 'stop' ? task.state === 'paused' : ['queued', 'preparing', 'running', 'waiting', 'paused'].includes(task.state)
}

/** The budget a notice is about. */
export function budgetOf(notice: Pick<BudgetNotice, 'scope' | 'scopeKey' | 'projectId'>): BudgetOf {
  if (notice.scope === 'task') return { scope: 'task', taskId: TaskId.parse(notice.scopeKey) }
  return notice.scope === 'project' ? { scope: 'project', projectId: notice.projectId } : { scope: 'day', day: notice.scopeKey }
}

async function tasksOf(sql: Sql, notice: BudgetNotice): Promise<Task[]> {
  const found: Task[] = []
  for (const id of await tasksOfNotice(sql, notice.id)) {
    const task = await taskById(sql, id)
    if (task !== undefined) found.push(task)
  }
  return found.toSorted((a, z) => a.number - z.number)
}

function names(notice: BudgetNotice, tasks: readonly Task[]): string {
  const shown = tasks.slice(0, SHOWN_TASKS).map(({ number }) => `T${number}`)
  const more = tasks.length - shown.length
  const all = `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  return notice.kind === 'stop' ? `${all} parked; nothing is lost.` : `${all} goes on, and is parked when it is used up.`
}

function unpriced(used: Used): string | undefined {
  return used.unpriced === 0 ? undefined : `${used.unpriced} turns used a model whose price is not known; they count as the dearest one.`
}

function modelLine(facts: Facts, present: { engine: string; model: string | undefined }): string {
  const price = present.model === undefined ? undefined : facts.prices.priceOf(present.model)
  return `${oneLine(nameOf(present), 80)} (${price === undefined ? 'price not known' : rate(price)})`
}

function rate(price: { input: number; output: number }): string {
  return `${dollars(price.input)} in, ${dollars(price.output)} out a million tokens`
}

function choosing(notice: BudgetNotice, offers: readonly Offer[], live: boolean): (Text | false)[] {
  if (!live || !notice.choosing) return []
  if (offers.length === 0) return ['No cheaper model with a known price is available here.']
  const lines = offers.map((offer) => `· ${oneLine(offer.model, 60)}: ${rate(offer.price)}`)
  return ['Cheaper:', ...lines, notice.kind === 'stop' && `Each goes on with ${dollars(CHEAPER_ADDS)} more.`]
}

async function decision(sql: Sql, notice: BudgetNotice, live: boolean): Promise<string | undefined> {
  if (notice.state === 'pending') return live ? undefined : 'No longer needed: the task ended or went on.'
  const raised = notice.raisedToMicroUsd === null ? '' : `, now ${dollars(notice.raisedToMicroUsd)}`
  const word = { raised: '✅ Raised', cheaper: `✅ Goes on with ${oneLine(notice.model ?? '?', 60)}`, stopped: '⏹ Stopped' }[notice.state]
  return `${word}${raised} ${await decidedWords(sql, { by: notice.decidedBy, door: notice.decidedDoor, at: notice.decidedAt })}`
}

function buttons(notice: BudgetNotice, offers: readonly Offer[]): Button[][] {
  const bound = { notice: notice.id, limit: notice.limitMicroUsd }
  const button = (label: string, input: Button['input']): Button => ({ label, capability: 'decide_budget', input: { ...bound, ...input } })
  if (notice.choosing)
    return [
      ...offers.map(({ engine, model }) => [
        button(`${oneLine(model, 40)}${notice.kind === 'stop' ? ` · + ${dollars(CHEAPER_ADDS)}` : ''}`, { decision: 'cheaper', engine, model }),
      ]),
      [button('◀ Back', { decision: 'cheaper', back: true })],
    ]
  return [
    [
      button(`+ $${RAISE / 1_000_000}`, { decision: 'raise' }),
      button('Cheaper model', { decision: 'cheaper' }),
      button('⏹ Stop', { decision: 'stop' }),
    ],
  ]
}
