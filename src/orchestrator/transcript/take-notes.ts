/**
 * Has a cheap model make notes of the messages that are no longer sent, a piece at a time; each piece is committed with what it cost, so
 * that a kill costs one piece at most. That nobody can make notes is no failure of the task.
 */
import { LughError, crashPoint, errorText, oneLine } from '#core'
import { appendEvent, goneFor, messagesBetween, tellInstead, touchCards, type MessageRow } from '#db'
import { MAX_OUTPUT_TOKENS, Message, conversationText, cutMiddle, notesFrom, notesRequest, type Notes, type TurnResult } from '#engines'
import { underClaim } from '../machinery.ts'
import { cheaperThan } from '../money/cheaper-models.ts'
import { promptTokensAtMost } from '../money/prompt-tokens.ts'
import { release, reserve, settle, type Reservation } from '../money/reserve.ts'
import { engineOf } from '../steps/ask-engine.ts'
import type { Work } from '../steps/work.ts'
import { toldOf, toldText, type Told } from './told.ts'

/** Characters of one piece: about 70,000 tokens, under what any listed cheap model takes and where the cheapest gets dearer. */
const PIECE_MAX = 200_000
/** Of what a model takes, the part a piece may fill, at three characters a token. */
const PIECE_PER_TOKEN = 1.5
const PIECE_LEAST = 4000

type Piece = { readonly text: string; readonly to: number; readonly whole: boolean }
type Taken = { readonly model: string; readonly result: TurnResult; readonly notes: Notes; readonly reservation: Reservation }

/** Brings the told words before `rows` up to date, or marks that it could not be done. False: a budget is used up, and the task parked. */
export async function takeNotes(w: Work, rows: readonly MessageRow[]): Promise<boolean> {
  const [first] = rows
  let told = toldOf(rows)
  if (first === undefined) return true
  while (told?.state === 'wanted') {
    const taken = await tryEach(w, told, first.seq)
    if (taken === 'parked') return false
    told = await commit(w, first.seq, told, taken)
  }
  return true
}

/** The cheapest model of the run's own provider first, since the conversation goes to nobody else; then the run's own. */
function modelsFor({ m, run }: Work): string[] {
  const cheap = cheaperThan(m.facts, { engine: run.engine, model: run.model }).find(({ engine }) => engine === run.engine)
  return [...new Set([...(cheap === undefined ? [] : [cheap.model]), run.model])]
}

type Tried = (Taken & { readonly piece: Piece }) | { readonly failed: string }

async function tryEach(w: Work, told: Told, upTo: number): Promise<Tried | 'parked'> {
  const { m, claim } = w
  const missed = await messagesBetween(m.db, claim.task.id, told.notedTo, upTo)
  let why = 'no model answered with notes'
  for (const model of modelsFor(w)) {
    for (let room = pieceRoom(w, model); room >= PIECE_LEAST; room /= 4) {
      const piece = pieceOf(missed, upTo, room)
      try {
        const taken = await askOnce(w, model, told.notes, piece)
        if (taken === undefined) return 'parked'
        if (taken !== 'nothing') return { ...taken, piece }
        break
      } catch (error) {
        claim.signal.throwIfAborted()
        if (error instanceof LughError && error.code === 'conflict') throw error
        why = oneLine(error instanceof LughError ? error.say : errorText(error), 200)
        m.log.warn({ task: claim.task.number, model, error: errorText(error) }, 'notes.failed')
        if (!(error instanceof LughError) || error.code !== 'model.too-long') break
      }
    }
  }
  return { failed: why }
}

function pieceRoom({ m }: Work, model: string): number {
  return Math.max(PIECE_LEAST, Math.min(PIECE_MAX, Math.floor(m.facts.prices.contextOf(model) * PIECE_PER_TOKEN)))
}

/** As many of the messages as fit, one at least. */
function pieceOf(missed: readonly MessageRow[], upTo: number, room: number): Piece {
  const texts: string[] = []
  let size = 0
  for (const row of missed) {
    const text = cutMiddle(conversationText(Message.parse(row)), room)
    size += text.length + 2
    if (texts.length > 0 && size > room) return { text: texts.join('\n\n'), to: row.seq, whole: false }
    texts.push(text)
  }
  return { text: texts.join('\n\n'), to: upTo, whole: true }
}

/** Undefined: a budget is used up. `nothing`: the answer held no notes, and is paid for. */
async function askOnce(w: Work, model: string, notes: Notes, piece: Piece): Promise<Taken | 'nothing' | undefined> {
  const { m, claim, run } = w
  const request = notesRequest(notes, piece.text)
  const reservation = await reserve(m, claim, run, { model, prompt: promptTokensAtMost(request), output: MAX_OUTPUT_TOKENS })
  if (reservation === undefined) return undefined
  crashPoint('notes.before-act')
  let result: TurnResult
  try {
    result = await engineOf(m, run.engine).turn({ ...request, model, signal: claim.signal })
  } catch (error) {
    await release(m, reservation)
    throw error
  }
  crashPoint('notes.after-act')
  const found = notesFrom(result, notes)
  if (found !== undefined) return { model, result, reservation, notes: clean(w, found) }
  await underClaim(m, claim, (tx, task) => settle(m, tx, reservation, { task, run, model, usage: result.usage }))
  return 'nothing'
}

/** A model may repeat what looks like a key. */
function clean({ m }: Work, { decisions, open, where }: Notes): Notes {
  return { decisions: decisions.map(m.redact), open: open.map(m.redact), where: m.redact(where) }
}

async function commit(w: Work, seq: number, told: Told, taken: Tried): Promise<Told> {
  const { m, claim, run } = w
  const done =
    'failed' in taken
      ? { state: 'failed' as const }
      : { state: taken.piece.whole ? ('made' as const) : ('wanted' as const), notes: taken.notes, notedTo: taken.piece.to }
  const next = await underClaim(m, claim, async (tx, task) => {
    const now = { ...told, ...done }
    // As long as it was: what was decided then about the room still holds.
    const kept = { ...now, wish: m.redact(task.wish), plan: task.plan, gone: await goneFor(tx, task.id) }
    const written: Told = { ...now, text: toldText(kept, told.room) }
    await tellInstead(tx, task.id, seq, written)
    const scope = { taskId: task.id, runId: run.id, projectId: task.projectId }
    if ('failed' in taken) await appendEvent(tx, { ...scope, kind: 'notes.failed', data: { why: taken.failed } })
    else {
      const { model, result, reservation, notes } = taken
      await settle(m, tx, reservation, { task, run, model, usage: result.usage })
      await appendEvent(tx, {
        ...scope,
        kind: 'notes.taken',
        data: { model, to: taken.piece.to, decisions: notes.decisions.length, open: notes.open.length },
      })
    }
    await touchCards(tx, { kind: 'task', subjectId: task.id })
    return written
  })
  crashPoint('notes.after-outcome')
  return next
}
