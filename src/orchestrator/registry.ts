/** Every capability, once. The doors are made from this list; what is not in it is offered nowhere. */
import type { Capability } from './capability.ts'
import { acceptPlan } from './capabilities/accept-plan.ts'
import { addProject } from './capabilities/add-project.ts'
import { amend } from './capabilities/amend.ts'
import { answerQuestion } from './capabilities/answer-question.ts'
import { assignTask } from './capabilities/assign-task.ts'
import { removeBudget, setTheBudget, showBudget } from './capabilities/budgets.ts'
import { bind } from './capabilities/bind-topic.ts'
import { cancelPlan } from './capabilities/cancel-plan.ts'
import { changeSetting } from './capabilities/change-setting.ts'
import { changePlan } from './capabilities/change-plan.ts'
import { commentHunk } from './capabilities/comment-hunk.ts'
import { continueDryRun } from './capabilities/continue-dry-run.ts'
import { carryOutRestore, chooseRestoreParts, dropRestore, undoRestore } from './capabilities/decide-restore.ts'
import { cleanCheckpoints } from './capabilities/clean-checkpoints.ts'
import { search } from './capabilities/search.ts'
import { setCheckpointKeeping } from './capabilities/set-checkpoint-keeping.ts'
import { exportCheckpoint, importCheckpointFile, showCheckpointFile } from './capabilities/checkpoint-file.ts'
import { connect, editConnector, listConnectors, removeConnector, retryConnector, showConnector } from './capabilities/connect.ts'
import { acceptTool, acceptTools, setToolRule, showTool, turnConnector } from './capabilities/connector-tools.ts'
import { compareCheckpoints } from './capabilities/compare-checkpoints.ts'
import { restoreCheckpoint } from './capabilities/restore-checkpoint.ts'
import { showRestore } from './capabilities/show-restore.ts'
import { createCheckpoint } from './capabilities/create-checkpoint.ts'
import { decideApproval } from './capabilities/decide-approval.ts'
import { decideBudget } from './capabilities/decide-budget.ts'
import { decideHost } from './capabilities/decide-host.ts'
import { discardChange } from './capabilities/discard-change.ts'
import { discardDryRun } from './capabilities/discard-dry-run.ts'
import { discardTask } from './capabilities/discard-task.ts'
import { doctor } from './capabilities/doctor.ts'
import { dryRun } from './capabilities/dry-run.ts'
import { checkpointEverything, restoreEverything } from './capabilities/everything.ts'
import { exportAudit } from './capabilities/export-audit.ts'
import { admitGroup, groupList, leaveGroup } from './capabilities/groups.ts'
import { helpFor } from './capabilities/help.ts'
import { judgeHunk } from './capabilities/judge-hunk.ts'
import { leaveOut } from './capabilities/leave-out.ts'
import { listAgents } from './capabilities/list-agents.ts'
import { listCheckpoints } from './capabilities/list-checkpoints.ts'
import { listGrants } from './capabilities/list-grants.ts'
import { listHunks } from './capabilities/list-hunks.ts'
import { listApprovals } from './capabilities/list-approvals.ts'
import { listProjects } from './capabilities/list-projects.ts'
import { listTasks } from './capabilities/list-tasks.ts'
import { mergeChange } from './capabilities/merge-change.ts'
import { allowHost, forgetHost, showNetwork } from './capabilities/network.ts'
import { notify } from './capabilities/notify.ts'
import { putOff } from './capabilities/put-off.ts'
import { people, setRole } from './capabilities/people.ts'
import { pauseTask } from './capabilities/pause-task.ts'
import { quiet } from './capabilities/quiet.ts'
import { queryKnowledge } from './capabilities/query-knowledge.ts'
import { readDocument } from './capabilities/read-document.ts'
import { showSession } from './capabilities/show-session.ts'
import { removeProject } from './capabilities/remove-project.ts'
import { requestChange } from './capabilities/request-change.ts'
import { resumeTask } from './capabilities/resume-task.ts'
import { reviewChange } from './capabilities/review-change.ts'
import { revokeGrant } from './capabilities/revoke-grant.ts'
import { runTests } from './capabilities/run-tests.ts'
import { setAwayWay } from './capabilities/set-away.ts'
import { setEngine } from './capabilities/set-engine.ts'
import { setFallback } from './capabilities/set-fallback.ts'
import { setMode } from './capabilities/set-mode.ts'
import { setModel } from './capabilities/set-model.ts'
import { setProject } from './capabilities/set-project.ts'
import { showCost } from './capabilities/show-cost.ts'
import { showDiff } from './capabilities/show-diff.ts'
import { showFile } from './capabilities/show-file.ts'
import { nextWaiting, showInbox } from './capabilities/show-inbox.ts'
import { showLog } from './capabilities/show-log.ts'
import { showSettings } from './capabilities/show-settings.ts'
import { showStatus } from './capabilities/show-status.ts'
import { showTask } from './capabilities/show-task.ts'
import { spawnAgent } from './capabilities/spawn-agent.ts'
import { startSample, start } from './capabilities/start.ts'
import { stepFiles } from './capabilities/step-files.ts'
import { takeAllHunks } from './capabilities/take-all-hunks.ts'
import { steerTask } from './capabilities/steer-task.ts'
import { stopTask } from './capabilities/stop-task.ts'
import { addToken, issueToken, listTokens, revokeToken } from './capabilities/tokens.ts'
import { turnApproval } from './capabilities/turn-approval.ts'
import { undoTask } from './capabilities/undo-task.ts'
import { applyUpload, attachUpload, startFromUpload, takeUpload } from './capabilities/uploads.ts'
import { useProject } from './capabilities/use-project.ts'
import { waitForTask } from './capabilities/wait-for-task.ts'
import { decideServers } from './capabilities/decide-servers.ts'
import { cancelVoice, fixTheVoice, runVoice } from './capabilities/decide-voice.ts'
import { whatHappened } from './capabilities/what-happened.ts'
import { whyTask } from './capabilities/why-task.ts'
import { plainOrder, type PlainOrder } from './intent/plain-order.ts'

/** In the order in which help and menus show them. */
export const capabilities: readonly Capability[] = [
  start,
  assignTask,
  dryRun,
  showStatus,
  showInbox,
  listTasks,
  showTask,
  waitForTask,
  stopTask,
  showDiff,
  showFile,
  showLog,
  whyTask,
  whatHappened,
  search,
  exportAudit,
  undoTask,
  createCheckpoint,
  listCheckpoints,
  restoreCheckpoint,
  compareCheckpoints,
  checkpointEverything,
  restoreEverything,
  exportCheckpoint,
  importCheckpointFile,
  showCheckpointFile,
  cleanCheckpoints,
  setCheckpointKeeping,
  listProjects,
  addProject,
  useProject,
  setProject,
  removeProject,
  setMode,
  setEngine,
  setFallback,
  setModel,
  showCost,
  showBudget,
  setTheBudget,
  removeBudget,
  showSettings,
  bind,
  quiet,
  setAwayWay,
  changeSetting,
  notify,
  showNetwork,
  allowHost,
  forgetHost,
  steerTask,
  amend,
  pauseTask,
  resumeTask,
  spawnAgent,
  listAgents,
  queryKnowledge,
  doctor,
  people,
  setRole,
  groupList,
  admitGroup,
  leaveGroup,
  readDocument,
  showSession,
  listTokens,
  addToken,
  issueToken,
  revokeToken,
  connect,
  listConnectors,
  showConnector,
  removeConnector,
  retryConnector,
  editConnector,
  acceptTools,
  acceptTool,
  setToolRule,
  turnConnector,
  showTool,
  decideServers,
  startSample,
  takeUpload,
  startFromUpload,
  attachUpload,
  applyUpload,
  acceptPlan,
  changePlan,
  cancelPlan,
  continueDryRun,
  discardDryRun,
  listApprovals,
  decideApproval,
  turnApproval,
  listGrants,
  revokeGrant,
  decideHost,
  decideBudget,
  answerQuestion,
  listHunks,
  stepFiles,
  judgeHunk,
  commentHunk,
  leaveOut,
  takeAllHunks,
  nextWaiting,
  putOff,
  reviewChange,
  mergeChange,
  requestChange,
  discardChange,
  discardTask,
  runTests,
  carryOutRestore,
  chooseRestoreParts,
  dropRestore,
  undoRestore,
  showRestore,
  runVoice,
  fixTheVoice,
  cancelVoice,
  helpFor(() => capabilities),
]

export function capabilityByName(name: string): Capability | undefined {
  return capabilities.find((capability) => capability.name === name)
}

export type Resolved = { readonly capability: Capability; readonly words: string }

/**
 * `/project add x` → add_project with the words `x`; a command of two words wins over one of one. `/project` alone lists.
 * Undefined for an unknown command.
 */
export function resolveCommand(command: string, words: string): Resolved | undefined {
  const first = command.toLowerCase()
  const [second = ''] = words.trim().split(/\s+/u)
  const two = commandOf(`${first} ${second.toLowerCase()}`)
  if (two !== undefined) return { capability: two, words: words.trim().slice(second.length).trim() }
  const one = commandOf(first) ?? (second === '' ? commandOf(`${first} list`) : undefined)
  return one === undefined ? undefined : { capability: one, words: words.trim() }
}

function commandOf(command: string): Capability | undefined {
  return capabilities.find(({ doors }) => 'command' in doors.telegram && doors.telegram.command === command)
}

/** Commands like the mistyped one, nearest first, at most three. */
export function nearestCommands(command: string): string[] {
  const known = [
    ...new Set(
      capabilities.flatMap(({ doors }) =>
        'command' in doors.telegram && doors.telegram.command !== undefined ? [doors.telegram.command.split(' ')[0] ?? ''] : [],
      ),
    ),
  ]
  return known
    .map((name) => ({ name, distance: editDistance(command.toLowerCase(), name) }))
    .filter(({ name, distance }) => distance <= Math.max(2, Math.floor(name.length / 2)))
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name)
}

/** How many slips of a thumb: a character too many, too few or another one, or two neighbours the wrong way round. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  let before = row
  for (const [i, char] of Array.from(a).entries()) {
    const next = [i + 1]
    for (const [j, other] of Array.from(b).entries()) {
      const swapped = i > 0 && j > 0 && char === b[j - 1] && a[i - 1] === other ? (before[j - 1] ?? 0) + 1 : Infinity
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (char === other ? 0 : 1), swapped))
    }
    before = row
    row = next
  }
  return row.at(-1) ?? 0
}

export type Meaning = PlainOrder

export type Spoken = {
  readonly text: string
  readonly card?: { readonly kind: string; readonly subjectId: string; readonly taskId?: string | null }
  readonly taskNumber?: number
}

/** What plain words mean: alone a new wish (or one of a few plain sentences), as an answer to a card or message of a task something for its agent; never consent. */
export function wordsFor({ text, card, taskNumber }: Spoken): Meaning {
  if (card?.kind === 'question') return { capability: 'answer_question', input: { question: card.subjectId, answer: text } }
  if (card?.kind === 'plan') return { capability: 'change_plan', input: { plan: card.subjectId, text } }
  if (card?.kind === 'upload') return { capability: 'start_from_upload', input: { upload: card.subjectId, wish: text } }
  if (taskNumber !== undefined) return { capability: 'steer_task', input: { task: taskNumber, text } }
  const taskId = card?.taskId ?? (card?.kind === 'task' ? card.subjectId : undefined)
  if (taskId !== undefined) return { capability: 'steer_task', input: { task_id: taskId, text } }
  return plainOrder(text) ?? { capability: 'assign_task', input: { wish: text } }
}
