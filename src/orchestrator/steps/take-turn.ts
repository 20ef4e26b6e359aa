/** One turn of the engine: transcript in, one assistant message out, both as rows. */
import { LughError, crashPoint, redactKeys, withoutKeys, type TaskId } from '#core'
import {
  appendMessage,
  countTurn,
  latestRun,
  noteProgress,
  openSteers,
  setCurrentStep,
  takeSteers,
  touchCards,
  usedCallIds,
  type MessageRow,
  type Run,
} from '#db'
import { Message, type Block } from '#engines'
import { offeredTools } from '../connectors/offered.ts'
import { underClaim } from '../machinery.ts'
import { stanceNow } from '../mode.ts'
import { settle } from '../money/reserve.ts'
import { askEngine, type Asked, type Asking } from './ask-engine.ts'
import { briefEngine } from './brief-engine.ts'
import { keepShort, shortenAfter } from '../transcript/keep-short.ts'
import { keepPrefix, prefixDigest, type Prefix } from '../transcript/prefix.ts'
import { blocksOf } from '../uploads/use-upload.ts'
import { messagesOf, nextSeq, toldDigest } from '../transcript/told.ts'
import { CUT_OFF, EMPTY } from './nudges.ts'
import type { Work } from './work.ts'

/** Appends a user message at `seq`, with whatever people have said meanwhile behind it. Answers true: the round is done. */
export async function addUserMessage(w: Work, seq: number, content: readonly Block[]): Promise<true> {
  await underClaim(w.m, w.claim, async (tx, task) => {
    const steers = await openSteers(tx, task.id)
    const said: Block[] = []
    for (const { text, uploadId } of steers) said.push({ type: 'text', text }, ...(uploadId === null ? [] : await blocksOf(w.m, tx, task, uploadId)))
    // What tools answered is without keys already; what people wrote may hold one they did not mean to send on.
    const clean = [...content, ...said].map((block) => (block.type === 'text' ? { ...block, text: w.m.redact(block.text) } : block))
    await appendMessage(tx, { taskId: task.id, runId: w.run.id, seq, role: 'user', content: clean })
    const newest = steers.at(-1)
    if (newest !== undefined) await takeSteers(tx, task.id, newest.id, seq)
  })
  return true
}

/** Asks the engine for one turn and commits it with its cost; answers the run it belongs to. Undefined: a budget is used up, and the task parked. Errors of the model pass to the worker. */
export async function takeTurn(w: Work, whole: readonly MessageRow[]): Promise<Run | undefined> {
  const { m, claim } = w
  const stance = await underClaim(m, claim, async (tx, task) => {
    await setCurrentStep(tx, task.id, 'thinking')
    await touchCards(tx, { kind: 'task', subjectId: task.id })
    return stanceNow(tx, task, w.projectMode)
  })
  const system = await briefEngine(m, stance, w.project, w.base)
  const own = stance === 'plan' ? m.tools.planning : m.tools.definitions
  const tools = [...own, ...(m.connectors === undefined ? [] : await offeredTools(m.db, w.project, stance))]
  const rows = await keepShort(w, whole, { system, tools })
  if (rows === undefined) return undefined
  const madeUnder = prefixDigest({ system, tools }, toldDigest(rows))
  crashPoint('turn.before-act')
  const asked = await askOrShorten(w, rows, { system, transcript: messagesOf(rows, (row) => asSentUnder(madeUnder, row)), tools })
  if (asked === undefined) return undefined
  if (asked === 'again') return (await latestRun(m.db, claim.task.id)) ?? w.run
  crashPoint('turn.after-act')
  await commitTurn(w, nextSeq(rows), asked, { madeUnder, system, tools })
  crashPoint('turn.after-outcome')
  return asked.run
}

/** `again`: the model found it too long, and the rows have been shortened since. */
async function askOrShorten(w: Work, rows: readonly MessageRow[], request: Asking): Promise<Asked | 'again' | undefined> {
  try {
    return await askEngine(w, request)
  } catch (error) {
    if (!(error instanceof LughError) || error.code !== 'model.too-long') throw error
    w.m.log.warn({ task: w.claim.task.number, model: w.run.model }, 'turn.too-long')
    await shortenAfter(error, w, rows, request)
    return 'again'
  }
}

/**
 * Thinking is bound to the prompt and tools it was made under, and refused under others: a change of mode leaves it out. What is sent
 * under one prefix still only ever grows.
 */
function asSentUnder(prefix: string, row: MessageRow): Message {
  const message = Message.parse(row)
  if (row.role === 'user' || row.madeUnder === prefix) return message
  return { ...message, content: message.content.filter((block) => block.type !== 'thinking') }
}

/**
 * What a model said, without what looks like a key, before it is written or acted on: everything a call leads to is made from this. Thinking
 * that says one is left out whole, since a word of it changed would be refused as forged.
 */
function keyless(content: readonly Block[]): Block[] {
  return content.flatMap((block): Block[] => {
    if (block.type === 'text') return [{ ...block, text: redactKeys(block.text) }]
    if (block.type === 'tool_call') return [{ ...block, input: withoutKeys(block.input) }]
    return block.type === 'thinking' && redactKeys(block.thinking) !== block.thinking ? [] : [block]
  })
}

/** An id of a call that is no longer sent would be taken for that call, and answered with what came of it. */
async function withNewIds(m: Work['m'], taskId: TaskId, content: readonly Block[]): Promise<readonly Block[]> {
  const ids = content.flatMap((block) => (block.type === 'tool_call' ? [block.id] : []))
  const used = await usedCallIds(m.db, taskId, ids)
  return used.size === 0
    ? content
    : content.map((block) => (block.type === 'tool_call' && used.has(block.id) ? { ...block, id: m.ids.uuid() } : block))
}

type Under = Prefix & { readonly madeUnder: string }

/** What the provider was paid for is written in the same transaction as what it said: neither is ever known without the other. */
async function commitTurn({ m, claim, lap }: Work, seq: number, { run, result, reservation }: Asked, under: Under): Promise<void> {
  const calls = result.message.content.some((block) => block.type === 'tool_call')
  const said = await withNewIds(m, claim.task.id, keyless(result.message.content))
  const empty = said.length === 0
  const content: readonly Block[] = empty ? [{ type: 'text', text: '(no answer)' }] : said
  const nudge = !calls && result.stop === 'length' ? CUT_OFF : empty ? EMPTY : undefined
  const ms = lap()
  await underClaim(m, claim, async (tx, task) => {
    await countTurn(tx, run.id, ms)
    await noteProgress(tx, task.id)
    await settle(m, tx, reservation, { task, run, model: run.model, usage: result.usage })
    await appendMessage(tx, { taskId: task.id, runId: run.id, seq, role: 'assistant', content, madeUnder: under.madeUnder })
    await keepPrefix(m.db, tx, task.projectId, under)
    if (nudge !== undefined)
      await appendMessage(tx, { taskId: task.id, runId: run.id, seq: seq + 1, role: 'user', content: [{ type: 'text', text: nudge }] })
    await touchCards(tx, { kind: 'task', subjectId: task.id })
  })
}
