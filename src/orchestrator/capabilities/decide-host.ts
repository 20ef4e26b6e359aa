import { HostRequestId, LughError } from '#core'
import { HOST_SCOPES, appendEvent, decideHostRow, hostRequestById, insertHostRule, lockTask, setHostAsking, touchCards, type HostRequest } from '#db'
import { z } from 'zod'
import { capability, type Act } from '../capability.ts'
import { hostDigest, onceDigest } from '../host-access.ts'
import { unparkWhenAnswered } from './unpark.ts'

const Input = z.object({
  request: HostRequestId,
  digest: z.string(),
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
  },
  act: async (act, input) => {
    const request = await hostRequestById(act.tx, input.request)
    const task = request === undefined ? undefined : await lockTask(act.tx, request.taskId)
    if (request === undefined || task === undefined) throw new LughError('not-found', 'That request is gone.')
    if (hostDigest(request) !== request.digest || request.digest !== input.digest) throw stale()
    const scope = input.scope ?? 'once'
    if (input.decision === 'allow' && scope === 'project' && input.confirmed !== true) return showRule(act, request, input.confirmed === undefined)
    const decided = await decide(act, request, input)
    if (decided.scope !== null) await allow(act, decided, task.projectId)
    await unparkWhenAnswered(act, task)
    return { state: decided.state === 'allowed' ? ('allowed' as const) : ('denied' as const), scope: decided.scope }
  },
  say: () => undefined,
  toast: (o) => (o.state === 'pending' ? 'Read the rule, then confirm.' : o.state === 'denied' ? 'Denied.' : TOASTS[o.scope ?? 'once']),
})

const TOASTS = { once: 'Allowed once.', task: 'Allowed for this task.', project: 'Allowed for this project.' }

async function showRule(act: Act, request: HostRequest, asking: boolean): Promise<{ state: 'pending'; scope: null }> {
  if ((await setHostAsking(act.tx, request.id, request.digest, asking)) === undefined) throw tooLate(request)
  await touchCards(act.tx, { kind: 'host', subjectId: request.id })
  return { state: 'pending', scope: null }
}

async function decide(act: Act, request: HostRequest, input: Input): Promise<HostRequest> {
  const { personId, door } = act.caller
  const allowed = input.decision === 'allow'
  const scope = allowed ? (input.scope ?? 'once') : null
  const decided = await decideHostRow(act.tx, {
    id: request.id,
    digest: input.digest,
    state: allowed ? 'allowed' : 'denied',
    scope,
    by: personId,
    door,
  })
  if (decided === undefined) throw tooLate(request)
  await appendEvent(act.tx, {
    taskId: decided.taskId,
    personId,
    door,
    kind: 'host.decided',
    data: { requestId: decided.id, digest: decided.digest, state: decided.state, ...(scope === null ? {} : { scope }) },
  })
  await touchCards(act.tx, { kind: 'host', subjectId: decided.id })
  return decided
}

async function allow(act: Act, request: HostRequest, projectId: Parameters<typeof insertHostRule>[1]['projectId']): Promise<void> {
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
  })
}

function tooLate(request: HostRequest): LughError {
  return request.state === 'pending' ? stale() : new LughError('conflict', `Too late: this was already ${request.state}.`)
}

function stale(): LughError {
  return new LughError('conflict', 'What would happen has changed since that card was shown. Look at the newest card.')
}
