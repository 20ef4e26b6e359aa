import { AWAY_WAYS, LughError, join, type AwayWay, type ProjectId, type TaskId } from '#core'
import { appendEvent, awayOf, setAway } from '#db'
import { z } from 'zod'
import { capability, type Act } from '../capability.ts'
import { AWAY_MINUTES, timeWords } from '../steps/lapse.ts'
import { TaskNumber, taskWord, theProject, theTask } from './words.ts'

const EXPLAINED: Readonly<Record<AwayWay, string>> = {
  park: 'the task waits, as long as it takes',
  safe: 'commands and hosts are denied, and of a question’s answers the one its agent named as safe is taken',
  on: 'the agent goes on with what does not need the answer, and hears it when it comes',
}
const USAGE = '/away [T12] park | safe | on | default [after 2h]'
const HELP = `${USAGE}\nLike this: /away safe 2h, or /away T12 on 30m. Nothing is ever allowed because nobody answered.`
const MAX_MINUTES = 30 * 1440 // a month; who is away longer stops the task
const UNITS: Readonly<Record<string, number>> = { m: 1, min: 1, h: 60, d: 1440 }

const Input = z.object({
  task: TaskNumber.optional(),
  project: z.string().max(200).optional(),
  way: z.enum([...AWAY_WAYS, 'default']).optional(),
  minutes: z.number().int().min(1).max(MAX_MINUTES).optional(),
})

/** Says what becomes of a question of an agent that nobody answers: of the current project, or of one task. */
export const setAwayWay = capability({
  name: 'set_away',
  describe: 'What happens when nobody answers an agent: wait, the safe answer, or go on elsewhere.',
  input: Input,
  output: z.object({ of: z.string(), way: z.enum(AWAY_WAYS), minutes: z.number(), set: z.boolean() }),
  kind: 'request',
  may: ['owner', 'approver'],
  doors: {
    telegram: { command: 'away', usage: USAGE, example: '/away safe 2h', parse: parseWords },
    cli: { verb: 'set_away', usage: 'set_away [T12] park|safe|on|default [2h]', parse: (argv) => parseWords(argv.join(' ')) },
    mcp: { none: 'what becomes of a question to people is for people to say' },
  },
  act: async (act, input) => {
    const task = input.task === undefined ? undefined : await theTask(act, input.task, () => true, '')
    const project = task === undefined ? await theProject(act, input.project) : undefined
    const projectId = task?.projectId ?? project?.id
    if (projectId === undefined) throw new LughError('not-found', 'There is no project yet.')
    const of = task === undefined ? (project?.name ?? '') : `T${task.number}`
    const before = await awayOf(act.tx, projectId, task?.id ?? null)
    if (input.way !== undefined) {
      const away = input.way === 'default' ? undefined : { way: input.way, minutes: input.minutes ?? before?.minutes ?? AWAY_MINUTES }
      await write(act, projectId, task?.id, away)
    } else if (input.minutes !== undefined) throw new LughError('input.invalid', HELP)
    const now = await awayOf(act.tx, projectId, task?.id ?? null)
    return { of, way: now?.way ?? 'park', minutes: now?.minutes ?? AWAY_MINUTES, set: input.way !== undefined }
  },
  say: (o) => join([`⏳ When nobody has answered ${o.of} for ${timeWords(o.minutes)}: ${EXPLAINED[o.way]}. It is said once.`, o.set ? false : HELP]),
  toast: (o) => `${o.of}: ${o.way} after ${timeWords(o.minutes)}.`,
})

async function write(act: Act, projectId: ProjectId, taskId: TaskId | undefined, away: { way: AwayWay; minutes: number } | undefined): Promise<void> {
  const { personId, door } = act.caller
  await setAway(act.tx, taskId === undefined ? { projectId } : { taskId }, away)
  const data = { way: away?.way ?? null, minutes: away?.minutes ?? null }
  await appendEvent(act.tx, { projectId, ...(taskId === undefined ? {} : { taskId }), personId, door, kind: 'away.set', data })
}

function parseWords(words: string): z.infer<typeof Input> {
  const said: z.infer<typeof Input> = {}
  for (const word of words
    .toLowerCase()
    .split(/\s+/u)
    .filter((one) => one !== '' && one !== 'after')) {
    const way = Input.shape.way.unwrap().safeParse(word)
    const [, number, unit = ''] = /^(\d{1,5})(min|[mhd])$/u.exec(word) ?? []
    if (way.success) said.way = way.data
    else if (number !== undefined) said.minutes = Number(number) * (UNITS[unit] ?? 1)
    else if (/^t?\d+$/u.test(word)) {
      const task = taskWord(word)
      if (task !== undefined) said.task = task
    } else throw new LughError('input.invalid', HELP)
  }
  if (said.minutes !== undefined && (said.minutes < 1 || said.minutes > MAX_MINUTES))
    throw new LughError('input.invalid', 'Between a minute and 30 days, like 30m, 2h or 1d.')
  return said
}
