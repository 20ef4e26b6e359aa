import { LughError, b, code, join, oneLine, type Text } from '#core'
import { taskOfCommit } from '#db'
import { z } from 'zod'
import { capability, type Act } from '../capability.ts'
import { stateLine } from '../cards/task-card.ts'
import { Link, explainTask } from '../explain-task.ts'
import { viewTask } from './task-list.ts'
import { TaskNumber, taskWord, theTask } from './words.ts'

const SHOWN_STEPS = 8 // two screens of a phone
/** Fewer characters name several commits of a large repository; `1234567` alone could be a task, so a commit has a letter or is longer. */
const COMMIT = /^(?=.*[a-f]|.{10})[0-9a-f]{7,64}$/iu

const Asked = z.object({ task: TaskNumber.optional(), commit: z.string().regex(COMMIT).optional() })

/** Why a task did what it did, or where a commit comes from: wish, plan, newest steps with reason, permission and outcome, change, landing. */
export const whyTask = capability({
  name: 'why_task',
  describe: 'Why a task did what it did, or why a commit is there: from the wish to the evidence.',
  input: Asked,
  output: z.object({ task: z.number(), title: z.string(), wish: z.string(), state: z.string(), chain: z.array(Link) }),
  kind: 'read',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: {
    telegram: { command: 'why', menu: true, usage: '/why [T12 | COMMIT]', example: '/why T12', parse: (words) => parseWords(words) },
    cli: { verb: 'why_task', usage: 'why_task [T12 | COMMIT]', parse: (argv) => parseWords(argv.join(' ')) },
    mcp: { example: { task: 12 } },
  },
  act: async (act, input) => {
    const number = input.commit === undefined ? input.task : await numberOf(act, input.commit)
    const task = await theTask(act, number, () => true, 'yet')
    return {
      task: task.number,
      title: task.title,
      wish: task.wish,
      state: stateLine(viewTask(task)),
      chain: await explainTask(act.tx, task, SHOWN_STEPS),
    }
  },
  say: (o) => {
    const of = (...kinds: readonly Link['link'][]): Link[] => o.chain.filter(({ link }) => kinds.includes(link))
    const steps = of('step').filter(({ what }) => !NO_ACTS.includes(what))
    return join(
      [
        join([b(`Why · T${o.task} ${o.title}`), ...of('wish').map(wishLine), ...of('plan').map(planLine)]),
        steps.length === 0 && 'It has taken no step yet.',
        ...steps.map((step) =>
          join([
            code(step.what),
            step.claim !== null && `Its claim: “${step.claim}”`,
            `Allowed by: ${step.allowed ?? '?'}`,
            `Led to: ${step.outcome ?? '?'}`,
          ]),
        ),
        ...of('change').slice(-1).map(changeLine),
        ...of('landing').slice(-2).map(landingLine),
        `Now: ${o.state}`,
        steps.some(({ outcome }) => outcome?.includes(': exit code ')) &&
          `Whole outputs: /log T${o.task} for the last command, /log T${o.task} npm test for one by its words`,
      ],
      '\n\n',
    )
  },
})

/** Steps that do nothing but tell what the task's card shows anyway; programs get them in the chain. */
const NO_ACTS: readonly string[] = ['update_plan']

function parseWords(words: string): z.infer<typeof Asked> {
  const word = words.trim()
  return COMMIT.test(word) ? { commit: word.toLowerCase() } : { task: taskWord(words) }
}

async function numberOf(act: Act, commit: string): Promise<number> {
  const found = await taskOfCommit(act.tx, commit)
  if (found !== undefined) return found.number
  throw new LughError(
    'not-found',
    `No task of mine made a commit ${commit.slice(0, 12)}. What people committed themselves is in the repository's own history.`,
  )
}

function day(at: string): string {
  return `${at.slice(0, 10)} ${at.slice(11, 16)} UTC`
}

function wishLine({ what, who, door, at }: Link): Text {
  return `Wish: “${oneLine(what, 200)}”, ${who ?? 'somebody'}${door === null ? '' : ` by ${door}`}, ${day(at)}`
}

function planLine({ what, allowed, outcome }: Link): Text {
  return `${oneLine(what.replace(/^p/u, 'P'), 200)} (${allowed ?? outcome ?? '?'})`
}

/** Object names are for programs; of these a phone needs the first few characters. */
function changeLine({ what, outcome }: Link): Text {
  return `${what.replace(/^c/u, 'C').replace(/, tree .*$/u, '')}: ${outcome ?? '?'}`
}

function landingLine({ what, who, at, outcome }: Link): Text {
  const short = (outcome ?? '?').replaceAll(/\b([0-9a-f]{10})[0-9a-f]{30,54}\b/gu, '$1')
  return `${what.replace('refs/heads/', '').replace(/^./u, (first) => first.toUpperCase())} by ${who ?? 'somebody'}, ${day(at)}: ${short}`
}
