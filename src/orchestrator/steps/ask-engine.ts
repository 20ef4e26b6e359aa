/** Asks the run's engine for one turn; when its provider cannot be reached, those that stand in for it, one after the other. */
import { LughError, nameHidden } from '#core'
import type { Run } from '#db'
import { MAX_OUTPUT_TOKENS, type Engine, type TurnRequest, type TurnResult } from '#engines'
import { choiceFor, nameOf, standInsFor } from '../engine-choice.ts'
import type { Claim, Machinery } from '../machinery.ts'
import { promptTokensAtMost } from '../money/prompt-tokens.ts'
import { release, reserve, type Reservation } from '../money/reserve.ts'
import { changeEngine } from './open-run.ts'
import type { Work } from './work.ts'

/** What a turn came to, the run it belongs to, and what was set aside for it. */
export type Asked = { readonly run: Run; readonly result: TurnResult; readonly reservation: Reservation }
export type Asking = Omit<TurnRequest, 'model' | 'signal' | 'brief'>

/** Answers the turn and the run it belongs to, which is a new one when another engine took over. Undefined: a budget is used up, and the task parked. */
export async function askEngine(w: Work, request: Asking): Promise<Asked | undefined> {
  const { m, claim } = w
  const chosen = await choiceFor(m.db, m.facts, w.project.id, claim.task.id)
  const wanted = w.run.standsInFor ?? nameOf({ engine: w.run.engine, model: w.run.model })
  const left = (await standInsFor(m.db, m.facts, chosen)).filter((choice) => nameOf(choice) !== nameOf(w.run))
  for (let run = w.run; ;) {
    try {
      return await askOne(w, run, request, left.length > 0)
    } catch (error) {
      const next = isUnreachable(error) ? left.shift() : undefined
      if (next === undefined || !(error instanceof LughError)) throw error
      m.log.warn({ task: claim.task.number, from: run.engine, to: next.engine, error: error.message }, 'engine.stands-in')
      run = await changeEngine(m, claim, run, next, error.say, wanted)
    }
  }
}

/** One engine's turn, with the most it may cost set aside before. */
async function askOne({ m, claim }: Work, run: Run, request: Asking, brief: boolean): Promise<Asked | undefined> {
  const engine = engineOf(m, run.engine)
  const reservation = await reserve(m, claim, run, { model: run.model, prompt: promptTokensAtMost(request), output: MAX_OUTPUT_TOKENS })
  if (reservation === undefined) return undefined
  const draft = draftOf(m, claim)
  try {
    return { run, reservation, result: await engine.turn({ ...request, ...draft.hear, model: run.model, signal: claim.signal, brief }) }
  } catch (error) {
    await release(m, reservation)
    throw error
  } finally {
    draft.end()
  }
}

/** Tells the words of a turn while they come, without keys: the last word is held back until it is whole, since a key is known by its end, too. */
function draftOf({ drafts, redact }: Pick<Machinery, 'drafts' | 'redact'>, { task }: Claim): { hear: Pick<TurnRequest, 'onText'>; end: () => void } {
  const { conversationId, number } = task
  if (drafts === undefined || conversationId === null) return { hear: {}, end: () => undefined }
  let text = ''
  let told = ''
  const onText = (delta: string): void => {
    text += delta
    const whole = text.slice(0, text.search(/\S*$/u)).trimEnd()
    if (whole.length <= told.length) return
    told = whole
    drafts.say({ conversationId, task: number, text: nameHidden(redact(whole)) })
  }
  return { hear: { onText }, end: () => drafts.say({ conversationId, task: number, text: undefined }) }
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
