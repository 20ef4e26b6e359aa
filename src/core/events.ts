/**
 * Everything that can happen, as one union. Appended to the `event` table, never edited. Live progress, audit, `/why`
 * and replay are projections of these rows, so each line says what a reader may conclude.
 */
import type {
  ApprovalId,
  BudgetNoticeId,
  ChangeId,
  CheckpointId,
  ConnectorId,
  HostRequestId,
  LandingId,
  PersonId,
  PlanId,
  ProjectId,
  QuestionId,
  RestoreId,
  RunId,
  TaskId,
} from './ids.ts'
import type { Json } from './digest.ts'
import type { AwayWay, Mode, TaskState } from './states.ts'

/** What an event is about and who caused it; every part optional. */
export type EventScope = {
  readonly taskId?: TaskId
  readonly runId?: RunId
  readonly projectId?: ProjectId
  readonly personId?: PersonId
  /** Through which door it came: telegram, cli, … */
  readonly door?: string
}

export type EventBody =
  /** A task exists and waits for a worker. */
  | { kind: 'task.created'; data: { number: number; title: string } }
  /** The message that asked for it was edited before anybody began with it. */
  | { kind: 'task.reworded'; data: { title: string } }
  /** A compare-and-set moved the task; `from` was its state in that very statement. */
  | { kind: 'task.moved'; data: { from: TaskState; to: TaskState; reason?: string } }
  /** A person spoke to the agent; the words are in `steer`. */
  | { kind: 'task.steered'; data: { steerId: number } }
  /** A worker holds the task's lease with this fencing number. */
  | { kind: 'run.started'; data: { attempt: number; engine: string; model: string; fence: number; standsInFor?: string } }
  | { kind: 'run.ended'; data: { state: string; reason?: string } }
  /** For the first time an answer was made under this system prompt and these tools; answers name it by its digest, without or with what was told. */
  | { kind: 'brief.written'; data: { brief: string; system: string; tools: readonly string[] } }
  /** The tool call is about to run; without a later `step.ended` its effect is unknown. */
  | { kind: 'step.started'; data: { callId: string; tool: string; line: string } }
  | { kind: 'step.ended'; data: { callId: string; tool: string; state: string } }
  | { kind: 'plan.updated'; data: { steps: Json } }
  /** A plan waits for a person; until one is accepted nothing of the task is written. */
  | { kind: 'plan.proposed'; data: { planId: PlanId; digest: string; steps: Json } }
  | { kind: 'plan.decided'; data: { planId: PlanId; digest: string; state: string } }
  /** A dry run of a wish or of another task begins; it changes nothing outside its own worktree. */
  | { kind: 'dryrun.started'; data: { of: TaskId | null } }
  /** It is over; `digest` is what a Go or a Discard is bound to. */
  | { kind: 'dryrun.ended'; data: { digest: string; files: number; withheld: number } }
  /** `go`: the work goes on from there, as `into`; nothing of it is done again. */
  | { kind: 'dryrun.decided'; data: { digest: string; decision: 'go' | 'discard'; into?: TaskId } }
  /** A person chose how much the task's agent may do by itself. */
  | { kind: 'task.mode-set'; data: { mode: Mode } }
  /** Tokens were spent, whether or not the answer was used. */
  | { kind: 'usage.reported'; data: { model: string; input: number; output: number; cacheRead: number; cacheWrite: number; microUsd: number | null } }
  /** From here on the conversation is sent without what is before message `from`; nothing of it was removed. `tokens`: what it would have been. */
  | { kind: 'transcript.shortened'; data: { from: number; tokens: number } }
  /** A model's notes know every message before `to`. */
  | { kind: 'notes.taken'; data: { model: string; to: number; decisions: number; open: number } }
  /** The newest messages, people's words, the plan and earlier notes stand alone. */
  | { kind: 'notes.failed'; data: { why: string } }
  /** It goes in circles or stands still, and did not get on when it was told; a person is asked. */
  | { kind: 'task.stuck'; data: { what: string } }
  /** A person set a budget; null: back to what holds without it. */
  | { kind: 'budget.set'; data: { scope: string; key: string; microUsd: number | null } }
  /** `stop`: the task was parked in this very transaction, because what was spent has reached the limit. */
  | { kind: 'budget.reached'; data: { noticeId: BudgetNoticeId; notice: 'warning' | 'stop'; scope: string; limit: number; spent: number } }
  | { kind: 'budget.decided'; data: { noticeId: BudgetNoticeId; state: string; raisedTo?: number; model?: string } }
  /** The policy looked at a command; `allow`: it ran by what `by` says (read-only, mode, rule, task, dry-run), by these grants. */
  | { kind: 'command.judged'; data: { callId: string; decision: 'allow' | 'ask'; risk: string; by?: string; grants?: readonly string[] } }
  /** `again`: it had been asked and what would happen changed since, or the answer no longer counts. */
  | { kind: 'approval.asked'; data: { approvalId: ApprovalId; digest: string; action: Json; again?: string } }
  /** One compare-and-set decided; every later tap found it decided. */
  | { kind: 'approval.decided'; data: { approvalId: ApprovalId; digest: string; state: string; scope?: string } }
  /** A person allowed more than one act. */
  | { kind: 'grant.given'; data: { grantId: string; scope: string; rule: string; expiresAt?: string } }
  | { kind: 'grant.revoked'; data: { grantId: string } }
  /** A command ended that was stopped on its way to a host; the rest of the run waits. */
  | { kind: 'host.asked'; data: { requestId: HostRequestId; digest: string; host: string; port: number } }
  | { kind: 'host.decided'; data: { requestId: HostRequestId; digest: string; state: string; scope?: string } }
  /** Every task of the project may reach it from now on. */
  | { kind: 'host.allowed'; data: { host: string; port: number } }
  /** No command that begins later reaches it by an earlier permission. */
  | { kind: 'host.forgotten'; data: { host: string; port: number } }
  | { kind: 'question.asked'; data: { questionId: QuestionId } }
  | { kind: 'question.answered'; data: { questionId: QuestionId } }
  /** Nobody answered for as long as was said; `way` was taken, and nothing was allowed. */
  | { kind: 'asked.lapsed'; data: { asked: 'approval' | 'question' | 'host'; id: string; way: AwayWay; minutes: number } }
  /** What becomes of unanswered questions was set; null: back to what holds without it. */
  | { kind: 'away.set'; data: { way: AwayWay | null; minutes: number | null } }
  /** Lugh rendered a change from git objects; `digest` is what a merge will be bound to. */
  | { kind: 'change.proposed'; data: { changeId: ChangeId; digest: string; files: number } }
  | { kind: 'change.superseded'; data: { changeId: ChangeId; reason: string } }
  /** A person said something to a piece of it, or (`hunk` null) to all pieces of a file; the newest word counts. */
  | { kind: 'change.judged'; data: { changeId: ChangeId; digest: string; file: number; hunk: number | null; said: 'keep' | 'drop' | 'comment' } }
  /** The dropped pieces are to be left out; what is kept is tested and proposed as a change of its own. */
  | { kind: 'change.parted'; data: { changeId: ChangeId; digest: string; kept: number; total: number } }
  /** The change `of` which pieces were left out is wanted whole again. */
  | { kind: 'change.made-whole'; data: { changeId: ChangeId; of: ChangeId } }
  | { kind: 'change.discarded'; data: { changeId: ChangeId } }
  /** The reference is about to move; recovery looks at the repository to learn whether it did. */
  | { kind: 'landing.intended'; data: { landingId: LandingId; landing: string; ref: string; how: string; digest: string } }
  | { kind: 'landing.ended'; data: { landingId: LandingId; state: string; oldCommit?: string; newCommit?: string } }
  /** Everything the checkpoint holds lies in one commit of the store; `digest` binds it and its manifest. */
  | { kind: 'checkpoint.made'; data: { checkpointId: CheckpointId; number: number; checkpoint: string; commit: string; digest: string } }
  /** Nothing of it is kept. */
  | { kind: 'checkpoint.failed'; data: { checkpointId: CheckpointId; number: number; checkpoint: string; reason: string } }
  /** Everything it holds was written into one file, for somewhere else. */
  | { kind: 'checkpoint.exported'; data: { checkpointId: CheckpointId; number: number; digest: string; bytes: number } }
  /** A file of another Lugh was proven and kept as a checkpoint of this one. */
  | { kind: 'checkpoint.imported'; data: { checkpointId: CheckpointId; number: number; commit: string; digest: string } }
  /** Its time was over, or a cap was reached: it cannot be gone back to any more. */
  | { kind: 'checkpoint.removed'; data: { checkpointId: CheckpointId; number: number; checkpoint: string; why: string } }
  /** The tasks were set back, or made anew beside, in the very transaction of this row; `beforeId` holds what was replaced. */
  | {
      kind: 'restore.done'
      data: { restoreId: RestoreId; checkpointId: CheckpointId; beforeId: CheckpointId; how: string; tasks: readonly number[] }
    }
  /** Nothing was changed. */
  | { kind: 'restore.refused'; data: { restoreId: RestoreId; checkpointId: CheckpointId; reason: string } }
  | { kind: 'project.added'; data: { name: string } }
  | { kind: 'project.failed'; data: { name: string; reason: string } }
  | { kind: 'project.changed'; data: { setting: string; value: Json } }
  /** A person chose engine and model of a task or a project; null: back to what holds without it. */
  | { kind: 'engine.chosen'; data: { engine: string | null; model: string | null } }
  /** Who stands in when the chosen engine cannot be reached, in order. */
  | { kind: 'engine.fallback-set'; data: { order: Json } }
  | { kind: 'project.removed'; data: { name: string } }
  | { kind: 'person.paired'; data: { role: string } }
  /** The owner gave somebody a role or took them off the list. */
  | { kind: 'person.role-set'; data: { person: PersonId; from: string; to: string } }
  /** Lugh was added to a group; silent there until the owner decides. */
  | { kind: 'group.asked'; data: { chatId: number } }
  | { kind: 'group.admitted'; data: { chatId: number } }
  /** The owner said no, or takes Lugh out again. */
  | { kind: 'group.refused'; data: { chatId: number } }
  /** Somebody took Lugh out. */
  | { kind: 'group.gone'; data: { chatId: number } }
  | { kind: 'group.moved'; data: { chatId: number; to: number } }
  /** A program called a tool; `token` is the id of what it spoke with. Nothing of a refused call was done. */
  | { kind: 'mcp.called'; data: { token: string; tool: string; outcome: string; ms: number } }
  /** The whole diff of this change, nothing cut, was given to a program. */
  | { kind: 'change.shown'; data: { changeId: ChangeId; digest: string; token: string } }
  /** A person named an MCP server and how it is started or reached. */
  | { kind: 'connector.added'; data: { connectorId: ConnectorId; name: string; digest: string } }
  /** It was tried out: what it came to. */
  | { kind: 'connector.tested'; data: { connectorId: ConnectorId; name: string; state: string; tools: number; failure?: string } }
  /** What a server says of a tool is another than was accepted; agents are not given it. */
  | { kind: 'connector.tool-changed'; data: { connectorId: ConnectorId; name: string; tool: string; digest: string } }
  /** A person accepted a tool exactly as it was shown, or said how it is to be treated. */
  | { kind: 'connector.tool-decided'; data: { connectorId: ConnectorId; name: string; tool: string; rule: string; digest: string } }
  /** A person changed how a server is started or reached, or where it holds; `digest` is of the former, empty while nothing is said of it. */
  | { kind: 'connector.changed'; data: { connectorId: ConnectorId; name: string; digest: string } }
  | { kind: 'connector.removed'; data: { connectorId: ConnectorId; name: string } }
  /** The policy decided about a call of a server's tool; `ask` is followed by an approval. */
  | {
      kind: 'connector.judged'
      data: {
        callId: string
        connectorId: ConnectorId
        tool: string
        decision: 'allow' | 'ask' | 'never' | 'withheld'
        by?: string
        grants?: readonly string[]
      }
    }
  /** A tool of a server was called and this came of it. */
  | { kind: 'connector.called'; data: { callId: string; connectorId: ConnectorId; tool: string; outcome: 'ok' | 'error' | 'failed'; ms: number } }
  | { kind: 'token.made'; data: { tokenId: string; name: string; scopes: readonly string[] } }
  | { kind: 'token.revoked'; data: { tokenId: string; name: string } }
  /** Somebody not listed wrote, pressed or reacted; nothing else was done with it. */
  | { kind: 'stranger.refused'; data: { telegramUserId: number; chatId: number; update: string } }
export type EventKind = EventBody['kind']
export type LughEvent = EventScope & EventBody
