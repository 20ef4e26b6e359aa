/** A tool that waits: asked again whenever its task moves. What it waits for is in rows, so that a wait that is cut off has lost nothing. */
import { z } from 'zod'
import { attempt, told, type Answered, type Arguments, type Room } from './call-tool.ts'
import type { Moves } from './moves.ts'
import type { Principal } from './principal.ts'
import type { Tool } from './tools.ts'

/** Between two looks when no move is told: a hint may be lost, and steps of a task move no state. */
const POLL_MS = 2000

const Waited = z.object({ task: z.number(), task_id: z.string() })
const Timeout = z.object({ timeout_seconds: z.number().optional() })
/** What the schema says when the caller does not. */
const SECONDS = 50

/** Whose token is revoked in the middle of a wait hears no more of the task. */
const ENDED: Answered = { ok: false, code: 'not-allowed', say: 'This token was revoked or has expired.' }

export type Waiting = {
  readonly signal: AbortSignal
  /** Told each time what is said changes. */
  readonly progress: (step: string) => Promise<void>
}

/** Answers when the tool says it is done, the time is over, or the caller is gone. */
export async function waitWith(room: Room, moves: Moves, who: Principal, tool: Tool, input: Arguments, how: Waiting): Promise<Answered> {
  const began = Date.now()
  let armed: Promise<void> | undefined
  const seconds = Timeout.safeParse(input).data?.timeout_seconds ?? SECONDS
  let said = ''
  for (let asked = 0; ; asked += 1) {
    const answer = asked > 0 && !(await who.holds()) ? ENDED : await attempt(room, who, tool, input)
    const left = began + seconds * 1000 - Date.now()
    const over = !answer.ok || tool.door.wait?.done(answer.output) !== false || left <= 0 || how.signal.aborted
    if (over) {
      await told(room, who, tool.name, answer.ok ? 'ok' : answer.code, Date.now() - began)
      return answer
    }
    const step = tool.door.wait?.step(answer.output) ?? ''
    if (step !== said) await how.progress(step)
    said = step
    // Listening begins before the next look, so that a move between the two is not missed.
    const next = moves.next(Waited.parse(answer.output).task_id, Math.min(left, POLL_MS), how.signal)
    if (armed !== undefined) await armed
    armed = next
  }
}
