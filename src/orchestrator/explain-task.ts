/**
 * Why a task did what it did, link by link, from rows alone: the wish, the plan and what was said to it, each step with the agent's
 * reason and who or what let it run, the change and its tests, and what landed. `/why` shows it, `/export` carries it.
 */
import { nameHidden, oneLine, type PersonId } from '#core'
import { changesOfTask, doorOfTask, landingsOfTask, personById, plansOfTask, recentEvents, stepsOfTask, type Sql, type Task } from '#db'
import { z } from 'zod'
import { explainStep } from './explain-step.ts'

const MAX_WORDS = 400
/** Events in which the words for the steps are found. */
const LOOKED_AT = 20_000
const KINDS = ['command.judged', 'step.started']

export const Link = z.object({
  task: z.number().nullable(),
  link: z.enum(['wish', 'plan', 'step', 'change', 'landing', 'event']),
  /** ISO 8601. */
  at: z.string(),
  what: z.string(),
  who: z.string().nullable(),
  door: z.string().nullable(),
  /** The agent's own words; never checked. */
  claim: z.string().nullable(),
  /** The rule or the person that let it happen. */
  allowed: z.string().nullable(),
  /** What came of it: the evidence. */
  outcome: z.string().nullable(),
})
export type Link = z.infer<typeof Link>

/** The whole chain of a task, oldest first, with its newest `steps` steps. */
export async function explainTask(sql: Sql, task: Task, steps: number): Promise<Link[]> {
  const named = namesOf(sql)
  const links = [
    await wish(sql, task, named),
    ...(await plans(sql, task, named)),
    ...(await stepLinks(sql, task, steps)),
    ...(await changes(sql, task, named)),
    ...(await landings(sql, task, named)),
  ]
  return links
    .map((link, place) => ({ link, place }))
    .toSorted((a, b) => (a.link.at < b.link.at ? -1 : a.link.at > b.link.at ? 1 : a.place - b.place))
    .map(({ link }) => link)
}

type Named = (id: PersonId | null) => Promise<string | null>

/** The same few people again and again. */
function namesOf(sql: Sql): Named {
  const known = new Map<PersonId, string>()
  return async (id) => {
    if (id === null) return null
    const name = known.get(id) ?? (await personById(sql, id))?.name ?? 'somebody'
    known.set(id, name)
    return name
  }
}

function words(text: string): string {
  return oneLine(nameHidden(text), MAX_WORDS)
}

async function wish(sql: Sql, task: Task, named: Named): Promise<Link> {
  return {
    task: task.number,
    link: 'wish',
    at: task.createdAt.toISOString(),
    what: words(task.wish),
    who: await named(task.personId),
    door: await doorOfTask(sql, task.id),
    claim: null,
    allowed: null,
    outcome: null,
  }
}

async function plans(sql: Sql, task: Task, named: Named): Promise<Link[]> {
  const links: Link[] = []
  for (const plan of await plansOfTask(sql, task.id)) {
    const by = await named(plan.decidedBy)
    links.push({
      task: task.number,
      link: 'plan',
      at: plan.at.toISOString(),
      what: words(`plan ${plan.number}: ${plan.steps.map((step, at) => `${at + 1}. ${step}`).join(' ')}`),
      who: by,
      door: plan.decidedDoor,
      claim: null,
      allowed: by === null ? null : `${plan.state} by ${by}${plan.decidedAt === null ? '' : ` at ${plan.decidedAt.toISOString()}`}`,
      outcome: plan.comment === null ? plan.state : `${plan.state}: ${words(plan.comment)}`,
    })
  }
  return links
}

async function stepLinks(sql: Sql, task: Task, limit: number): Promise<Link[]> {
  const steps = await stepsOfTask(sql, task.id, limit)
  const events = steps.length === 0 ? [] : await recentEvents(sql, task.id, KINDS, LOOKED_AT)
  const ofCall = Map.groupBy(events, ({ data }) => data['callId'])
  const links: Link[] = []
  for (const step of steps) {
    const { step: what, claim, allowed, outcome } = await explainStep(sql, task.id, step, ofCall.get(step.callId) ?? [])
    links.push({ task: task.number, link: 'step', at: step.at.toISOString(), what, who: null, door: null, claim, allowed, outcome })
  }
  return links
}

async function changes(sql: Sql, task: Task, named: Named): Promise<Link[]> {
  const links: Link[] = []
  for (const change of await changesOfTask(sql, task.id)) {
    const by = await named(change.decidedBy)
    const files = change.files === 1 ? '1 file' : `${change.files} files`
    const part =
      change.part === null ? '' : ` (${change.part.kept} of ${change.part.total} hunks, chosen by ${(await named(change.partedBy)) ?? 'somebody'})`
    links.push({
      task: task.number,
      link: 'change',
      at: change.at.toISOString(),
      what: `change ${change.number}${part}: ${files} +${change.insertions} −${change.deletions}, tree ${change.tree}, digest ${change.digest}`,
      who: by,
      door: null,
      claim: words(change.summary),
      allowed: by === null ? null : `${change.state} by ${by}`,
      outcome: `${change.state}; ${testsOf(change.tests)}`,
    })
  }
  return links
}

function testsOf(tests: Awaited<ReturnType<typeof changesOfTask>>[number]['tests']): string {
  if (tests === null || tests.state === 'none') return 'no tests are configured'
  if (tests.state === 'not-run') return `tests not run: ${words(tests.why)}`
  const end = tests.exitCode === 0 ? 'passed' : `failed (${tests.exitCode ?? tests.endedBy ?? '?'})`
  return `tests ${end}: ${words(tests.command)}, ${(tests.ms / 1000).toFixed(1)} s`
}

async function landings(sql: Sql, task: Task, named: Named): Promise<Link[]> {
  const links: Link[] = []
  for (const landing of await landingsOfTask(sql, task.id)) {
    const by = await named(landing.personId)
    links.push({
      task: task.number,
      link: 'landing',
      at: landing.at.toISOString(),
      what: `${landing.kind} onto ${landing.ref}`,
      who: by,
      door: landing.door,
      claim: null,
      allowed: by === null ? null : `tapped by ${by}`,
      outcome: [
        landing.state,
        ...(landing.newCommit === null ? [] : [`commit ${landing.newCommit} on ${landing.oldCommit ?? 'nothing'}`]),
        ...(landing.detail === null ? [] : [words(landing.detail)]),
      ].join('; '),
    })
  }
  return links
}
