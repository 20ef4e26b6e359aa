/**
 * Claims tasks and walks them from step to step, several at once. It keeps no state that a row does not hold: whatever
 * wakes it re-reads, a lost lease stops it at once, and what it leaves another worker carries on.
 */
import { LughError, diskFull, errorText, sayError, sleep, CLAIMABLE } from '#core'
import {
  claimProject,
  claimTask,
  postponeTask,
  pruneAttention,
  pruneInbox,
  pruneOutbox,
  pruneCalls,
  pruneMcpSessions,
  pruneHunkTexts,
  pruneLogs,
  prunePrompts,
  pruneVoices,
  reclaimLeases,
  reclaimProjects,
  reclaimTasks,
  taskById,
  touchCards,
  type Task,
} from '#db'
import { keepLeases } from './keep-leases.ts'
import { underClaim, type Claim, type Machinery } from './machinery.ts'
import { moveTask } from './move-task.ts'
import { sayAbout } from './show.ts'
import { addProject } from './steps/add-project.ts'
import { makeCheckpoints, tidyCheckpoints, wantNightly } from './steps/checkpoints.ts'
import { carryCheckpointFiles } from './steps/checkpoint-files.ts'
import { carryRestores } from './steps/restores.ts'
import { cleanUp } from './steps/clean-up.ts'
import { giveUpLanding, land } from './steps/land.ts'
import { lapseAsked } from './steps/lapse.ts'
import { prepare } from './steps/prepare.ts'
import { propose } from './steps/propose.ts'
import { carryUploads, dropOldUploads } from './steps/uploads.ts'
import { testConnectors } from './steps/test-connectors.ts'
import { work } from './steps/work.ts'
import { createWalks } from './walks.ts'

const POLL_MS = 2000 // catches what a lost notification missed
const HEARTBEAT_MS = 1000 // a stop whose notification was lost is noticed within this time
const MAX_FAILURES = 6 // with doubling pauses from 1 s: about a minute of trying
const FIRST_PAUSE_MS = 1000
const PRUNE_MS = 3_600_000 // old traffic is kept by the day, so nobody notices an hour
const TIDY_MS = 60_000 // who asks for space waits a minute; a packing of seconds is in nobody's way
const WAIT_MS = 300 // for another part of this process to finish with the task's worktree
const STOP_MS = 2000 // how long a stopping worker waits for its steps; what is not done then is carried on by the next start

const STEPS: Partial<Record<Task['state'], (m: Machinery, claim: Claim) => Promise<void>>> = {
  queued: prepare,
  preparing: prepare,
  running: work,
  proposing: propose,
  landing: land,
}

export type Worker = { start(): Promise<void>; stop(): Promise<void>; active(): number }

/** A worker of this process. `start` first takes back what an earlier life of this home held. */
export function createWorker(m: Machinery): Worker {
  const halt = new AbortController()
  let wake = new AbortController()
  let loops: Promise<unknown> = Promise.resolve()
  let stopListening: (() => Promise<void>) | undefined

  const look = (): void => wake.abort()
  const walks = createWalks(look)
  const { active } = walks
  const uploads = new Set<string>()
  const tested = new Set<string>()

  async function heard(id: string): Promise<void> {
    for (const [taskId, entry] of active) {
      if (id !== '' && id !== taskId) continue
      const task = await taskById(m.db, taskId)
      if (task?.fence !== entry.fence) entry.abort.abort(new LughError('conflict', 'This task has moved on.'))
    }
    look()
  }

  async function claimAll(): Promise<void> {
    while (!halt.signal.aborted && active.size < m.slots) {
      const task = await m.db.tx((tx) => claimTask(tx, m.facts.home, m.holder, m.leaseMs))
      if (task === undefined) return
      walks.begin(task.id, task.fence, (signal) => walk(m, task, signal))
    }
  }

  async function addProjects(): Promise<void> {
    for (;;) {
      const project = await m.db.tx((tx) => claimProject(tx, m.facts.home, m.holder, m.leaseMs * 40))
      if (project === undefined || halt.signal.aborted) return
      await addProject(m, project)
    }
  }

  /** Runs `round` now, after every wake-up and every poll; an error is logged and the next round tries again. */
  async function loop(name: string, round: () => Promise<unknown>): Promise<void> {
    while (!halt.signal.aborted) {
      const signal = AbortSignal.any([wake.signal, halt.signal])
      await round().catch((error: unknown) => m.log.error({ loop: name, error: errorText(error) }, 'worker.round-failed'))
      await sleep(POLL_MS, signal)
      if (wake.signal.aborted) wake = new AbortController()
    }
  }

  async function heartbeat(): Promise<void> {
    while (!halt.signal.aborted) {
      await sleep(Math.min(HEARTBEAT_MS, m.leaseMs / 3), halt.signal)
      if (halt.signal.aborted) return
      await keepLeases(m.db, m.holder, m.leaseMs, active).catch((error: unknown) => m.log.warn({ error: errorText(error) }, 'worker.renew-failed'))
    }
  }

  /** Once an hour, beginning some time after the start: never in the way of it. */
  async function prune(): Promise<void> {
    for (;;) {
      await sleep(PRUNE_MS, halt.signal)
      if (halt.signal.aborted) return
      const pruned = [
        pruneInbox(m.db),
        pruneOutbox(m.db),
        prunePrompts(m.db),
        pruneHunkTexts(m.db),
        pruneLogs(m.db),
        pruneAttention(m.db),
        pruneCalls(m.db),
        pruneMcpSessions(m.db),
        pruneVoices(m.db),
        dropOldUploads(m),
        wantNightly(m),
      ]
      await Promise.all<unknown>(pruned).catch((error: unknown) => m.log.warn({ error: errorText(error) }, 'worker.prune-failed'))
    }
  }

  /** Looks every minute whether a project's store is to be tidied (once a day, or because a person wants it now), and what nobody answered. */
  async function tidy(): Promise<void> {
    for (;;) {
      await sleep(TIDY_MS, halt.signal)
      if (halt.signal.aborted) return
      await tidyCheckpoints(m).catch((error: unknown) => m.log.warn({ error: errorText(error) }, 'worker.tidy-failed'))
      await lapseAsked(m).catch((error: unknown) => m.log.warn({ error: errorText(error) }, 'worker.lapse-failed'))
    }
  }

  return {
    async start() {
      await reclaimTasks(m.db, `${m.facts.home}:`)
      await reclaimProjects(m.db, `${m.facts.home}:`)
      await reclaimLeases(m.db, `${m.facts.home}:`)
      stopListening = await m.db.listen(
        'work',
        (id) => void heard(id).catch((error: unknown) => m.log.warn({ error: errorText(error) }, 'worker.wake-failed')),
      )
      loops = Promise.all([
        loop('tasks', claimAll),
        loop('projects', addProjects),
        loop('checkpoints', () => makeCheckpoints(m)),
        loop('restores', () => carryRestores(m, (id) => active.has(id))),
        loop('checkpoint-files', () => carryCheckpointFiles(m)),
        loop('uploads', () => carryUploads(m, { active: uploads, halt: halt.signal, wake: look })),
        loop('connectors', () => testConnectors(m, { active: tested, halt: halt.signal, wake: look })),
        loop('clean-up', () => cleanUp(m, (id) => active.has(id))),
        heartbeat(),
        prune(),
        tidy(),
      ])
    },
    async stop() {
      halt.abort()
      await stopListening?.()
      for (const entry of active.values()) entry.abort.abort(new LughError('conflict', 'Lugh is stopping.'))
      await Promise.race([Promise.all([loops, ...[...active.values()].map((entry) => entry.done)]), sleep(STOP_MS)])
      await reclaimTasks(m.db, m.holder).catch((error: unknown) => m.log.warn({ error: errorText(error) }, 'worker.release-failed'))
    },
    active: () => active.size,
  }
}

/** Walks one claimed task until it parks, settles or is lost. Never throws. */
async function walk(m: Machinery, claimed: Task, signal: AbortSignal): Promise<void> {
  let task: Task | undefined = claimed
  while (task !== undefined && !signal.aborted) {
    const claim: Claim = { task, fence: claimed.fence, signal }
    const step = STEPS[task.state]
    if (step === undefined) return
    m.log.debug({ task: task.number, state: task.state, fence: claim.fence }, 'step.begins')
    try {
      await step(m, claim)
    } catch (error) {
      await failed(m, claim, error).catch((cause: unknown) => m.log.error({ task: claimed.number, error: errorText(cause) }, 'worker.fail-failed'))
      return
    }
    const next: Task | undefined = await taskById(m.db, task.id).catch(() => undefined)
    task = next?.fence === claim.fence && CLAIMABLE.includes(next.state) ? next : undefined
  }
}

/** What an error means for the task: nothing (the claim is lost), a pause and another try, a pause for the person, or the end. */
async function failed(m: Machinery, claim: Claim, thrown: unknown): Promise<void> {
  const error = diskFull(thrown) ?? thrown
  if (claim.signal.aborted || isLost(error)) return
  const waiting = isWaiting(error)
  const about = { task: claim.task.number, state: claim.task.state, error: errorText(error) }
  // An old worktree that is being taken down, a project that is being added: nothing has gone wrong.
  if (waiting) m.log.debug(about, 'step.waits')
  else m.log.warn(about, 'step.failed')
  const say = sayError(error)
  const failures = claim.task.failures
  if (waiting || (mayRetry(error) && failures < MAX_FAILURES)) {
    const later = waiting ? { delayMs: WAIT_MS, reason: null, counts: false } : { delayMs: FIRST_PAUSE_MS * 2 ** failures, reason: say, counts: true }
    await m.db.tx(async (tx) => {
      await postponeTask(tx, claim.task.id, claim.fence, later)
      await touchCards(tx, { taskId: claim.task.id })
    })
    return
  }
  if (claim.task.state === 'landing') return giveUpLanding(m, claim, say)
  const full = error instanceof LughError && error.code === 'disk.full'
  await underClaim(m, claim, async (tx, task) => {
    const moved = await moveTask(tx, task, { to: full ? 'paused' : 'failed', reason: say })
    if (moved === undefined) return
    const text = full ? `⏸ T${task.number} is paused: ${say}` : `❌ T${task.number} failed: ${say}`
    await sayAbout(tx, task, { key: `failed:${task.id}:${claim.fence}`, text, loud: true, class: 'failed' })
  })
}

function isLost(error: unknown): boolean {
  return error instanceof LughError && error.code === 'conflict' && !error.retryable
}

function isWaiting(error: unknown): boolean {
  return error instanceof LughError && error.code === 'conflict' && error.retryable
}

/** Known errors say themselves whether trying again can help; unknown ones are tried again, since most are of the moment. */
function mayRetry(error: unknown): boolean {
  return error instanceof LughError ? error.retryable : true
}
