import { LughError, NOTICE_CLASSES, RINGINGS, join } from '#core'
import { rulesOf, setRule } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { TaskNumber, taskWord, theProject, theTask } from './words.ts'

const About = z.enum([...NOTICE_CLASSES, 'all'])
const How = z.enum([...RINGINGS, 'default'])
const Input = z.object({ task: TaskNumber.optional(), project: z.string().max(200).optional(), about: About.optional(), how: How.optional() })
const USAGE = '/notify [T12 | project NAME] [decision | question | done | failed | info | all] loud | silent | critical | default'
const HELP = `${USAGE}\nLike this: /notify done silent, or /notify T12 critical.`

/** Says which messages ring: of all tasks, a project or a task, by what they are about. The rule that says most about a message counts. */
export const notify = capability({
  name: 'set_notices',
  describe: 'Which messages ring for you.',
  input: Input,
  output: z.object({ rules: z.array(z.object({ scope: z.string(), name: z.string().nullable(), class: About, how: z.string() })) }),
  kind: 'request',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: {
    telegram: { command: 'notify', usage: USAGE, example: '/notify done silent', parse: parseWords },
    cli: { none: 'a terminal rings nobody' },
    mcp: { none: 'what rings is for whoever has the phone' },
  },
  act: async (act, input) => {
    const { tx, caller } = act
    if (input.how !== undefined) {
      const task = input.task === undefined ? undefined : await theTask(act, input.task, () => true, 'yet')
      const project = input.project === undefined ? undefined : await theProject(act, input.project)
      const about = { personId: caller.personId, projectId: project?.id ?? null, taskId: task?.id ?? null, class: input.about ?? 'all' } as const
      await setRule(tx, about, input.how === 'default' ? null : input.how)
    } else if (input.about !== undefined || input.task !== undefined || input.project !== undefined) throw new LughError('input.invalid', HELP)
    return { rules: await rulesOf(tx, caller.personId) }
  },
  say: (o) =>
    join([
      'What rings for you:',
      ...o.rules.map((rule) => `· ${rule.name ?? 'everything'}: ${rule.class === 'all' ? 'all of it' : rule.class} ${rule.how}`),
      o.rules.length === 0 && '· decisions, questions, what is done and what failed; nothing else',
      HELP,
    ]),
})

function parseWords(words: string): z.infer<typeof Input> {
  const rest = words
    .trim()
    .split(/\s+/u)
    .filter((word) => word !== '')
  if (rest.length === 0) return {}
  const how = How.safeParse(rest.at(-1)?.toLowerCase())
  if (!how.success) throw new LughError('input.invalid', HELP)
  rest.pop()
  const about = About.safeParse(rest.at(-1)?.toLowerCase())
  if (about.success) rest.pop()
  const said = { how: how.data, ...(about.success ? { about: about.data } : {}) }
  if (rest.length === 0) return said
  if (rest[0]?.toLowerCase() === 'project') return { ...said, project: rest.slice(1).join(' ') }
  const task = taskWord(rest.join(' '))
  return task === undefined ? said : { ...said, task }
}
