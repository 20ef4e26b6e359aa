/** What holds an agent up before its next turn: a cap on turns, time or tokens, after which a person lets it go on, or that it goes in circles, about which a person is asked. */
import { QuestionId } from '#core'
import { appendEvent, endRun, insertQuestion, questionOfCall, stretchOf, type MessageRow, type Question, type Stretch } from '#db'
import type { Facts } from '../capability.ts'
import { duration } from '../cards/task-card.ts'
import { underClaim } from '../machinery.ts'
import { moveTask } from '../move-task.ts'
import { sayAbout, showCard } from '../show.ts'
import { nextSeq } from '../transcript/told.ts'
import { STILL_ALONE, STILL_STUCK, STUCK } from './nudges.ts'
import { stallIn } from './stalls.ts'
import { addUserMessage } from './take-turn.ts'
import type { Work } from './work.ts'

/**
 * What a task may do before it pauses: a task that needs more is usually going in circles, or larger than who asked for it thought. Tokens
 * are all that were sent and received, cached ones too: 200 turns of 150,000.
 */
const CAPS = { turns: 200, ms: 4 * 3_600_000, tokens: 30_000_000 } as const

/** A person may say anything else. */
const WAYS = ['Try another way', 'Go on as you were', 'Stop here, and hand in what is there'] as const

/** `go`: the next turn may be taken. `again`: it was told something, look anew. `parked`: a person is asked. */
export async function holdUp(w: Work, rows: readonly MessageRow[]): Promise<'go' | 'again' | 'parked'> {
  const cap = capReached(w.m.facts, await stretchOf(w.m.db, w.claim.task.id))
  if (cap !== undefined) return pause(w, `${cap}; ▶️ Resume lets it go on`)
  const stall = stallIn(rows)
  if (stall === undefined) return 'go'
  return stall.kind === 'ask' ? askAbout(w, rows, stall.what) : tell(w, rows, STUCK)
}

function capReached({ caps }: Pick<Facts, 'caps'>, done: Stretch): string | undefined {
  const { turns, ms, tokens } = { ...CAPS, ...caps }
  if (done.turns >= turns) return `it has taken ${done.turns} turns`
  if (done.ms >= ms) return `it has worked for ${duration(done.ms)}`
  return done.tokens >= tokens ? `it has used ${Math.round(done.tokens / 1000).toLocaleString('en')}k tokens` : undefined
}

/** At a cap nothing is lost: its files, its transcript and its place stay. */
async function pause(w: Work, reason: string): Promise<'parked'> {
  await underClaim(w.m, w.claim, async (tx, task) => {
    await endRun(tx, w.run.id, 'stopped', reason)
    await moveTask(tx, task, { to: 'paused', reason })
    const text = `⏸ T${task.number} is paused: ${reason} (or /resume T${task.number}).`
    await sayAbout(tx, task, { key: `cap:${w.run.id}`, text, loud: true, class: 'decision' })
  })
  return 'parked'
}

async function tell(w: Work, rows: readonly MessageRow[], text: string): Promise<'again'> {
  await addUserMessage(w, nextSeq(rows), [{ type: 'text', text }])
  return 'again'
}

/** One question for each time it got stuck; its answer is what the agent hears next. One that was taken back counts as a wish to go on. */
async function askAbout(w: Work, rows: readonly MessageRow[], what: string): Promise<'again' | 'parked'> {
  const callId = `stuck-${nextSeq(rows)}`
  const words = await underClaim(w.m, w.claim, async (tx, task) => {
    const known = await questionOfCall(tx, task.id, callId)
    if (known !== undefined) {
      const told = answerWords(known)
      if (told !== undefined) return told
    } else {
      const id = QuestionId.parse(w.m.ids.uuid())
      const text = `T${task.number} does not get on: ${what}. It was told so, and went on like that. What shall it do?`
      await insertQuestion(tx, { id, taskId: task.id, runId: w.run.id, callId, text, options: WAYS, safe: WAYS[2], nth: 1, total: 1 })
      const scope = { taskId: task.id, projectId: task.projectId, runId: w.run.id }
      await appendEvent(tx, { ...scope, kind: 'task.stuck', data: { what } })
      await appendEvent(tx, { ...scope, kind: 'question.asked', data: { questionId: id } })
      await showCard(tx, w.m.ids, task, { kind: 'question', subjectId: id, loud: true })
    }
    await endRun(tx, w.run.id, 'parked', what)
    await moveTask(tx, task, { to: 'waiting', reason: `it does not get on: ${what}` })
    return undefined
  })
  return words === undefined ? 'parked' : tell(w, rows, words)
}

/** Undefined: it still waits. */
function answerWords({ state, lapsed, answer, answeredBy }: Question): string | undefined {
  if (lapsed !== null && answeredBy === null && (lapsed !== 'park' || state !== 'pending')) return `${STILL_ALONE}${answer ?? WAYS[0]}`
  return state === 'pending' ? undefined : `${STILL_STUCK}${answer ?? WAYS[1]}`
}
