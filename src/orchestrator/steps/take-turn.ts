/** One turn of the engine: transcript in, one assistant message out, both as rows. */
import { crashPoint } from '#core'
import { appendEvent, appendMessage, countTurn, insertCost, noteProgress, openSteers, setCurrentStep, takeSteers, touchCards } from '#db'
import type { Block, Message, TurnResult } from '#engines'
import { underClaim } from '../machinery.ts'
import type { Work } from './work.ts'

const CUT_OFF = 'Your last answer was cut off by the output limit. Go on in smaller pieces.'
const EMPTY = 'Your last answer was empty. Go on, or say in a sentence what you did.'

/** Appends a user message at `seq`, with whatever people have said meanwhile behind it. Answers true: the round is done. */
export async function addUserMessage(w: Work, seq: number, content: readonly Block[]): Promise<true> {
  await underClaim(w.m, w.claim, async (tx, task) => {
    const steers = await openSteers(tx, task.id)
    const said: Block[] = steers.map((steer) => ({ type: 'text', text: steer.text }))
    await appendMessage(tx, { taskId: task.id, runId: w.run.id, seq, role: 'user', content: [...content, ...said] })
    const newest = steers.at(-1)
    if (newest !== undefined) await takeSteers(tx, task.id, newest.id, seq)
  })
  return true
}

/** Asks the engine for one turn and commits it with its cost. Errors of the model pass to the worker. */
export async function takeTurn(w: Work, messages: readonly Message[]): Promise<true> {
  const { m, claim, run } = w
  await underClaim(m, claim, async (tx, task) => {
    await setCurrentStep(tx, task.id, 'thinking')
    await touchCards(tx, { kind: 'task', subjectId: task.id })
  })
  crashPoint('turn.before-act')
  const result = await m.engine.turn({ model: run.model, system: w.system, transcript: messages, tools: m.tools.definitions, signal: claim.signal })
  crashPoint('turn.after-act')
  await commitTurn(w, messages.length, result)
  crashPoint('turn.after-outcome')
  return true
}

/** What the provider was paid for is written in the same transaction as what it said: neither is ever known without the other. */
async function commitTurn(w: Work, seq: number, result: TurnResult): Promise<void> {
  const { m, claim, run, project } = w
  const microUsd = m.costOf(run.model, result.usage)
  const calls = result.message.content.some((block) => block.type === 'tool_call')
  const empty = result.message.content.length === 0
  const content: readonly Block[] = empty ? [{ type: 'text', text: '(no answer)' }] : result.message.content
  const nudge = !calls && result.stop === 'length' ? CUT_OFF : empty ? EMPTY : undefined
  await underClaim(m, claim, async (tx, task) => {
    await countTurn(tx, run.id)
    await noteProgress(tx, task.id)
    await insertCost(tx, { taskId: task.id, runId: run.id, projectId: project.id, engine: run.engine, model: run.model, microUsd, ...result.usage })
    await appendEvent(tx, {
      taskId: task.id,
      runId: run.id,
      projectId: project.id,
      kind: 'usage.reported',
      data: { model: run.model, microUsd, ...result.usage },
    })
    await appendMessage(tx, { taskId: task.id, runId: run.id, seq, role: 'assistant', content })
    if (nudge !== undefined)
      await appendMessage(tx, { taskId: task.id, runId: run.id, seq: seq + 1, role: 'user', content: [{ type: 'text', text: nudge }] })
    await touchCards(tx, { kind: 'task', subjectId: task.id })
  })
}
