/**
 * Keeps a conversation within what a model takes and a person wants to pay at every turn. First its beginning is left out, by one row and
 * without anybody's help; then a cheap model makes notes of what was left out. Killed between the two, or when nobody can make notes, what
 * people said, the plan, the notes so far and the newest turns stand; the messages themselves are never touched.
 */
import type { LughError } from '#core'
import { appendEvent, goneFor, tellInstead, touchCards, transcript, type MessageRow, type Task, type Tx } from '#db'
import { NO_NOTES, type ToolDefinition } from '#engines'
import { underClaim } from '../machinery.ts'
import { LIKELY_BYTES_PER_TOKEN, likelyTokens } from '../money/prompt-tokens.ts'
import type { Work } from '../steps/work.ts'
import { NOT_SAID } from '../steps/nudges.ts'
import { CLIP_LEAST, clipTo, cutAt } from './cut.ts'
import { takeNotes } from './take-notes.ts'
import { fewerSaid, messagesOf, saidIn, toldOf, toldText, type Told } from './told.ts'

/** A prompt over this share of what the model is given is made shorter: the rest is room for the answer and for a wrong guess. */
const SHORTEN_AT = 0.8
/** Share of the room that the newest messages keep. The smaller, the seldomer it happens; each time costs the cache of the whole prompt. */
const KEPT_SHARE = 0.35
/** Characters of the told words for each token of room; and the most that is ever told, about 13,000 tokens. */
const TOLD_PER_TOKEN = 0.6
const TOLD_MAX = 40_000

export type Prefix = { readonly system: string; readonly tools: readonly ToolDefinition[] }

/** The rows to send now: those given, or fewer with told words before them. Undefined: a budget is used up, and the task parked. */
export async function keepShort(w: Work, rows: readonly MessageRow[], prefix: Prefix): Promise<readonly MessageRow[] | undefined> {
  const room = SHORTEN_AT * w.m.facts.prices.contextOf(w.run.model)
  const kept = (await leaveOut(w, rows, prefix, room)) ?? rows
  if (toldOf(kept)?.state !== 'wanted') return kept
  return (await takeNotes(w, kept)) ? transcript(w.m.db, w.claim.task.id) : undefined
}

/** The model has refused these rows as too long: they are made much shorter than they were. Throws the refusal when that cannot be done any more. */
export async function shortenAfter(error: LughError, w: Work, rows: readonly MessageRow[], prefix: Prefix): Promise<void> {
  const sent = likelyTokens({ ...prefix, transcript: messagesOf(rows) })
  if ((await leaveOut(w, rows, prefix, sent * SHORTEN_AT)) === undefined) throw error
}

/** Leaves out the beginning of rows that take more than `room` tokens. Undefined: they fit, or nothing more can be left out. */
async function leaveOut(w: Work, rows: readonly MessageRow[], prefix: Prefix, room: number): Promise<readonly MessageRow[] | undefined> {
  const fixed = likelyTokens({ ...prefix, transcript: [] })
  if (fixed + likelyTokens({ system: '', tools: [], transcript: messagesOf(rows) }) <= room) return undefined
  const budget = Math.max(0, room - fixed)
  const at = cutAt(rows, budget * KEPT_SHARE) ?? 0
  const first = rows[at]
  const last = rows.at(-1)
  if (first?.role !== 'assistant' || last === undefined) return undefined
  const clip = clipFor(rows.slice(at), budget * KEPT_SHARE)
  const before = toldOf(rows)
  if (at === 0 && !tighter(clip, before?.clip?.characters)) return undefined
  await underClaim(w.m, w.claim, async (tx, task) => {
    const told = await toldAt(w, tx, task, rows.slice(0, at), before, budget)
    await tellInstead(tx, task.id, first.seq, { ...told, clip: clip === undefined ? null : { characters: clip, to: last.seq } } satisfies Told)
    const data = { from: first.seq, tokens: Math.round(fixed + likelyTokens({ system: '', tools: [], transcript: messagesOf(rows) })) }
    await appendEvent(tx, { taskId: task.id, runId: w.run.id, projectId: task.projectId, kind: 'transcript.shortened', data })
    await touchCards(tx, { kind: 'task', subjectId: task.id })
  })
  return transcript(w.m.db, w.claim.task.id)
}

/** Undefined: the kept messages fit as they are. */
function clipFor(kept: readonly MessageRow[], tokens: number): number | undefined {
  return likelyTokens({ system: '', tools: [], transcript: messagesOf(kept) }) <= tokens ? undefined : clipTo(kept, tokens, LIKELY_BYTES_PER_TOKEN)
}

function tighter(clip: number | undefined, before: number | undefined): boolean {
  return clip !== undefined && clip < (before ?? Infinity) && (before ?? Infinity) > CLIP_LEAST
}

async function toldAt(
  w: Work,
  tx: Tx,
  task: Task,
  out: readonly MessageRow[],
  before: Told | undefined,
  budget: number,
): Promise<Omit<Told, 'clip'>> {
  const said = fewerSaid([...(before?.said ?? []), ...saidIn(out, NOT_SAID)])
  const notes = before?.notes ?? NO_NOTES
  const state = out.length === 0 && before !== undefined ? before.state : 'wanted'
  const kept = { wish: w.m.redact(task.wish), said, plan: task.plan, gone: await goneFor(tx, task.id), notes, state }
  const characters = Math.min(TOLD_MAX, Math.floor(budget * TOLD_PER_TOKEN))
  return { text: toldText(kept, characters), room: characters, said, notes, notedTo: before?.notedTo ?? 0, state }
}
