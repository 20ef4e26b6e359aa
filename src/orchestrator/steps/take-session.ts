/**
 * One stretch of work of an engine that is a program of its own: from the newest words of a person to its last word. What it does
 * meanwhile becomes rows as it is heard, what it asks becomes cards, and what it wrote is looked at afterwards like everybody's.
 */
import { join } from 'node:path'
import { LughError, crashPoint, errorText } from '#core'
import { appendMessage, countTurn, endRun, noteProgress, setCurrentStep, setSession, stillAsked, touchCards, type MessageRow, type Run } from '#db'
import { promptAnew, promptToGoOn, type Block, type Brief, type Program, type Session, type SessionEngine } from '#engines'
import { GATEWAY_HOST, type GatewayDoor } from '#models'
import type { Blocked, Finished, NetworkAccess } from '#sandbox'
import type { ToolsDoor } from '../connectors/port.ts'
import { networkFor, noteBlocked, type Stopped } from '../host-access.ts'
import { repositoryOf, underClaim } from '../machinery.ts'
import { stanceNow, type Stance } from '../mode.ts'
import { moveTask } from '../move-task.ts'
import { commandsAt } from '../project-settings.ts'
import { ASKING, attachedFolder, attachedTo, groundOf, taskHome, type Ground } from '../run-command.ts'
import { meterOf } from '../spending.ts'
import { messagesOf, nextSeq } from '../transcript/told.ts'
import { picturesAsFiles } from '../uploads/pictures-as-files.ts'
import { askInSession } from './ask-in-session.ts'
import { hearSession } from './hear-session.ts'
import { openToolsDoor } from './serve-tools.ts'
import type { Work } from './work.ts'

/** One stretch of work. Longer than any that made sense, short enough that a stuck one does not hold a slot for a day. */
const SESSION_MS = 4 * 60 * 60_000
const NO_WORDS = '(no words)'
/** Steps of a plan a card takes, and characters of each. */
const PLAN_STEPS = 12
const PLAN_STEP_MAX = 200

/** Answers the run to go on with; undefined when the task was parked or paused. Errors of the engine pass to the worker. */
export async function takeSession(w: Work, engine: SessionEngine, rows: readonly MessageRow[]): Promise<Run | undefined> {
  const { m, claim, run } = w
  const available = engine.available()
  if (!available.ok) throw new LughError('model.no-key', `${engine.name} cannot work here: ${available.why}`)
  const stance = await underClaim(m, claim, async (tx, task) => {
    await setCurrentStep(tx, task.id, `${engine.name} at work`)
    await touchCards(tx, { kind: 'task', subjectId: task.id })
    return stanceNow(tx, task, w.projectMode)
  })
  const door = m.gateway.open({ models: [run.model], meter: meterOf(m, claim, run) })
  const hearing = hearSession(w)
  const stop = new AbortController()
  const signal = AbortSignal.any([claim.signal, stop.signal])
  const waits = (): void => stop.abort(new LughError('conflict', 'A question waits for its answer.'))
  const tools = await openToolsDoor(w, signal, waits)
  crashPoint('turn.before-act')
  try {
    const { words } = await engine.work({
      ...(await wordsFor(w, stance, rows)),
      ...(await placeFor(w, engine, stance, door, tools, signal)),
      model: run.model,
      resume: run.session,
      signal,
      on: hearing.on,
      ask: async (permission) => {
        await hearing.settled()
        const answer = await askInSession(w, stance, permission, signal)
        if (answer.answer === 'stopped') waits()
        return answer
      },
    })
    await hearing.settled()
    await door.close()
    crashPoint('turn.after-act')
    if (door.spent() !== undefined) return undefined
    const done = await commit(w, nextSeq(rows), stance, words)
    crashPoint('turn.after-outcome')
    return done
  } catch (error) {
    await hearing.settled().catch(() => undefined)
    await door.close()
    claim.signal.throwIfAborted()
    if (stop.signal.aborted) return parkUnlessAnswered(w)
    if (door.spent() !== undefined) return undefined // whoever refused the money has parked the task
    throw error
  } finally {
    await tools?.close()
  }
}

/** The same words twice: for an engine that still knows what went before, and for one that does not. */
async function wordsFor(w: Work, stance: Stance, rows: readonly MessageRow[]): Promise<Pick<Session, 'prompt' | 'promptAnew'>> {
  const transcript = await picturesAsFiles(messagesOf(rows), attachedFolder(w.m, w.worktree))
  const { test } = await commandsAt(w.m.git, w.project, w.base)
  const brief: Brief = { projectName: w.project.name, testCommand: test, stance }
  const anew = promptAnew(brief, transcript)
  return { prompt: w.run.session === null ? anew : promptToGoOn(transcript), promptAnew: anew }
}

/** Its settings and conversations lie here, apart from what the task's own commands find. */
function engineHome({ m, worktree }: Work, engine: SessionEngine): string {
  return join(taskHome(m, worktree), 'engines', engine.name)
}

type Place = Pick<Session, 'readOnly' | 'worktree' | 'home' | 'gateway' | 'tools' | 'launch'>

async function placeFor(
  w: Work,
  engine: SessionEngine,
  stance: Stance,
  door: GatewayDoor,
  tools: ToolsDoor | undefined,
  signal: AbortSignal,
): Promise<Place> {
  const { m, claim, project, worktree } = w
  const ground: Ground = stance === 'plan' ? 'read' : stance === 'dry' ? 'alone' : 'work'
  const home = engineHome(w, engine)
  const at = { command: engine.name, cwd: worktree.path }
  const allowed = await underClaim(m, claim, (tx, task) => networkFor(tx, task, project, at))
  const asking = askingAtOnce(w, { ...at, callId: `session:${w.run.id}`, runId: w.run.id })
  const internal = new Map([[GATEWAY_HOST, door.handler], ...(tools === undefined ? [] : [[tools.host, tools.handler] as const])])
  const network: NetworkAccess = { rules: allowed?.rules ?? [], internal, onBlocked: asking.onBlocked }
  const { writable, readable } = groundOf(ground, worktree.path, m.git.mounts(repositoryOf(project)))
  const launch = async ({ argv, env, readable: more = [], stdin, talk, onOutput, signal: own }: Program): Promise<Finished> => {
    const finished = await m.sandbox.run({
      command: argv,
      cwd: worktree.path,
      writable,
      readable: [...readable, ...attachedTo(m, worktree), ...more],
      home,
      network,
      lasting: true,
      limits: { timeoutMs: SESSION_MS },
      signal: own === undefined ? signal : AbortSignal.any([signal, own]),
      env: { ...(stance === 'ask' || stance === 'plan' ? ASKING : {}), ...env },
      ...(stdin === undefined ? {} : { stdin }),
      ...(talk === undefined ? {} : { talk }),
      ...(onOutput === undefined ? {} : { onOutput }),
    })
    m.log.info({ task: claim.task.number, engine: engine.name, exit: finished.exitCode, by: finished.endedBy, ms: finished.ms }, 'engine.ended')
    await asking.settled()
    return finished
  }
  const { token, anthropicUrl, openaiUrl } = door
  const own = tools === undefined ? {} : { tools: { url: tools.url, plainUrl: tools.plainUrl, token: tools.token } }
  return { readOnly: stance === 'plan', worktree: worktree.path, home, gateway: { token, anthropicUrl, openaiUrl }, ...own, launch }
}

/** Asks about each place while the engine works on, which may be for hours; what is allowed counts from its next stretch. */
function askingAtOnce({ m, claim }: Work, at: Omit<Stopped, 'blocked'>): { onBlocked: (blocked: Blocked) => void; settled: () => Promise<void> } {
  let asking: Promise<void> = Promise.resolve()
  // One after the other: what was asked already is known to the next.
  const ask = (blocked: Blocked): Promise<void> => noteBlocked(m, claim, { ...at, finished: { traffic: { reached: [], blocked: [blocked] } } })
  const onBlocked = (blocked: Blocked): void => {
    asking = asking
      .then(() => ask(blocked))
      .catch((error: unknown) => m.log.warn({ task: claim.task.number, error: errorText(error) }, 'session.not-asked'))
  }
  return { onBlocked, settled: () => asking }
}

/** Its last word becomes its answer in the transcript; while planning that word is its plan, put before the person as every plan is. */
async function commit(w: Work, seq: number, stance: Stance, words: string): Promise<Run> {
  const { m, claim, run } = w
  const said = m.redact(words.trim()) || NO_WORDS
  const content: Block[] = [{ type: 'text', text: said }]
  const steps = stance === 'plan' ? stepsOf(said) : []
  if (steps.length > 0) content.push({ type: 'tool_call', id: `plan-${run.attempt}-${seq}`, name: 'propose_plan', input: { steps } })
  const ms = w.lap()
  return underClaim(m, claim, async (tx, task) => {
    await countTurn(tx, run.id, ms)
    await noteProgress(tx, task.id)
    await appendMessage(tx, { taskId: task.id, runId: run.id, seq, role: 'assistant', content })
    await touchCards(tx, { kind: 'task', subjectId: task.id })
    return { ...run, ...(await setSession(tx, run.id)) }
  })
}

/** The lines of a plan without their bullets and headings. */
function stepsOf(words: string): string[] {
  return words
    .split('\n')
    .map((line) => line.replace(/^\s*(?:[-*•]|\d+[.)]|#+)\s*/u, '').trim())
    .filter((line) => line !== '' && line !== NO_WORDS)
    .slice(0, PLAN_STEPS)
    .map((line) => line.slice(0, PLAN_STEP_MAX).toWellFormed())
}

/** The answer may have come just when the engine was being stopped: then there is nothing to wait for. */
async function parkUnlessAnswered(w: Work): Promise<Run | undefined> {
  return underClaim(w.m, w.claim, async (tx, task) => {
    const { session } = await setSession(tx, w.run.id)
    if ((await stillAsked(tx, task.id)) === 0) return { ...w.run, session }
    await endRun(tx, w.run.id, 'parked', 'a command waits for approval')
    await moveTask(tx, task, { to: 'waiting', reason: 'a command waits for approval' })
    return undefined
  })
}
