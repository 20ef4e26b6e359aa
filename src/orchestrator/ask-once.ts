/**
 * One question to a model outside of any task, answered by calling one tool: what pictures show, what a sentence means. It is asked with nothing
 * at hand that could act, and only when the budgets still hold something; whoever asks writes down what it cost.
 */
import { LughError, type ProjectId } from '#core'
import { lockBudgets, usedOf, type Db } from '#db'
import { MAX_OUTPUT_TOKENS, type Block, type Engine, type TurnRequest, type TurnResult, type Usage } from '#engines'
import { choiceFor, usualModel } from './engine-choice.ts'
import { dollars } from './cards/task-card.ts'
import type { Machinery } from './machinery.ts'
import { dayOf, limitsFor } from './money/limits.ts'
import { promptTokensAtMost } from './money/prompt-tokens.ts'

export type Asker = Pick<Machinery, 'db' | 'facts' | 'engines' | 'clock'>

export type OneQuestion = {
  /** Whose engine and budget; null: the installation's. */
  readonly projectId: ProjectId | null
  /** What is asked for, as the second half of a sentence when no engine can do it: `look at pictures`. */
  readonly toDo: string
  readonly system: string
  readonly content: readonly Block[]
  readonly tool: TurnRequest['tools'][number]
  readonly timeoutMs: number
}

export type OneAnswer = {
  readonly engine: string
  readonly model: string
  readonly usage: Usage
  readonly microUsd: number | null
  readonly countedMicroUsd: number
  /** What the tool was called with; undefined when the model only talked. */
  readonly input: unknown
  readonly words: string
}

/** Asks. Throws a LughError with a sentence when nobody can be asked, no money is left, or no answer came in time; the signal's reason when it ends. */
export async function askOnce(m: Asker, question: OneQuestion, halt: AbortSignal): Promise<OneAnswer> {
  const limit = AbortSignal.timeout(question.timeoutMs)
  const signal = AbortSignal.any([halt, limit])
  try {
    const { engine, model } = await whoAnswers(m, question, signal)
    const request = { system: question.system, transcript: [{ role: 'user' as const, content: [...question.content] }], tools: [question.tool] }
    await mustAfford(m, question.projectId, m.facts.prices.mostFor(model, promptTokensAtMost(request), MAX_OUTPUT_TOKENS))
    return answerOf(m, engine.name, model, question.tool.name, await engine.turn({ ...request, model, signal, brief: true }))
  } catch (error) {
    if (limit.aborted && !halt.aborted)
      throw new LughError('model.unreachable', `the model took more than ${question.timeoutMs / 1000} seconds`, { cause: error })
    throw error
  }
}

/** The engine that works in the project when it can answer by itself, else another built-in one that can work here. */
async function whoAnswers(m: Asker, { projectId, toDo }: OneQuestion, signal: AbortSignal): Promise<{ engine: Engine; model: string }> {
  const { facts } = m
  const chosen = projectId === null ? { engine: facts.engine, model: usualModel(facts, facts.engine) } : await choiceFor(m.db, facts, projectId, null)
  const own = m.engines.get(chosen.engine)
  const engine = own?.available().ok === true ? own : [...m.engines.values()].find((one) => one.available().ok)
  if (engine === undefined)
    throw new LughError('model.no-key', `${chosen.engine} does not ${toDo} by itself, and there is no key for a model that does`)
  const model = (engine === own ? chosen.model : undefined) ?? engine.defaultModel ?? (await engine.models(signal))[0]
  if (model === undefined) throw new LughError('model.refused', `${engine.name} offers no model`)
  return { engine, model }
}

/** Without a task only the project's and the day's budgets hold. Not reserved: one answer costs cents, and few are asked for at once. */
async function mustAfford(m: Asker & { readonly db: Db }, projectId: ProjectId | null, most: number): Promise<void> {
  await m.db.tx(async (tx) => {
    const limits = await limitsFor(tx, m.facts, { taskId: null, projectId, day: dayOf(m.clock.now()) })
    if (limits.length > 0) await lockBudgets(tx)
    for (const limit of limits) {
      const used = await usedOf(tx, limit.of)
      const whose = limit.of.scope === 'day' ? "the day's budget" : "the project's budget"
      if (used.spent >= limit.microUsd) throw new LughError('not-allowed', `${whose} of ${dollars(limit.microUsd)} is used up`)
      if (used.reserved > 0 && used.spent + used.reserved + most > limit.microUsd)
        throw new LughError('not-allowed', `what is left of ${whose} is set aside for tasks at work`)
    }
  })
}

function answerOf({ facts }: Asker, engine: string, model: string, tool: string, { message, usage }: TurnResult): OneAnswer {
  const call = message.content.find((block) => block.type === 'tool_call' && block.name === tool)
  const words = message.content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join(' ')
  const cost = { microUsd: facts.prices.costOf(model, usage), countedMicroUsd: facts.prices.countedCost(model, usage) }
  return { engine, model, usage, ...cost, input: call?.type === 'tool_call' ? call.input : undefined, words }
}
