/** The engine card: what works on a project or a task, what else there is, and why some of it is not to be had here. */
import { ProjectId, TaskId, b, join, oneLine, type Text } from '#core'
import { projectById, readSetting, taskById, type Sql } from '#db'
import type { EngineFacts, Facts } from '../capability.ts'
import type { Button, CardContent } from '../card.ts'
import { FALLBACK_KEY, Fallback, choiceFor, nameOf, usualModel, type Choice } from '../engine-choice.ts'

/** Models on buttons: what fits a glance. /model NAME takes any other. */
const SHOWN_MODELS = 6

/** What the card is about, and which of several cards about it: `project:ID:KEY` or `task:ID:KEY`. */
export function engineSubject(of: { projectId: ProjectId; taskId: TaskId | null }, key: string): string {
  return of.taskId === null ? `project:${of.projectId}:${key}` : `task:${of.taskId}:${key}`
}

export async function engineCard(sql: Sql, facts: Facts, subjectId: string): Promise<CardContent | undefined> {
  const subject = await subjectOf(sql, subjectId)
  if (subject === undefined) return undefined
  const choice = await choiceFor(sql, facts, subject.projectId, subject.taskId)
  const models = shownModels(facts, choice)
  const text = join([
    [b(`Engine of ${subject.name}`)],
    `${nameOf(choice)} · ${FROM[choice.from]}`,
    ...[...facts.engines.values()].map((engine) => engineLine(facts, engine, choice)),
    await standInLine(sql),
    models.length > 0 && 'Any other model: /model NAME',
  ])
  return {
    text,
    buttons: [engineButtons(facts, choice, subject.input), ...modelButtons(models, choice, subject.input), ...backButton(choice, subject)],
  }
}

const FROM: Readonly<Record<Choice['from'], string>> = {
  task: 'chosen for this task',
  project: 'chosen for this project',
  installation: 'as the installation is set up',
}

type Subject = { name: string; projectId: ProjectId; taskId: TaskId | null; input: { project?: string; task?: number } }

async function subjectOf(sql: Sql, subjectId: string): Promise<Subject | undefined> {
  const [kind, id = ''] = subjectId.split(':')
  if (kind === 'task') {
    const task = await taskById(sql, TaskId.parse(id))
    return task === undefined ? undefined : { name: `T${task.number}`, projectId: task.projectId, taskId: task.id, input: { task: task.number } }
  }
  const project = await projectById(sql, ProjectId.parse(id))
  return project === undefined ? undefined : { name: project.name, projectId: project.id, taskId: null, input: { project: project.name } }
}

function engineLine(facts: Facts, engine: EngineFacts, choice: Choice): Text {
  const available = engine.available()
  if (!available.ok) return `✗ ${engine.name}: ${available.why}`
  const model = engine.name === choice.engine ? choice.model : usualModel(facts, engine.name)
  const bound = engine.own?.asks === false ? ' · cannot ask: sandbox and review alone bind it' : ''
  return `✓ ${engine.name}${model === undefined ? '' : ` (${oneLine(model, 60)})`}${bound}`
}

async function standInLine(sql: Sql): Promise<string> {
  const order = Fallback.catch([]).parse((await readSetting(sql, FALLBACK_KEY)) ?? [])
  const names = order.map(({ engine, model }) => (model === null ? engine : `${engine} ${model}`))
  return names.length === 0
    ? 'When it cannot be reached, the task waits. /engine fallback NAME lets another one stand in.'
    : `When it cannot be reached: ${names.join(', then ')}.`
}

function engineButtons(facts: Facts, choice: Choice, input: Subject['input']): Button[] {
  return [...facts.engines.values()]
    .filter((engine) => engine.available().ok)
    .map(({ name }) => ({ label: name === choice.engine ? `• ${name}` : name, capability: 'set_engine', input: { ...input, engine: name } }))
}

/** The chosen one first, then the newest. */
function shownModels(facts: Facts, choice: Choice): string[] {
  const offered = facts.engines.get(choice.engine)?.known() ?? []
  const all = choice.model === undefined ? offered : [choice.model, ...offered.filter((model) => model !== choice.model)]
  return all.slice(0, SHOWN_MODELS)
}

function modelButtons(models: readonly string[], choice: Choice, input: Subject['input']): Button[][] {
  if (models.length < 2) return []
  const buttons = models.map((model) => ({
    label: model === choice.model ? `• ${oneLine(model, 40)}` : oneLine(model, 40),
    capability: 'set_model',
    input: { ...input, model },
  }))
  return Array.from({ length: Math.ceil(buttons.length / 2) }, (_, row) => buttons.slice(row * 2, row * 2 + 2))
}

function backButton(choice: Choice, subject: Subject): Button[][] {
  const own = subject.taskId === null ? 'project' : 'task'
  if (choice.from !== own) return []
  const label = own === 'task' ? '◀ As its project' : '◀ As installed'
  return [[{ label, capability: 'set_engine', input: { ...subject.input, engine: 'default' } }]]
}
