import { LughError, ObjectName, type TaskId } from '#core'
import {
  adoptPast,
  appendEvent,
  commandsOfDryRun,
  decidePlanRow,
  endDryness,
  foreignCardsOf,
  hasGo,
  insertSteer,
  liveWorktree,
  openPlan,
  projectById,
  setPlan,
  setSavedTree,
  setSummary,
  setTaskBase,
  setTaskMode,
  setWorktree,
  touchCards,
  withdrawAsked,
  type Project,
  type Task,
} from '#db'
import { z } from 'zod'
import { capability, type Act } from '../capability.ts'
import { repositoryOf } from '../machinery.ts'
import { projectMode } from '../mode.ts'
import { moveTask } from '../move-task.ts'
import { judgeCommand } from '../policy/judge-command.ts'
import { modeAt } from '../project-settings.ts'
import { supersede } from '../supersede.ts'
import { DryRunBound, theDryRun, type DryRun } from './the-dry-run.ts'

/** States in which a task can go on from its dry run: at rest. */
const AT_REST: readonly Task['state'][] = ['waiting', 'paused', 'stopped', 'failed']

/** Goes on from where a dry run ended: its transcript and its files become the task's, and nothing of it is done or paid again. */
export const continueDryRun = capability({
  name: 'continue_dry_run',
  describe: 'Go on for good from where a dry run ended.',
  input: DryRunBound,
  output: z.object({ task: z.number() }),
  kind: 'decide',
  may: ['owner', 'approver'],
  doors: {
    telegram: {},
    cli: { verb: 'continue_dry_run', usage: 'continue_dry_run T12 DIGEST', parse: parseArgs },
    mcp: {},
  },
  act: async (act, input) => {
    const dryRun = await theDryRun(act, input)
    const { dry, parent, change } = dryRun
    const project = await projectById(act.tx, dry.projectId)
    if (project === undefined || dry.baseCommit === null) throw new LughError('not-found', 'The project of this dry run was removed.')
    const into = parent ?? dry
    const told = await heldBack(act, dry.id)
    if (change !== undefined) await supersede(act.tx, change, 'it went on for good')
    await (parent === undefined ? goOn(act, dry) : handOver(act, project, { dry, change, parent }))
    if (told !== undefined) await insertSteer(act.tx, { taskId: into.id, personId: act.caller.personId, text: told })
    await noPlanAsked(act, into, project, ObjectName.parse(dry.baseCommit))
    await decided(act, dryRun, input.digest)
    const moved = await moveTask(act.tx, into, { to: 'queued', scope: { personId: act.caller.personId, door: act.caller.door } })
    if (moved === undefined) throw new LughError('conflict', `T${into.number} is ${into.state} and cannot go on from here.`)
    return { task: into.number }
  },
  say: (o) => `✅ T${o.task} goes on from its dry run.`,
  toast: () => 'Goes on from here.',
})

/** `T12 DIGEST` at a terminal. */
export function parseArgs([task, digest]: readonly string[]): z.infer<typeof DryRunBound> {
  return DryRunBound.parse({ task: task?.replace(/^[tT]/u, ''), digest })
}

/** What the agent hears when something was withheld; without that nothing is left for it to do. */
async function heldBack(act: Act, dry: TaskId): Promise<string | undefined> {
  const withheld = (await commandsOfDryRun(act.tx, dry)).filter(({ state }) => state === 'withheld')
  if (withheld.length === 0) return undefined
  const commands = [...new Set(withheld.map(({ command }) => `- ${command ?? '?'}`))].join('\n')
  return `The dry run is over and the person said: go on from here, for good. Your files are as you left them. Withheld until now:\n${commands}\nRun what is still needed, then finish.`
}

/** A dry run of a wish becomes the task itself. Where the tests left files behind, its worktree is made anew from what was shown. */
async function goOn(act: Act, dry: Task): Promise<void> {
  await endDryness(act.tx, dry.id)
  if (dry.savedTree !== null) await remake(act, dry)
}

/** Everything the dry run did becomes the task's own: messages, steps, files, and the Go to its plan. */
async function handOver(act: Act, project: Project, { dry, change, parent }: DryRun & { parent: Task }): Promise<void> {
  const { tx, caller } = act
  if (!AT_REST.includes(parent.state))
    throw new LughError('conflict', `T${parent.number} is ${parent.state} by now and cannot go on from this dry run. 🗑 Discard it.`)
  const tree = dry.savedTree ?? change?.tree ?? (await act.git.treeOf(repositoryOf(project), ObjectName.parse(dry.baseCommit)))
  await moveTask(tx, dry, { to: 'adopted', scope: { personId: caller.personId, door: caller.door } })
  await acceptOpenPlan(act, parent)
  await withdrawAsked(tx, parent.id)
  for (const card of await foreignCardsOf(tx, parent.id)) await touchCards(tx, card)
  if ((await adoptPast(tx, dry.id, parent.id)) === undefined)
    throw new LughError('conflict', `T${parent.number} has moved on since this dry run began and cannot go on from it. 🗑 Discard it.`)
  await explainCommands(act, dry, parent)
  await setTaskBase(tx, parent.id, dry.baseCommit ?? '')
  await setSavedTree(tx, parent.id, tree)
  await setPlan(tx, parent.id, dry.plan)
  await setSummary(tx, parent.id, dry.summary ?? '')
  await remake(act, parent)
}

/** Events are never moved: what let the adopted commands run is told of their new task, too. */
async function explainCommands({ tx }: Act, dry: Task, parent: Task): Promise<void> {
  for (const { callId, command, state } of await commandsOfDryRun(tx, dry.id)) {
    const { risk } = judgeCommand(command ?? '')
    const data = { callId, decision: state === 'withheld' ? ('ask' as const) : ('allow' as const), risk, by: 'dry-run' }
    await appendEvent(tx, { taskId: parent.id, projectId: parent.projectId, kind: 'command.judged', data })
  }
}

async function acceptOpenPlan(act: Act, parent: Task): Promise<void> {
  const plan = await openPlan(act.tx, parent.id)
  if (plan === undefined) return
  const { personId, door } = act.caller
  await decidePlanRow(act.tx, { id: plan.id, digest: plan.digest, state: 'accepted', comment: null, by: personId, door })
  const data = { planId: plan.id, digest: plan.digest, state: 'accepted' }
  await appendEvent(act.tx, { taskId: parent.id, projectId: parent.projectId, personId, door, kind: 'plan.decided', data })
}

async function remake(act: Act, task: Task): Promise<void> {
  const worktree = await liveWorktree(act.tx, task.id)
  if (worktree !== undefined) await setWorktree(act.tx, worktree.id, 'removing', false)
}

/** The Go to a dry run is a Go: where plans are asked for first, none is asked for any more. */
async function noPlanAsked(act: Act, task: Task, project: Project, base: ObjectName): Promise<void> {
  const mode = task.mode ?? projectMode(act.facts, project, await modeAt(act.git, project, base))
  if (mode === 'plan' && !(await hasGo(act.tx, task.id))) await setTaskMode(act.tx, task.id, 'ask')
}

async function decided(act: Act, { dry, parent }: DryRun, digest: string): Promise<void> {
  const { personId, door } = act.caller
  const data = { digest, decision: 'go' as const, into: (parent ?? dry).id }
  for (const task of parent === undefined ? [dry] : [dry, parent])
    await appendEvent(act.tx, { taskId: task.id, projectId: task.projectId, personId, door, kind: 'dryrun.decided', data })
}
