/**
 * Commands and the network: where one may go by what people have allowed, and the question when one was stopped. A file of the repository
 * only proposes. Nobody waits in memory: the command has ended, and may be run again after the answer.
 */
import { HostRequestId, digest, type RunId } from '#core'
import {
  appendEvent,
  hostDenied,
  hostRequestsOfCall,
  hostRequestToJoin,
  insertHostRequest,
  seeHostRules,
  takeHostRules,
  touchCards,
  type HostRequest,
  type Project,
  type Sql,
  type Task,
  type Tx,
} from '#db'
import { sameHost, showHost, type Blocked, type Finished, type NetworkAccess, type SandboxStatus } from '#sandbox'
import { underClaim, type Claim, type Machinery } from './machinery.ts'
import { showCard } from './show.ts'

/** A command that is stopped at more places than a person wants to be asked about at once; those left out are told and asked the next time. */
const MAX_ASKED = 3

/** A line of a card names so many hosts, none of them longer than this: the end of the line must not hide what the command is. */
const MAX_NAMED = 3
const MAX_SHOWN_HOST = 40

export type Stopped = {
  readonly callId: string
  readonly runId: RunId | null
  readonly command: string
  readonly cwd: string
  readonly blocked: readonly Blocked[]
}

/** Where this command may go now; in a dry run nowhere at all. What was allowed for one run of it is used up by asking. */
export async function networkFor(
  tx: Tx,
  task: Pick<Task, 'id' | 'dry'>,
  project: Pick<Project, 'id'>,
  at: { command: string; cwd: string },
): Promise<NetworkAccess | undefined> {
  if (task.dry) return undefined
  return { rules: await takeHostRules(tx, { projectId: project.id, taskId: task.id, onceFor: onceDigest(at) }) }
}

/** The places a command might reach if it were allowed now, in words for its card, and as one value an approval can be bound to. */
export async function networkSeen(
  sql: Sql,
  task: Pick<Task, 'id'>,
  project: Pick<Project, 'id'>,
  at: { command: string; cwd: string },
): Promise<{ words: string; places: string }> {
  const rules = await seeHostRules(sql, { projectId: project.id, taskId: task.id, onceFor: onceDigest(at) })
  const names = rules.map((rule) => endOf(showHost(rule)))
  const more = names.length - MAX_NAMED
  const places = rules.map((rule) => `${rule.host}:${rule.port}${rule.private ? ' (own network)' : ''}`).join(', ')
  if (names.length === 0) return { words: 'no network', places }
  return { words: `may reach ${names.slice(0, MAX_NAMED).join(', ')}${more > 0 ? ` and ${more} more (/network)` : ''}`, places }
}

/** Whose a host is stands at its end: the beginning of a long name may say anything. */
function endOf(name: string): string {
  return name.length <= MAX_SHOWN_HOST ? name : `…${name.slice(1 - MAX_SHOWN_HOST)}`
}

/** What holds a command while it runs, in words for its card. `words`: of `networkSeen`. */
export function wallsAround(status: SandboxStatus, words: string): string {
  if (status.walls === 'none') return 'outside a sandbox: there is none on this machine'
  return `sandboxed, ${status.network.ok ? words : 'no network'}`
}

/** What "once" allows: the same command line in the same place, one more time. */
export function onceDigest(at: { command: string; cwd: string }): string {
  return digest('host.once.v1', { command: at.command, cwd: at.cwd })
}

/** What an answer is bound to: the place, where it leads, and the command that was stopped. */
export function hostDigest(r: Pick<HostRequest, 'taskId' | 'host' | 'port' | 'privateAddress' | 'command' | 'cwd'>): string {
  const { host, port, privateAddress, command, cwd } = r
  return digest('host.request.v1', { task: r.taskId, host, port, privateAddress, command, cwd })
}

/** The same for requests of one project that a person would answer alike: the same command, stopped at the same place. */
function alikeDigest(projectId: string, r: Pick<HostRequest, 'host' | 'port' | 'privateAddress' | 'command'>): string {
  const { host, port, privateAddress, command } = r
  return digest('host.alike.v1', { projectId, host, port, privateAddress, command })
}

/** Asks a person about the places a command was stopped at. False when there is nothing to ask: no place, or each was denied before. */
export async function askAboutHosts(m: Pick<Machinery, 'ids'>, tx: Tx, task: Task, stopped: Stopped): Promise<boolean> {
  let asked = 0
  for (const blocked of stopped.blocked.filter(isAskable)) {
    if (asked >= MAX_ASKED || (await hostDenied(tx, task.id, blocked))) continue
    if (await ask(m, tx, task, stopped, blocked)) asked += 1
  }
  return asked > 0
}

/** The same about a command that nothing waits for: the task goes on, and what is allowed counts from the next one. */
export async function noteBlocked(
  m: Pick<Machinery, 'db' | 'ids'>,
  claim: Claim,
  of: Omit<Stopped, 'blocked'> & { finished: Pick<Finished, 'traffic'> },
): Promise<void> {
  const { finished, ...stopped } = of
  const blocked = finished.traffic?.blocked ?? []
  if (blocked.some(isAskable)) await underClaim(m, claim, (tx, task) => askAboutHosts(m, tx, task, { ...stopped, blocked }))
}

function isAskable({ reason }: Blocked): boolean {
  return reason === 'not-listed' || reason === 'private'
}

async function ask(m: Pick<Machinery, 'ids'>, tx: Tx, task: Task, stopped: Stopped, { host, port, address }: Blocked): Promise<boolean> {
  const { callId, runId, command, cwd } = stopped
  const about = { taskId: task.id, host, port, privateAddress: address ?? null, command, cwd }
  const alike = alikeDigest(task.projectId, about)
  const shownWith = (await hostRequestToJoin(tx, alike, task.id)) ?? null
  const id = HostRequestId.parse(m.ids.uuid())
  const request = await insertHostRequest(tx, { ...about, id, runId, callId, digest: hostDigest(about), alike, shownWith })
  if (request === undefined) return false
  await appendEvent(tx, {
    taskId: task.id,
    projectId: task.projectId,
    ...(runId === null ? {} : { runId }),
    kind: 'host.asked',
    data: { requestId: request.id, digest: request.digest, host, port },
  })
  if (shownWith === null) await showCard(tx, m.ids, task, { kind: 'host', subjectId: request.id, loud: true })
  else await touchCards(tx, { kind: 'host', subjectId: shownWith })
  return true
}

/** What people said about the places a call was stopped at, for the model. `open`: one still waits. */
export async function hostAnswers(tx: Tx, task: Task, callId: string): Promise<{ open: boolean; said?: string }> {
  const requests = await hostRequestsOfCall(tx, task.id, callId)
  if (requests.some(({ state }) => state === 'pending')) return { open: true }
  return { open: false, ...(requests.length === 0 ? {} : { said: requests.map(answerWords).join('\n') }) }
}

function answerWords(request: HostRequest): string {
  const place = showHost(request)
  if (request.state !== 'allowed') return `The person did not allow ${place}. Do without it.`
  const scope = { once: 'for one more run of this very command', task: 'for this task', project: 'for this project' }[request.scope ?? 'once']
  return `The person allowed ${place} ${scope}. Run the command again if it is still needed.`
}

/** Where a command was stopped, in words for its output; empty when nowhere. */
export function describeBlocked(blocked: readonly Blocked[]): string {
  const why = {
    'not-listed': 'not among the hosts this project may reach',
    private: "in the machine's own network",
    never: 'never reachable',
    'unknown-name': 'no such name',
    'other-name': 'the TLS inside a tunnel names another server than the tunnel was opened to',
  }
  const distinct = blocked.filter((each, index) => blocked.findIndex((other) => sameHost(each, other)) === index)
  return distinct.map((each) => `Lugh stopped the way to ${showHost(each)}: ${why[each.reason]}.`).join('\n')
}
