/**
 * A part is one kind of thing a checkpoint holds. Whoever adds a kind of state that belongs to a project writes a part for it
 * and names it in `parts.ts`; nothing else knows them.
 */
import type { TaskId } from '#core'
import type { ManifestTask, Project, Pulse, Tx } from '#db'
import type { Kept } from '#git'

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

export type Part = {
  /** The folder of the checkpoint it lies in, and the word by which it is chosen. */
  readonly name: string
  readonly title: string
  /** Folders of an earlier checkpoint it wants to know. */
  readonly folders: readonly string[]
  readonly snapshot: (s: Snapshotting) => Promise<readonly Kept[]>
}
