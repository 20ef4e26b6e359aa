/** Saves the files of every task that may still change. A worktree that cannot be read does not stop the others: it is named with the reason. */
import { LughError, ObjectName, sayError, type TaskId } from '#core'
import type { ManifestTask, Project, Pulse } from '#db'
import { repositoryOf, type Machinery } from '../machinery.ts'

export type SavedFiles = Pick<ManifestTask, 'files' | 'problem'>

/** The files of each task, by its id. Errors of the moment (a full disk, a hanging git) pass. */
export async function saveFiles(m: Pick<Machinery, 'git'>, project: Project, live: readonly Pulse[]): Promise<Map<TaskId, SavedFiles>> {
  const saved = new Map<TaskId, SavedFiles>()
  for (const pulse of live) saved.set(pulse.id, await filesOf(m, project, pulse))
  return saved
}

async function filesOf(m: Pick<Machinery, 'git'>, project: Project, pulse: Pulse): Promise<SavedFiles> {
  if (pulse.worktree === null || pulse.baseCommit === null) return { files: takenDown(pulse) }
  try {
    const base = ObjectName.parse(pulse.baseCommit)
    const { tree, head, index, ignored, ignoredCount, nested, emptyFolders } = await m.git.checkpoints.saveWorktree(repositoryOf(project), {
      path: pulse.worktree,
      base,
    })
    const staged = { ...(head === undefined ? {} : { head }), ...(index === undefined ? {} : { index }) }
    return {
      files: {
        tree,
        ...staged,
        raw: true,
        ignored: [...ignored],
        ignoredCount,
        nested: [...nested],
        emptyFolders: [...emptyFolders],
      },
    }
  } catch (error) {
    if (!(error instanceof LughError) || error.retryable) throw error
    return { files: null, problem: sayError(error) }
  }
}

/** The files of a worktree that was taken down lie in the store already. */
function takenDown(pulse: Pulse): ManifestTask['files'] {
  if (pulse.savedTree === null) return null
  const name = (text: string | null, key: 'head' | 'index'): object => (text === null ? {} : { [key]: ObjectName.parse(text) })
  return {
    tree: ObjectName.parse(pulse.savedTree),
    ...name(pulse.savedHead, 'head'),
    ...name(pulse.savedIndex, 'index'),
    raw: pulse.savedRaw,
    ignored: [],
    ignoredCount: 0,
    nested: [],
    emptyFolders: [],
  }
}
