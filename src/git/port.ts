/** What the rest of Lugh may ask of git. Only this room knows base, store and workshop. */
import type { ObjectName, ProjectId, TaskId } from '#core'

/** Where a project's repository is, and what is its own. */
export type Repository = {
  readonly projectId: ProjectId
  readonly kind: 'path' | 'url'
  /** Absolute path of a checkout or bare repository, or a git URL. */
  readonly location: string
}

export type ChangedFile = {
  readonly path: string
  readonly oldPath?: string
  readonly status: 'added' | 'modified' | 'deleted' | 'renamed' | 'copied' | 'type-changed'
  readonly oldMode: string
  readonly newMode: string
  readonly insertions: number
  readonly deletions: number
  readonly binary: boolean
  /** Of binaries: size in bytes and object name on each side. */
  readonly oldBytes?: number
  readonly newBytes?: number
}

/** Why a tree may not land, in a sentence a person can act on. */
export type Problem = { readonly path: string; readonly code: 'gitlink' | 'escaping-symlink' | 'reserved-name' | 'too-large'; readonly say: string }

/**
 * A piece of a change that can be taken or left by itself. `file`: its place in the change's list, from 0. `hunk` 0 is what changes of the
 * file beside its lines (name, mode), or all of it where it is not taken in parts (new, deleted, binary, a link); from 1 they are hunks.
 */
export type Hunk = {
  readonly file: number
  readonly hunk: number
  /** Lines on each side, from 1, as git's header names them; all 0 for hunk 0. */
  readonly oldStart: number
  readonly oldLines: number
  readonly newStart: number
  readonly newLines: number
  readonly insertions: number
  readonly deletions: number
  /** As in the patch, header first. */
  readonly text: string
}

/** A piece as it was judged, and whether it is kept. */
export type Picked = Omit<Hunk, 'insertions' | 'deletions' | 'text'> & { readonly path: string; readonly keep: boolean }

export type KeptOutcome =
  | { readonly outcome: 'kept'; readonly tree: ObjectName }
  /** The pieces cannot be parted like this; `say` names the way out. */
  | { readonly outcome: 'refused'; readonly say: string }
  /** The trees do not come to the pieces that were judged. */
  | { readonly outcome: 'stale' }

export type Diff = {
  readonly files: readonly ChangedFile[]
  readonly insertions: number
  readonly deletions: number
  /** The whole unified diff of two tree objects; no attribute can hide text in it. Of binaries it names sizes and objects. */
  readonly patch: string
  readonly patchBytes: number
  /** The change in pieces, in order; none when it is too long or has too many of them. */
  readonly hunks: readonly Hunk[]
  readonly problems: readonly Problem[]
}

/** `cut`: there was more than one answer may hold. */
export type Found = {
  readonly commit: ObjectName
  readonly lines: readonly { readonly path: string; readonly line: number; readonly text: string }[]
  readonly cut: boolean
}

/** A path of a tree. `near`: paths that end so; `unknown`: nothing was fetched yet. */
export type FileAt =
  | { readonly kind: 'file'; readonly bytes: Uint8Array }
  | { readonly kind: 'large'; readonly bytes: number }
  | { readonly kind: 'missing'; readonly near: readonly string[] }
  | { readonly kind: 'link' | 'folder' | 'submodule' | 'unknown' }

/** What people call things in a repository, those worked on last first. */
export type Named = { readonly commit: ObjectName; readonly files: readonly string[]; readonly symbols: readonly string[] }

/** Where a merge would go, as the card names it before the tap. */
export type LandingPlan =
  | { readonly how: 'ref'; readonly say: string }
  /** `otherwise`: the branch the result is left on when the checkout or the server will not take it. */
  | { readonly how: 'checkout'; readonly checkout: string; readonly otherwise?: string; readonly say: string }
  | { readonly how: 'push'; readonly remote: string; readonly otherwise?: string; readonly say: string }
  /** The target cannot move; the result stays as this branch. `reason`: dirty, fast-forward off, … */
  | { readonly how: 'branch'; readonly branch: string; readonly reason: string; readonly say: string }

export type Author = { readonly name: string; readonly email: string }

export type MergeOutcome =
  | { readonly outcome: 'clean'; readonly tree: ObjectName }
  | {
      readonly outcome: 'conflict'
      readonly files: readonly string[]
      /** The tree with conflict markers in it. */ readonly tree: ObjectName
      readonly say: string
    }

export type LandOutcome =
  /** The target ref now is `commit`. */
  | { readonly outcome: 'landed'; readonly commit: ObjectName; readonly old: ObjectName; readonly how: LandingPlan['how'] }
  /** The result was left as `branch` (in the person's repository, or pushed), because of `reason`. */
  | { readonly outcome: 'kept'; readonly commit: ObjectName; readonly branch: string; readonly reason: string }
  /** The target moved, or the checkout changed, since the plan was shown: nothing was done. */
  | { readonly outcome: 'stale'; readonly reason: string }

/** A worktree to be made. With `tree`, its files are those of that tree. */
export type NewWorktree = {
  readonly path: string
  readonly branch: string
  readonly base: ObjectName
  readonly tree?: ObjectName | undefined
  /** What the branch names and what is staged, where that is not `base`: of a worktree that is restored. */
  readonly head?: ObjectName | undefined
  readonly index?: ObjectName | undefined
  /** `tree` holds the files byte for byte: no line ending is converted, no filter run. */
  readonly raw?: true | undefined
}

/** A worktree as it was: files byte for byte, what was staged and what was committed. */
export type SavedWorktree = {
  readonly tree: ObjectName
  readonly base: ObjectName
  /** Absent where the agent's own git there was broken. */
  readonly head?: ObjectName
  readonly index?: ObjectName
  /** What is not in it, and neither stored nor touched: ignored files and folders, submodules and repositories within. The first few, by name. */
  readonly ignored: readonly string[]
  readonly nested: readonly string[]
  readonly ignoredCount: number
  /** Folders without a file in them: git keeps none, so they are named here. */
  readonly emptyFolders: readonly string[]
}

/** One thing a checkpoint holds, under its path. */
export type Kept =
  | { readonly path: string; readonly text: string }
  | { readonly path: string; readonly tree: ObjectName }
  | { readonly path: string; readonly blob: ObjectName }

/** What is to stay: checkpoints by name, trees and commits by their own. */
export type Collecting = {
  readonly checkpoints: ReadonlySet<string>
  readonly trees: ReadonlySet<string>
  readonly commits: ReadonlySet<string>
  /** What is younger than this stays whatever the lists say: it may be of work whose row is not written yet. */
  readonly youngMs: number
}
export type Collected = { readonly dropped: number; readonly bytesBefore: number; readonly bytesAfter: number }

/** Everything of a project's checkpoints that lies in git objects: each hangs on one reference, so it is whole or absent. */
export type Held = { readonly trees: ReadonlyMap<string, ObjectName>; readonly commits: ReadonlySet<string> }

export interface Checkpoints {
  /** Saves one worktree's state as objects. Reads the files and asks the workshop inside the sandbox; changes neither. */
  saveWorktree(repository: Repository, worktree: { path: string; base: ObjectName }): Promise<SavedWorktree>
  /** Ties everything together under `name`, once: asked again, answers what is kept there already, which may differ. Answers the commit and the bytes it added to the store. */
  keep(
    repository: Repository,
    checkpoint: { name: string; date: number; message: string; holds: readonly Kept[]; commits: readonly ObjectName[] },
  ): Promise<{ commit: ObjectName; bytes: number }>
  /** Names and objects under `folder` of a kept checkpoint. */
  list(repository: Repository, commit: ObjectName, folder: string): Promise<ReadonlyMap<string, ObjectName>>
  /** Texts of it, by their paths; throws when one is missing. */
  read(repository: Repository, commit: ObjectName, paths: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** Which trees lie at these paths of it, and the commits it names; paths without a tree are not in the answer. */
  held(repository: Repository, commit: ObjectName, paths: readonly string[]): Promise<Held>
  /** Messages and patches of every commit of `head` that none of `without` has, as one text. */
  historySince(repository: Repository, head: ObjectName, without: readonly ObjectName[]): Promise<string>
  /** `onto` with one file (or folder) as it is in `from`; undefined when `from` has no such path. */
  withFile(repository: Repository, onto: ObjectName, from: ObjectName, path: string): Promise<ObjectName | undefined>
  /** How many commits `to` has that `from` has not. */
  commitsBetween(repository: Repository, from: ObjectName, to: ObjectName): Promise<number>
  /** How much differs between two trees. */
  stat(repository: Repository, from: ObjectName, to: ObjectName): Promise<{ files: number; insertions: number; deletions: number }>
  /** The first files that differ between two trees, by name. */
  differing(repository: Repository, from: ObjectName, to: ObjectName, limit: number): Promise<string[]>
  /** Reads every object of it and compares each with its name. Answers what is wrong, or undefined. */
  verify(repository: Repository, name: string, commit: ObjectName): Promise<string | undefined>
  /** Writes everything that hangs on a checkpoint, history too, as a git bundle at `path`. Throws for a shallow clone. */
  writeBundle(repository: Repository, name: string, path: string): Promise<void>
  /** Checks every object of such a bundle and keeps it as the checkpoint `name`; throws `git.refused-content` and keeps nothing otherwise. */
  takeBundle(repository: Repository, name: string, bundle: Uint8Array): Promise<ObjectName>
  /** Drops the reference of a bundle that was refused after it was taken; its objects go with the next tidying. Safe to repeat. */
  dropBundle(repository: Repository, name: string): Promise<void>
  /** What the store would be rid of if these checkpoints were dropped, as it lies there now. */
  bytesOf(repository: Repository, names: readonly string[]): Promise<number>
  /**
   * Drops what nothing names any more: every checkpoint not in `checkpoints`, every tree and commit that is in neither list, unless it is
   * young; then packs the store and deletes what hangs on nothing. Answers bytes before and after. Safe beside work: what is being made
   * is younger than what is deleted.
   */
  collect(repository: Repository, keep: Collecting): Promise<Collected>
}

export interface Git {
  readonly checkpoints: Checkpoints
  /** Answers the version; throws `git.too-old` under 2.38 (no `merge-tree --write-tree`). */
  version(): Promise<string>
  /** Looks at a path or URL and makes base, store and workshop. Throws `git.not-a-repository`, `git.unreachable`. Safe to repeat. */
  addRepository(repository: Repository): Promise<{ defaultBranch: string; empty: boolean }>
  /** Removes Lugh's own copies (never the person's repository). */
  removeRepository(repository: Repository): Promise<void>
  /** Fetches from the person's repository and answers the target branch's commit; throws `git.no-commits` when it has none. */
  fetch(repository: Repository, targetBranch: string): Promise<ObjectName>
  /** A file of a commit as text, or undefined when absent (or not a regular file, or over `maxBytes`). */
  readFile(repository: Repository, commit: ObjectName, path: string, maxBytes: number): Promise<string | undefined>
  /**
   * A file of a tree, or of the branch as it was fetched last, byte for byte; links are not followed. Throws `input.invalid` for what is no path
   * in a project.
   */
  fileAt(repository: Repository, at: { readonly branch: string } | { readonly tree: ObjectName }, path: string, maxBytes: number): Promise<FileAt>
  /**
   * Lines of the branch, as it was fetched last, that hold any of `words` (letters of either case, taken literally), with the commit; undefined
   * when nothing was fetched yet. At most `limit` lines of a file; throws `git.failed` past five seconds.
   */
  search(repository: Repository, branch: string, words: readonly string[], limit: number): Promise<Found | undefined>
  /**
   * Names of files and of what they define, as the branch was fetched last; undefined when nothing was. Of the commit `unless` nothing is
   * looked up again: then the lists are empty. At most some hundred, in two seconds.
   */
  names(repository: Repository, branch: string, unless?: string): Promise<Named | undefined>
  /** The commit of the branch as it was fetched last; undefined when nothing was fetched yet. */
  tipOf(repository: Repository, branch: string): Promise<ObjectName | undefined>
  /** The author configured in the person's repository, if any. */
  author(repository: Repository): Promise<Author | undefined>

  /**
   * Makes the worktree at `path` on `branch` from `base` (in the workshop, inside the sandbox), one at a time per project.
   * Safe to repeat after a kill: a half-made one is repaired or rebuilt.
   */
  createWorktree(repository: Repository, worktree: NewWorktree): Promise<void>
  /** Removes worktree and branch from the workshop. Safe to repeat. */
  removeWorktree(repository: Repository, worktree: { path: string; branch: string }): Promise<void>
  /** Removes what an earlier life left in the workshops: half-made worktrees and locks of worktrees not in `live`. Answers what it did. */
  sweep(repository: Repository, live: readonly string[]): Promise<readonly string[]>
  /** Directories a sandboxed command in this project must be able to write (workshop) and read (base). */
  mounts(repository: Repository): { writable: readonly string[]; readable: readonly string[] }

  /**
   * The worktree's files as a tree object of the store, through a private index; ignored files left out, submodules untouched. With `dryRun`
   * it is kept by that one's own reference alone.
   */
  snapshot(repository: Repository, worktreePath: string, base: ObjectName, dryRun?: TaskId): Promise<ObjectName>
  /** Makes this the tree that a dry run's own reference keeps. */
  keepForDryRun(repository: Repository, dryRun: TaskId, tree: ObjectName): Promise<void>
  /** Takes a dry run's reference away; its tree is kept as any other when it was adopted. Safe to repeat. */
  endDryRun(repository: Repository, dryRun: TaskId, adopted: boolean): Promise<void>
  treeOf(repository: Repository, commit: ObjectName): Promise<ObjectName>
  diff(repository: Repository, baseTree: ObjectName, tree: ObjectName): Promise<Diff>
  /** `baseTree` with the kept pieces of the change to `tree`, and nothing else. `picked`: every piece of it, as it was judged. */
  keepHunks(repository: Repository, baseTree: ObjectName, tree: ObjectName, picked: readonly Picked[]): Promise<KeptOutcome>
  /** Three-way merge of trees in the object store: what `ours` becomes when the step from `base` to `theirs` is made on it. */
  merge(repository: Repository, base: ObjectName, ours: ObjectName, theirs: ObjectName): Promise<MergeOutcome>
  /**
   * What `base` becomes by a patch as people send them (`git diff`, `git format-patch`), in the object store alone. `refused`: why it does not
   * apply, in a sentence; then nothing of it is kept.
   */
  applyPatch(repository: Repository, base: ObjectName, patch: Uint8Array): Promise<{ readonly tree: ObjectName } | { readonly refused: string }>
  /** Writes the tree's files into an empty directory (to run tests on exactly that tree). */
  materialise(repository: Repository, tree: ObjectName, path: string): Promise<void>

  /** Looks at the person's repository and says where a landing on `targetBranch` would go. Changes nothing. */
  planLanding(repository: Repository, targetBranch: string, options: { fastForward: boolean; branch: string }): Promise<LandingPlan>
  /** Makes (deterministically: same input, same commit) the squash commit on `parent` with `tree`. Dates in seconds since 1970. */
  commit(repository: Repository, input: { tree: ObjectName; parent: ObjectName; message: string; author: Author; date: number }): Promise<ObjectName>
  /** Carries a planned landing out: compare-and-set from `old` to `commit`. Safe to repeat: when the ref already is `commit`, answers landed. */
  land(
    repository: Repository,
    input: { targetBranch: string; old: ObjectName; commit: ObjectName; plan: LandingPlan; message: string },
  ): Promise<LandOutcome>
}
