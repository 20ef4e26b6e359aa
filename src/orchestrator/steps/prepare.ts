/** Makes the task's worktree from the newest target and sets it up. Every part is safe to repeat after a kill. */
import { join } from 'node:path'
import { LughError, WorktreeId, crashPoint, effect, redactKeys, type ObjectName } from '#core'
import { ObjectName as ObjectNameSchema } from '#core'
import {
  insertSteer,
  insertWorktree,
  liveWorktree,
  openSelection,
  openSteers,
  projectById,
  setSavedTree,
  setTaskBase,
  setWorktree,
  taskById,
  type Project,
  type Task,
  type Worktree,
} from '#db'
import type { NewWorktree } from '#git'
import { verdictOn } from '../ask-approval.ts'
import { askAboutHosts, networkFor, type Stopped } from '../host-access.ts'
import { repositoryOf, underClaim, type Claim, type Machinery } from '../machinery.ts'
import { stanceNow, projectMode } from '../mode.ts'
import { moveTask } from '../move-task.ts'
import { leftOutOf } from '../review/for-the-agent.ts'
import { commandsAt, modeAt, readSettings } from '../project-settings.ts'
import { describeFinished, groundFor, runCommand } from '../run-command.ts'
import { surroundings } from '../surroundings.ts'
import { proposeServers } from './propose-servers.ts'

const SETUP_TIMEOUT_MS = 15 * 60_000 // installing dependencies of a large project takes minutes
const SETUP_NOTE_CHARACTERS = 4000 // what the agent is told of a failed setup

const SETUP_HOLDS_KEY =
  "The project's setup command was not run: it holds what looks like a key, which nobody could read on a card. Work without it, and tell the person to take the key from a file that is not committed."

/** Takes the task from `queued` or `preparing` to `running`, or parks it when the setup needs a person's word. */
export async function prepare(m: Machinery, claim: Claim): Promise<void> {
  if (claim.task.state === 'queued') await underClaim(m, claim, (tx, task) => moveTask(tx, task, { to: 'preparing', keep: true }))
  const project = await projectOf(m, claim.task)
  const known = await liveWorktree(m.db, claim.task.id)
  if (known?.state === 'removing')
    throw new LughError('conflict', 'The old worktree is still being taken down.', { retryable: true, detail: known.path })
  const { baseCommit } = claim.task
  const { worktree, base } =
    known?.state === 'ready' && baseCommit !== null
      ? { worktree: known, base: ObjectNameSchema.parse(baseCommit) }
      : await makeWorktree(m, claim, project, known)
  if (known === undefined) await proposeServers(m, claim, project, base)
  if (!worktree.setUp && !(await planning(m, claim, project, base)) && !(await setUp(m, claim, { project, worktree, base }))) return
  await underClaim(m, claim, async (tx, task) => {
    // What is kept of a change is tested and proposed as it is, unless a person has said something since.
    const selection = await openSelection(tx, task.id)
    const heard = (await openSteers(tx, task.id)).some(({ byPerson }) => byPerson)
    const isReady = (task.readyMade || selection !== undefined) && !heard
    const leftOut = selection === undefined || selection.tree === null || isReady ? undefined : await leftOutOf(tx, selection.changeId)
    if (leftOut !== undefined) await insertSteer(tx, { taskId: task.id, personId: null, text: leftOut })
    return moveTask(tx, task, { to: isReady ? 'proposing' : 'running', keep: true })
  })
}

/** While an agent only plans nothing is set up: that would write. After Go the task comes by here again. */
async function planning(m: Machinery, claim: Claim, project: Project, base: ObjectName): Promise<boolean> {
  const otherwise = projectMode(m.facts, project, await modeAt(m.git, project, base))
  return (await stanceNow(m.db, claim.task, otherwise)) === 'plan'
}

/** The project of a task; it must still be there. */
export async function projectOf(m: Pick<Machinery, 'db'>, task: Pick<Task, 'projectId'>): Promise<Project> {
  const project = await projectById(m.db, task.projectId)
  if (project === undefined || project.state === 'removed') throw new LughError('not-found', 'The project of this task was removed.')
  if (project.state === 'failed')
    throw new LughError('not-found', `The project ${project.name} could not be added: ${project.failure ?? 'see the log'}`)
  if (project.state === 'adding') throw new LughError('conflict', `${project.name} is still being added.`, { retryable: true })
  return project
}

type Made = { readonly worktree: Worktree; readonly base: ObjectName }

async function makeWorktree(m: Machinery, claim: Claim, project: Project, known: Worktree | undefined): Promise<Made> {
  const repository = repositoryOf(project)
  const { tip } = await readSettings(m.git, project)
  const task = claim.task
  const base: ObjectName = task.baseCommit === null ? tip : ObjectNameSchema.parse(task.baseCommit)
  const saved = task.savedTree === null ? { tree: await treeOfParent(m, task, project) } : savedOf(task)
  const id = known?.id ?? WorktreeId.parse(m.ids.uuid())
  const path = known?.path ?? join(m.home, 'worktrees', `t${task.number}-${id.slice(0, 8)}`)
  await effect(
    'prepare.worktree',
    () =>
      underClaim(m, claim, async (tx) => {
        if (known === undefined) await insertWorktree(tx, { id, taskId: task.id, projectId: project.id, path })
        else await setWorktree(tx, id, 'creating', false)
      }),
    () => m.git.createWorktree(repository, { path, branch: task.branch, base, ...saved }),
    () =>
      underClaim(m, claim, async (tx) => {
        await setWorktree(tx, id, 'ready', false)
        await setTaskBase(tx, task.id, base)
        await setSavedTree(tx, task.id, null)
      }),
  )
  return { worktree: { id, taskId: task.id, projectId: project.id, path, state: 'ready', setUp: false }, base }
}

/** What its last worktree left, or what a restore puts in its place. */
function savedOf(task: Task): Pick<NewWorktree, 'tree' | 'head' | 'index' | 'raw'> {
  const name = (text: string | null): ObjectName | undefined => (text === null ? undefined : ObjectNameSchema.parse(text))
  return { tree: name(task.savedTree), head: name(task.savedHead), index: name(task.savedIndex), raw: task.savedRaw ? true : undefined }
}

/** A dry run begins with the files its task has so far; that one is parked, or has ended. */
async function treeOfParent(m: Machinery, task: Task, project: Project): Promise<ObjectName | undefined> {
  const parent = task.dry && task.parentId !== null ? await taskById(m.db, task.parentId) : undefined
  if (parent === undefined || parent.baseCommit === null) return undefined
  if (parent.savedTree !== null) return ObjectNameSchema.parse(parent.savedTree)
  const worktree = await liveWorktree(m.db, parent.id)
  return worktree?.state === 'ready'
    ? m.git.snapshot(repositoryOf(project), worktree.path, ObjectNameSchema.parse(parent.baseCommit), task.id)
    : undefined
}

/** Runs the project's setup command; a failing one is told to the agent and does not end the task. False: a person was asked. */
async function setUp(m: Machinery, claim: Claim, { project, worktree, base }: Made & { project: Project }): Promise<boolean> {
  const { setup: command } = await commandsAt(m.git, project, base)
  if (command === undefined) return done(m, claim, worktree, null)
  if (redactKeys(command) !== command) return done(m, claim, worktree, SETUP_HOLDS_KEY)
  if (m.sandbox.status.walls === 'none') {
    if (claim.task.dry)
      return done(m, claim, worktree, `The setup command (${command}) was withheld: this is a dry run, and it would have asked the person first.`)
    const asking = {
      callId: `setup:${worktree.id}`,
      runId: null,
      action: { tool: 'setup', command, cwd: worktree.path } as const,
      why: 'The project says this prepares a fresh worktree.',
      risk: 'Runs outside a sandbox: there is none on this machine.',
      binding: await surroundings({ ...m, engine: { name: 'setup' } }, project, worktree),
    }
    const verdict = await underClaim(m, claim, async (tx, task) => {
      const answer = await verdictOn(m, tx, task, asking)
      if (answer.verdict === 'asked') await moveTask(tx, task, { to: 'waiting', reason: 'the setup command waits for approval' })
      return answer
    })
    if (verdict.verdict === 'asked') return false
    if (verdict.verdict !== 'allowed') return done(m, claim, worktree, `The person did not allow the setup command (${command}); work without it.`)
  }
  crashPoint('prepare.before-setup')
  const at = { command, cwd: worktree.path }
  const network = await underClaim(m, claim, (tx, task) => networkFor(tx, task, project, at))
  const finished = await runCommand(m, {
    ground: groundFor(claim.task),
    project,
    worktree,
    command,
    timeoutMs: SETUP_TIMEOUT_MS,
    signal: claim.signal,
    network,
  })
  crashPoint('prepare.after-setup')
  if (await askedAboutSetup(m, claim, { ...at, callId: `setup:${worktree.id}`, runId: null, blocked: finished.traffic?.blocked ?? [] })) return false
  const failed = finished.exitCode !== 0
  return done(
    m,
    claim,
    worktree,
    failed ? `The project's setup command (${command}) failed:\n${m.redact(describeFinished(finished)).slice(-SETUP_NOTE_CHARACTERS)}` : null,
  )
}

/** Whether a person is asked about a host the setup was stopped at; it runs again after the answer, without asking for what was denied. */
function askedAboutSetup(m: Machinery, claim: Claim, stopped: Stopped): Promise<boolean> {
  return underClaim(m, claim, async (tx, task) => {
    const asked = await askAboutHosts(m, tx, task, stopped)
    if (asked) await moveTask(tx, task, { to: 'waiting', reason: 'a host the setup command needs waits for approval' })
    return asked
  })
}

async function done(m: Machinery, claim: Claim, worktree: Worktree, note: string | null): Promise<true> {
  await underClaim(m, claim, async (tx, task) => {
    await setWorktree(tx, worktree.id, 'ready', true)
    if (note !== null) await insertSteer(tx, { taskId: task.id, personId: null, text: note })
  })
  return true
}
