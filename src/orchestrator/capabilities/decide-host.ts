import { HostRequestId, LughError, type ProjectId } from '#core'
import {
  HOST_SCOPES,
  appendEvent,
  decideHostRow,
  hostRequestById,
  insertHostRule,
  lockTask,
  pendingHostRequests,
  setHostAsking,
  taskById,
  touchCards,
  type HostRequest,
  type Task,
} from '#db'
import { z } from 'zod'
import { capability, type Act } from '../capability.ts'
import { hostDigest, onceDigest } from '../host-access.ts'
import { grantEnds } from '../policy/offer.ts'
import { tooLate } from './too-late.ts'
import { unparkWhenAnswered } from './unpark.ts'

const Bound = z.object({ request: HostRequestId, digest: z.string() })
const MAX_ALSO = 50 // more tasks than this wait for the same place nowhere
const Input = Bound.extend({
  /** Other requests the same card showed; each decided only if it still is what was shown. */
  also: z.array(Bound).max(MAX_ALSO).optional(),
  decision: z.enum(['allow', 'deny']),
  scope: z.enum(HOST_SCOPES).optional(),
  /** For the whole project: the rule in full has been shown (`true`), or is to be put away (`false`). */
  confirmed: z.boolean().optional(),
})
type Input = z.infer<typeof Input>

/** Decides whether commands may reach a host: once, for the task, or, after a second look, for the project. Bound to what the card showed. */
export const decideHost = capability({
  name: 'decide_host',
  describe: 'Allow or deny a host that a command wanted to reach.',
  input: Input,
  output: z.object({ state: z.enum(['pending', 'allowed', 'denied']), scope: z.enum(HOST_SCOPES).nullable() }),
  kind: 'decide',
  may: ['owner', 'approver'],
  doors: {
    telegram: {},
    cli: {
      verb: 'decide_host',
      usage: 'decide_host REQUEST DIGEST allow|deny [once|task|project]',
      parse: ([request, digest, decision, scope]) =>
        Input.parse({ request, digest, decision, ...(scope === undefined ? {} : { scope }), ...(scope === 'project' ? { confirmed: true } : {}) }),
    },
    mcp: {},
  },
  act: async (act, input) => {
    const request = await hostRequestById(act.tx, input.request)
    const projectId = request === undefined ? undefined : (await taskById(act.tx, request.taskId))?.projectId
    if (request === undefined || projectId === undefined) throw new LughError('not-found', 'That request is gone.')
    if (!isUnchanged(request) || request.digest !== input.digest) throw stale()
    const forProject = input.decision === 'allow' && input.scope === 'project'
    if (forProject && input.confirmed !== true) return showRule(act, request, input.confirmed === undefined)
    const others = await othersOf(act, request, forProject ? projectId : undefined, input)
    const tasks = await lockTasks(act, [request, ...others])
    const decided = await decide(act, request, input)
    if (decided === undefined) throw await late(act, request)
    const answered = [decided]
    for (const other of others.filter(isUnchanged)) {
      const row = await decide(act, other, input)
      if (row !== undefined) answered.push(row)
    }
    // One rule covers the project; narrower ones are each task's own.
    for (const each of forProject ? [decided] : answered) if (each.scope !== null) await allow(act, each, projectId)
    for (const task of tasks) await unparkWhenAnswered(act, task)
    return { state: decided.state === 'allowed' ? ('allowed' as const) : ('denied' as const), scope: decided.scope }
  },
  say: () => undefined,
  toast: (o) => (o.state === 'pending' ? 'Read the rule, then confirm.' : o.state === 'denied' ? 'Denied.' : TOASTS[o.scope ?? 'once']),
})

const TOASTS = { once: 'Allowed once.', task: 'Allowed for this task.', project: 'Allowed for this project.' }

async function showRule(act: Act, request: HostRequest, asking: boolean): Promise<{ state: 'pending'; scope: null }> {
  if ((await setHostAsking(act.tx, request.id, request.digest, asking)) === undefined) throw await late(act, request)
  await touchCards(act.tx, { kind: 'host', subjectId: request.shownWith ?? request.id })
  return { state: 'pending', scope: null }
}

/** The row is what its digest says. */
function isUnchanged(request: HostRequest): boolean {
  return hostDigest(request) === request.digest
}

/** Undefined when it was decided before, or is not what was shown. */
async function decide(act: Act, request: HostRequest, input: Input): Promise<HostRequest | undefined> {
  const { personId, door } = act.caller
  const allowed = input.decision === 'allow'
  const scope = allowed ? (input.scope ?? 'once') : null
  const { id, digest } = request
  const decided = await decideHostRow(act.tx, { id, digest, state: allowed ? 'allowed' : 'denied', scope, by: personId, door })
  if (decided === undefined) return undefined
  await appendEvent(act.tx, {
    taskId: decided.taskId,
    personId,
    door,
    kind: 'host.decided',
    data: { requestId: decided.id, digest: decided.digest, state: decided.state, ...(scope === null ? {} : { scope }) },
  })
  await touchCards(act.tx, { kind: 'host', subjectId: decided.shownWith ?? decided.id })
  return decided
}

/** Whom the answer answers too: what the same card showed; for a rule of the whole project, everybody who waits for that place. */
async function othersOf(act: Act, request: HostRequest, projectId: ProjectId | undefined, input: Input): Promise<HostRequest[]> {
  const found = projectId === undefined ? [] : await pendingHostRequests(act.tx, { ...request, projectId })
  for (const bound of input.also ?? []) {
    const row = await hostRequestById(act.tx, bound.request)
    if (row?.digest === bound.digest) found.push(row)
  }
  const others = new Map(found.map((one) => [one.id, one]))
  others.delete(request.id)
  return [...others.values()]
}

/** In one order, so that two who decide overlapping cards never wait for each other. */
async function lockTasks(act: Act, requests: readonly HostRequest[]): Promise<Task[]> {
  const locked: Task[] = []
  for (const id of [...new Set(requests.map(({ taskId }) => taskId))].toSorted()) {
    const task = await lockTask(act.tx, id)
    if (task !== undefined) locked.push(task)
  }
  return locked
}

async function allow(act: Act, request: HostRequest, projectId: ProjectId): Promise<void> {
  const { host, port, privateAddress, scope } = request
  await insertHostRule(act.tx, {
    id: act.ids.uuid(),
    projectId,
    taskId: scope === 'project' ? null : request.taskId,
    onceFor: scope === 'once' ? onceDigest(request) : null,
    host,
    port,
    private: privateAddress !== null,
    by: act.caller.personId,
    requestId: request.id,
    expiresAt: scope === 'project' ? grantEnds(act.clock.now()) : null,
  })
}

/** Read again: what was read before the lock may have been decided meanwhile. */
async function late(act: Act, { id, taskId }: HostRequest): Promise<LughError> {
  const state = (await hostRequestById(act.tx, id))?.state
  const task = await taskById(act.tx, taskId)
  return task === undefined || state === undefined || state === 'pending' ? stale() : tooLate(task, state)
}

function stale(): LughError {
  return new LughError('conflict', 'What would happen has changed since that card was shown. Look at the newest card.')
}
