import { CardId, LughError, join, type Text } from '#core'
import { appendEvent, dropEngineChoice, postCard, projectById, setEngineChoice, touchCards, touchNewestCards } from '#db'
import { z } from 'zod'
import { capability, type Act } from '../capability.ts'
import { engineSubject } from '../cards/engine-card.ts'
import { choiceFor, nameOf, usableEngine, type Choice } from '../engine-choice.ts'
import { TaskNumber, firstWord, taskWord, theProject, theTask } from './words.ts'

/** What a choice is about. */
export const About = z.object({ task: TaskNumber.optional(), project: z.string().max(200).optional() })
/** What there is; `problem` says why one cannot work here. */
const EngineOffer = z.object({ name: z.string(), models: z.array(z.string()), problem: z.string().optional() })
export const Chosen = z.object({
  of: z.string(),
  engine: z.string(),
  model: z.string().nullable(),
  set: z.boolean(),
  carded: z.boolean(),
  engines: z.array(EngineOffer),
})

/** Chooses the engine of the current project or of one task; its usual model comes with it. */
export const setEngine = capability({
  name: 'set_engine',
  describe: 'Choose which engine works on a project or a task, from what is available here.',
  input: About.extend({ engine: z.string().trim().min(1).max(40).optional() }),
  output: Chosen,
  kind: 'request',
  may: ['owner', 'approver'],
  doors: {
    telegram: {
      command: 'engine',
      menu: false,
      usage: '/engine [NAME|default] [T12]',
      example: '/engine openai T12',
      parse: (words) => aboutWords(words, 'engine'),
    },
    cli: { verb: 'set_engine', usage: 'set_engine [NAME|default] [T12]', parse: (argv) => aboutWords(argv.join(' '), 'engine') },
    mcp: { none: 'which engine works is set by a person at the phone or the console' },
  },
  act: async (act, { engine, ...about }) => {
    const of = await subject(act, about)
    if (engine === undefined) return show(act, of)
    if (engine.toLowerCase() === 'default') {
      await dropEngineChoice(act.tx, of.choiceOf)
      return chosen(act, of, null, null)
    }
    const { name } = usableEngine(act.facts, engine)
    const { personId } = act.caller
    await setEngineChoice(act.tx, of.choiceOf, { engine: name, model: null, personId })
    return chosen(act, of, name, null)
  },
  say: sayChosen,
  toast: (o) => `${o.of}: ${o.engine}`,
})

export type Subject = Awaited<ReturnType<typeof subject>>

/** The project or task a choice is about. */
export async function subject(act: Act, about: z.infer<typeof About>) {
  if (about.task === undefined) {
    const project = await theProject(act, about.project)
    return { name: project.name, project, taskId: null, choiceOf: { projectId: project.id } } as const
  }
  const task = await theTask(act, about.task, () => true, '')
  const project = await projectById(act.tx, task.projectId)
  if (project === undefined) throw new LughError('not-found', `The project of T${task.number} was removed.`)
  return { name: `T${task.number}`, project, taskId: task.id, choiceOf: { taskId: task.id } } as const
}

/** Posts the card where there is a chat; what holds now in any case. */
export async function show(act: Act, of: Subject): Promise<z.infer<typeof Chosen>> {
  const choice = await choiceFor(act.tx, act.facts, of.project.id, of.taskId)
  const here = act.caller.conversation
  if (here !== undefined) {
    await postCard(act.tx, {
      id: CardId.parse(act.ids.uuid()),
      botId: here.botId,
      chatId: here.chatId,
      threadId: here.threadId,
      kind: 'engine',
      subjectId: engineSubject({ projectId: of.project.id, taskId: of.taskId }, act.caller.callKey),
      replyTo: act.caller.messageId,
    })
  }
  return answer(act, of, choice, false, here !== undefined)
}

/** Records a choice and answers what holds now. */
export async function chosen(act: Act, of: Subject, engine: string | null, model: string | null): Promise<z.infer<typeof Chosen>> {
  const { personId, door } = act.caller
  const scope = { projectId: of.project.id, ...(of.taskId === null ? {} : { taskId: of.taskId }), personId, door }
  await appendEvent(act.tx, { ...scope, kind: 'engine.chosen', data: { engine, model } })
  await touchNewestCards(act.tx, 'engine')
  if (of.taskId !== null) await touchCards(act.tx, { taskId: of.taskId })
  return answer(act, of, await choiceFor(act.tx, act.facts, of.project.id, of.taskId), true, false)
}

function answer(act: Act, of: Subject, choice: Choice, set: boolean, carded: boolean): z.infer<typeof Chosen> {
  const engines = [...act.facts.engines.values()].map((engine) => {
    const available = engine.available()
    return { name: engine.name, models: [...engine.known()], ...(available.ok ? {} : { problem: available.why }) }
  })
  return { of: of.name, engine: choice.engine, model: choice.model ?? null, set, carded, engines }
}

/** A choice in words; a card says it already where there is one. */
export function sayChosen(o: z.infer<typeof Chosen>): Text | undefined {
  if (o.carded) return undefined
  const name = nameOf({ engine: o.engine, model: o.model ?? undefined })
  if (o.set) return `${o.of} goes on with ${name}, from the agent's next step.`
  return join([
    `${o.of} uses ${name}.`,
    ...o.engines.map((engine) => (engine.problem === undefined ? `✓ ${engine.name}` : `✗ ${engine.name}: ${engine.problem}`)),
  ])
}

/** `openai T12` → what to choose and for what; the task alone shows its card. */
export function aboutWords<K extends 'engine' | 'model'>(words: string, key: K): { [P in K]?: string } & { task?: number } {
  const [first, rest] = firstWord(words)
  const alone = /^[tT]\d+$/u.test(first) && rest === ''
  const task = taskWord(alone ? first : rest)
  const named: { [P in K]?: string } = {}
  if (!alone && first !== '') named[key] = first
  return { ...named, ...(task === undefined ? {} : { task }) }
}
