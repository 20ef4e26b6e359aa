/**
 * A part is one kind of thing a checkpoint holds: what of it is kept, what a way back would change, and the writes that bring it back.
 * Whoever adds a kind of state that belongs to a project writes a part for it and names it in `parts.ts`; nothing else knows them.
 */
import type { RunId, TaskId, TaskState } from '#core'
import type { Manifest, ManifestTask, Project, Pulse, Restore, RestorePreview, Tx } from '#db'
import type { Kept } from '#git'
import type { Machinery } from '../machinery.ts'

/** What a part is given to say what of it is to be kept: one transaction, and what was known before it began. */
export type Snapshotting = {
  readonly tx: Tx
  readonly project: Project
  /** Tasks that may still change. */
  readonly live: readonly Pulse[]
  readonly files: ReadonlyMap<TaskId, Pick<ManifestTask, 'files' | 'problem'>>
  /** Tasks that have landed or were dropped, with their stamps. */
  readonly settled: readonly { readonly id: TaskId; readonly stamp: string }[]
  /** What the checkpoint before holds in a folder, so that what has not changed is not read again. */
  readonly known: (folder: string) => ReadonlyMap<string, ObjectNameOf>
}
type ObjectNameOf = Extract<Kept, { blob: unknown }>['blob']

/** One task that would be set back: what it was then, and what its rows were. */
export type TaskThen = {
  readonly id: TaskId
  readonly state: TaskState
  readonly reason: string | null
  readonly number: number
  readonly title: string
  readonly wish: string
  /** Of a checkpoint from elsewhere: it is never set back, only made anew. */
  readonly foreign: boolean
  /** It was a dry run: set back, or made anew, it is one again. */
  readonly dry: boolean
  /** Absent of a task that had landed or was dropped: it held no files then. */
  readonly live?: Manifest['tasks'][number]
  readonly conversation: string
  readonly rows: string
}

/** How a task differs from what it was, as a preview tells it. */
export type Difference = Partial<
  Pick<RestorePreview['tasks'][number], 'files' | 'insertions' | 'deletions' | 'names' | 'messages' | 'words' | 'unheard' | 'reworded'>
>

export type Comparing = { readonly m: Pick<Machinery, 'db' | 'git'>; readonly project: Project; readonly before: TaskThen; readonly now: Pulse }

/** Where the writes of a way back go: one task, inside the one transaction. */
export type Bringing = { readonly tx: Tx; readonly task: TaskId; readonly before: TaskThen; readonly restore: Restore }

export type Part = {
  /** The folder of the checkpoint it lies in, and the word by which it is chosen. */
  readonly name: string
  readonly title: string
  /** Folders of an earlier checkpoint it wants to know. */
  readonly folders: readonly string[]
  readonly snapshot: (s: Snapshotting) => Promise<readonly Kept[]>
  /** Against what is there now; changes nothing. */
  readonly compare: (c: Comparing) => Promise<Difference>
  /** Brings a task back to what it was. */
  readonly setBack: (b: Bringing) => Promise<unknown>
  /** Gives it to a new task; `run` is the first of that one, if it is given one. */
  readonly copy: (b: Bringing & { readonly run: RunId }) => Promise<unknown>
}
