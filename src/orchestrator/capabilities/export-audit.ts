import { nameHidden, oneLine, redactKeys, type ProjectId } from '#core'
import { enqueueDocument, eventsOfTask, eventsOutsideTasks, personById, taskByNumber, taskNumbers, type EventRow, type Sql } from '#db'
import { z } from 'zod'
import { capability, type Act } from '../capability.ts'
import { Link, explainTask } from '../explain-task.ts'
import { theProject, theTask } from './words.ts'

/** An export is one answer and one file: about 10 MB. What is behind it comes by asking for what is after the last task. */
const MAX_LINES = 20_000
const MAX_STEPS = 2000
const MAX_EVENTS = 5000

const Asked = z.object({
  task: z.number().int().positive().optional(),
  project: z.string().max(200).optional(),
  everything: z.boolean().default(false),
  format: z.enum(['jsonl', 'csv']).default('jsonl'),
  after: z.number().int().min(0).default(0),
})

/** The audit: of a task, a project or everything, with the same chain that `/why` shows and every event as it was appended. */
export const exportAudit = capability({
  name: 'export_audit',
  describe: 'The audit as a file: who, what, why, by which rule, with what outcome.',
  input: Asked,
  output: z.object({
    of: z.string(),
    lines: z.number(),
    /** The last task in it, when there are more. */
    more_after: z.number().nullable(),
    text: z.string(),
  }),
  kind: 'read',
  may: ['owner', 'approver'],
  doors: {
    telegram: {
      command: 'export',
      usage: '/export [T12 | PROJECT | all] [csv] [after T40]',
      example: '/export T12 csv',
      parse: (words) => parseWords(words),
    },
    cli: {
      verb: 'export_audit',
      usage: 'export_audit [T12 | PROJECT | all] [csv] [after T40]',
      parse: (argv) => parseWords(argv.join(' ')),
    },
    mcp: {},
  },
  act: async (act, input) => {
    const { of, links, moreAfter } = await gather(act, input)
    const text = input.format === 'csv' ? csvOf(links) : redactKeys(links.map((link) => `${JSON.stringify(link)}\n`).join(''))
    const here = act.caller.conversation
    if (here !== undefined) {
      const { botId, chatId, threadId } = here
      const filename = `audit-${of.replaceAll(/[^\w.-]/gu, '-')}.${input.format}`
      const more = moreAfter === null ? '' : ` There is more: /export ${of} ${input.format === 'csv' ? 'csv ' : ''}after T${moreAfter}`
      const caption = `The audit of ${oneLine(of, 60)}: ${links.length} lines.${more}`
      await enqueueDocument(act.tx, { botId, chatId, threadId, key: `export:${act.caller.callKey}`, filename, text, caption })
    }
    return { of, lines: links.length, more_after: moreAfter, text: here === undefined ? text : '' }
  },
  say: (o) => (o.text === '' ? undefined : o.text),
})

function parseWords(words: string): z.input<typeof Asked> & z.infer<typeof Asked> {
  const left = words
    .trim()
    .split(/\s+/u)
    .filter((word) => word !== '')
  const format = left.some((word) => word.toLowerCase() === 'csv') ? 'csv' : 'jsonl'
  const at = left.findIndex((word) => word.toLowerCase() === 'after')
  const after = at < 0 ? 0 : Number(/^[tT]?(\d{1,9})$/u.exec(left[at + 1] ?? '')?.[1] ?? 0)
  const rest = left.filter(
    (word, place) => word.toLowerCase() !== 'csv' && word.toLowerCase() !== 'jsonl' && (at < 0 || (place !== at && place !== at + 1)),
  )
  const what = rest.join(' ')
  const task = /^[tT](\d{1,9})$/u.exec(what)?.[1]
  return {
    format,
    after,
    everything: what.toLowerCase() === 'all',
    ...(task === undefined ? {} : { task: Number(task) }),
    ...(task === undefined && what !== '' && what.toLowerCase() !== 'all' ? { project: what } : {}),
  }
}

type Told = z.infer<typeof Line>
/** A link of a chain, or an event with what it holds. */
const Line = Link.extend({ data: z.unknown().optional() })
type Gathered = { readonly of: string; readonly links: readonly Told[]; readonly moreAfter: number | null }

async function gather(act: Act, input: z.infer<typeof Asked>): Promise<Gathered> {
  if (input.task !== undefined) {
    const { number } = await theTask(act, input.task, () => true, 'yet')
    return { of: `T${number}`, links: await ofTask(act.tx, number), moreAfter: null }
  }
  const project = input.everything ? undefined : await theProject(act, input.project)
  const projectId: ProjectId | null = project?.id ?? null
  const links: Told[] = []
  if (input.after === 0) for (const event of await eventsOutsideTasks(act.tx, projectId, MAX_EVENTS)) links.push(await eventLine(act.tx, null, event))
  let moreAfter: number | null = null
  for (let last = input.after; moreAfter === null;) {
    const [number] = await taskNumbers(act.tx, projectId, last, 1)
    if (number === undefined) break
    links.push(...(await ofTask(act.tx, number)))
    last = number
    if (links.length >= MAX_LINES && (await taskNumbers(act.tx, projectId, last, 1)).length > 0) moreAfter = last
  }
  return { of: project?.name ?? 'all', links, moreAfter }
}

async function ofTask(sql: Sql, number: number): Promise<Told[]> {
  const task = await taskByNumber(sql, number)
  if (task === undefined) return []
  const lines: Told[] = await explainTask(sql, task, MAX_STEPS)
  for (const event of await eventsOfTask(sql, task.id, MAX_EVENTS)) lines.push(await eventLine(sql, number, event))
  return lines
}

async function eventLine(sql: Sql, task: number | null, event: EventRow): Promise<Told> {
  const who = event.personId === null ? null : ((await personById(sql, event.personId))?.name ?? 'somebody')
  const { at, kind, door, data } = event
  return { task, link: 'event', at: at.toISOString(), what: kind, who, door, claim: null, allowed: null, outcome: null, data }
}

const COLUMNS = ['task', 'link', 'at', 'what', 'who', 'door', 'claim', 'allowed', 'outcome', 'data'] as const

/** RFC 4180. A cell that a spreadsheet would take for a formula begins with an apostrophe. */
function csvOf(links: readonly Told[]): string {
  const rows = links.map((link) => COLUMNS.map((column) => cell(link[column])).join(','))
  return `${[COLUMNS.join(','), ...rows].join('\r\n')}\r\n`
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text = redactKeys(nameHidden(typeof value === 'string' ? value : typeof value === 'number' ? String(value) : JSON.stringify(value)))
  const safe = /^[=+\-@\t\r]/u.test(text) ? `'${text}` : text
  return /[",\r\n]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
