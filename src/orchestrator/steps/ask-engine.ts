/** Asks the run's engine for one turn; when its provider cannot be reached, those that stand in for it, one after the other. */
import { LughError } from '#core'
import type { Run } from '#db'
import type { Engine, TurnRequest, TurnResult } from '#engines'
import { choiceFor, nameOf, standInsFor } from '../engine-choice.ts'
import type { Machinery } from '../machinery.ts'
import { changeEngine } from './open-run.ts'
import type { Work } from './work.ts'

export type Asked = { readonly run: Run; readonly result: TurnResult }

/** Answers the turn and the run it belongs to, which is a new one when another engine took over. */
export async function askEngine(w: Work, request: Omit<TurnRequest, 'model' | 'signal' | 'brief'>): Promise<Asked> {
  const { m, claim } = w
  const chosen = await choiceFor(m.db, m.facts, w.project.id, claim.task.id)
  const wanted = w.run.standsInFor ?? nameOf({ engine: w.run.engine, model: w.run.model })
  const left = (await standInsFor(m.db, m.facts, chosen)).filter((choice) => nameOf(choice) !== nameOf(w.run))
  for (let run = w.run; ;) {
    try {
      const result = await engineOf(m, run.engine).turn({ ...request, model: run.model, signal: claim.signal, brief: left.length > 0 })
      return { run, result }
    } catch (error) {
      const next = isUnreachable(error) ? left.shift() : undefined
      if (next === undefined || !(error instanceof LughError)) throw error
      m.log.warn({ task: claim.task.number, from: run.engine, to: next.engine, error: error.message }, 'engine.stands-in')
      run = await changeEngine(m, claim, run, next, error.say, wanted)
    }
  }
}

/** The engine a run names; it may have been taken away since. */
export function engineOf(m: Pick<Machinery, 'engines'>, name: string): Engine {
  const engine = m.engines.get(name)
  if (engine === undefined) throw new LughError('model.no-key', `This Lugh has no engine ${name}: choose another with /engine, then resume the task.`)
  return engine
}

/** Only what is of the moment is stood in for: a no of the provider is for the person to hear. */
function isUnreachable(error: unknown): boolean {
  return error instanceof LughError && error.code === 'model.unreachable'
}
