/** Every closed set of states, with the moves each allows. Rows hold these words; nothing else decides what may follow what. */

export const TASK_STATES = [
  'queued', // waits for a worker
  'preparing', // its worktree is being made and set up
  'running', // an engine works on it
  'waiting', // parked: an approval or a question waits for a person
  'paused', // parked by a person, or at a cap
  'proposing', // Lugh snapshots the tree, runs the tests and computes the diff
  'rehearsed', // a dry run is over; what it would do waits for a person
  'review', // a change waits for a person
  'landing', // a merge or an undo is being applied
  'merged', // its change is on the target
  'kept', // its change was left as a branch in the person's repository
  'answered', // it ended without changing a file; its answer is its summary
  'undone', // its merge was taken back
  'adopted', // a dry run with which its task went on
  'discarded', // a person dropped it
  'stopped', // a person stopped it
  'failed', // it could not go on; the reason is in the row
] as const
export type TaskState = (typeof TASK_STATES)[number]

const TASK_MOVES: Record<TaskState, readonly TaskState[]> = {
  queued: ['preparing', 'paused', 'stopped', 'failed'],
  preparing: ['running', 'proposing', 'waiting', 'paused', 'stopped', 'failed'],
  running: ['preparing', 'waiting', 'paused', 'proposing', 'stopped', 'failed'],
  waiting: ['queued', 'paused', 'discarded', 'stopped', 'failed'],
  paused: ['queued', 'discarded', 'stopped'],
  proposing: ['rehearsed', 'review', 'answered', 'queued', 'paused', 'stopped', 'failed'],
  rehearsed: ['queued', 'adopted', 'discarded', 'stopped'],
  review: ['landing', 'proposing', 'queued', 'discarded', 'stopped'],
  landing: ['merged', 'kept', 'undone', 'review', 'proposing'],
  merged: ['landing'],
  kept: [],
  answered: ['queued'],
  undone: ['landing'],
  adopted: [],
  discarded: [],
  stopped: ['queued', 'discarded'],
  failed: ['queued', 'discarded'],
}

/** States in which a worker has something to do. */
export const CLAIMABLE: readonly TaskState[] = ['queued', 'preparing', 'running', 'proposing', 'landing']
/** States in which the task needs a person. */
export const NEEDS_PERSON: readonly TaskState[] = ['waiting', 'rehearsed', 'review']
/** States in which the task holds no worktree any more. */
export const SETTLED: readonly TaskState[] = ['merged', 'kept', 'answered', 'undone', 'adopted', 'discarded', 'stopped', 'failed']

/** Whether a task may go from one state to another. Staying is not a move. */
export function mayMove(from: TaskState, to: TaskState): boolean {
  return TASK_MOVES[from].includes(to)
}

/** The states from which `to` can be reached in one move: what a compare-and-set names in its `where`. */
export function movesTo(to: TaskState): TaskState[] {
  return TASK_STATES.filter((from) => mayMove(from, to))
}

export const RUN_STATES = ['running', 'parked', 'finished', 'failed', 'stopped', 'lost'] as const
export type RunState = (typeof RUN_STATES)[number]

/** `withheld`: in a dry run, what a person would have been asked about. */
export const STEP_STATES = ['started', 'finished', 'failed', 'denied', 'interrupted', 'withheld'] as const
export type StepState = (typeof STEP_STATES)[number]

export const APPROVAL_STATES = ['pending', 'allowed', 'denied', 'expired', 'withdrawn'] as const
export type ApprovalState = (typeof APPROVAL_STATES)[number]

export const QUESTION_STATES = ['pending', 'answered', 'withdrawn'] as const
export type QuestionState = (typeof QUESTION_STATES)[number]

/** What becomes of a question nobody answers: it waits, the answer that does no harm is taken, or the agent goes on with what does not need it. */
export const AWAY_WAYS = ['park', 'safe', 'on'] as const
export type AwayWay = (typeof AWAY_WAYS)[number]

export const CHANGE_STATES = ['proposed', 'superseded', 'landing', 'landed', 'kept', 'discarded', 'refused'] as const
export type ChangeState = (typeof CHANGE_STATES)[number]

export const LANDING_STATES = ['intended', 'landed', 'kept', 'stale', 'conflict', 'refused'] as const
export type LandingState = (typeof LANDING_STATES)[number]

export const PROJECT_STATES = ['adding', 'ready', 'failed', 'removed'] as const
export type ProjectState = (typeof PROJECT_STATES)[number]

export const WORKTREE_STATES = ['creating', 'ready', 'removing', 'gone'] as const
export type WorktreeState = (typeof WORKTREE_STATES)[number]

/** `accepted`: the person said Go. `outdated`: a plan was wanted anew after that. */
export const PLAN_STATES = ['proposed', 'accepted', 'changed', 'cancelled', 'withdrawn', 'outdated'] as const
export type PlanState = (typeof PLAN_STATES)[number]

/**
 * From strict to loose. `plan`: nothing is written until a person has said Go to a plan, then as `ask`. `ask`: commands outside a small
 * read-only list ask. `auto`: sandboxed commands run, the floor still asks.
 */
export const MODES = ['plan', 'ask', 'auto'] as const
export type Mode = (typeof MODES)[number]

/** The one of two modes that lets an agent do less by itself. */
export function stricterMode(a: Mode, b: Mode): Mode {
  return MODES.indexOf(a) <= MODES.indexOf(b) ? a : b
}

export const ROLES = ['owner', 'approver', 'member', 'viewer'] as const
export type Role = (typeof ROLES)[number]

/** Why a checkpoint was made; it decides how long it is kept. The longest kept comes first. */
export const CHECKPOINT_KINDS = ['manual', 'imported', 'plan', 'merge', 'nightly', 'restore', 'operation'] as const
export type CheckpointKind = (typeof CHECKPOINT_KINDS)[number]

export const CHECKPOINT_STATES = ['making', 'whole', 'failed', 'removed'] as const
export type CheckpointState = (typeof CHECKPOINT_STATES)[number]

export const RESTORE_STATES = [
  'looking', // Lugh works out what it would change
  'offered', // the card shows it
  'wanted', // a person decided; it is about to be carried out
  'done', // carried out whole
  'refused', // nothing was changed; the reason is in the row
  'dropped', // a person did not want it
] as const
export type RestoreState = (typeof RESTORE_STATES)[number]

/** What a token of a program may: see, ask for work, decide, decide about work it asked for itself, set up. */
export const TOKEN_SCOPES = ['read', 'request', 'approve', 'approve-own', 'admin'] as const
export type TokenScope = (typeof TOKEN_SCOPES)[number]
