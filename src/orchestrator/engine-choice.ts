/** Which engine and model hold for a task: its own choice, else its project's, else the installation's. And who stands in when that one cannot be reached. */
import { LughError } from '#core'
import { engineChoices, readSetting, type Project, type Sql, type Task } from '#db'
import { z } from 'zod'
import type { EngineFacts, Facts } from './capability.ts'

export type Choice = {
  readonly engine: string
  /** Undefined: the first that its server names. */
  readonly model: string | undefined
  readonly from: 'task' | 'project' | 'installation'
}

/** What holds for a task, or for a project when no task is given. */
export async function choiceFor(sql: Sql, facts: Facts, projectId: Project['id'], taskId: Task['id'] | null): Promise<Choice> {
  const [row] = await engineChoices(sql, projectId, taskId)
  if (row === undefined) return { engine: facts.engine, model: usualModel(facts, facts.engine), from: 'installation' }
  return { engine: row.engine, model: row.model ?? usualModel(facts, row.engine), from: row.taskId === null ? 'project' : 'task' }
}

/** The model of an engine for which nobody chose one. LUGH_MODEL belongs to the installation's engine. */
export function usualModel(facts: Pick<Facts, 'engine' | 'model' | 'engines'>, engine: string): string | undefined {
  return engine === facts.engine ? facts.model : facts.engines.get(engine)?.defaultModel
}

/** `openai gpt-6.1-sol`, for cards and sentences. */
export function nameOf(choice: Pick<Choice, 'engine' | 'model'>): string {
  return choice.model === undefined ? choice.engine : `${choice.engine} · ${choice.model}`
}

/** An engine by name; a LughError with what there is when nobody knows it or it cannot work here. */
export function usableEngine(facts: Pick<Facts, 'engines'>, name: string): NonNullable<ReturnType<Facts['engines']['get']>> {
  const engine = facts.engines.get(name.toLowerCase())
  if (engine === undefined)
    throw new LughError('input.invalid', `There is no engine “${name.slice(0, 40)}”. There are: ${[...facts.engines.keys()].join(', ')}.`)
  const available = engine.available()
  if (!available.ok) throw new LughError('input.invalid', `${engine.name} cannot work here: ${available.why}`)
  return engine
}

/** The setting that holds who stands in, first choice first. */
export const FALLBACK_KEY = 'engine.fallback'
export const FALLBACK_MAX = 5 // nobody remembers more, and each costs a minute of trying
export const Fallback = z.array(z.object({ engine: z.string(), model: z.string().nullable() })).max(FALLBACK_MAX)

/** A built-in engine that can work here: only those carry a task's transcript over. */
function isStandIn(engine: EngineFacts | undefined): boolean {
  return engine !== undefined && engine.own === undefined && engine.available().ok
}

/** Who stands in for `chosen`, in order; itself and engines that cannot work here left out. */
export async function standInsFor(sql: Sql, facts: Facts, chosen: Pick<Choice, 'engine' | 'model'>): Promise<Choice[]> {
  const order = Fallback.catch([]).parse((await readSetting(sql, FALLBACK_KEY)) ?? [])
  return order
    .map(({ engine, model }): Choice => ({ engine, model: model ?? usualModel(facts, engine), from: 'installation' }))
    .filter((choice) => nameOf(choice) !== nameOf(chosen) && isStandIn(facts.engines.get(choice.engine)))
}
