/** The files of a worktree as a step has left them. Only reads them. */
import { errorText, type ObjectName } from '#core'
import { repositoryOf } from '../machinery.ts'
import type { Work } from './work.ts'

/** So that every step can be gone back to. Files that cannot be kept (a name of git's, gigabytes), and a full disk, leave the step without: it has run, and its outcome is to be written. */
export async function treeNow({ m, project, worktree, base }: Work): Promise<ObjectName | undefined> {
  try {
    return await m.git.snapshot(repositoryOf(project), worktree.path, base)
  } catch (error) {
    m.log.warn({ worktree: worktree.path, error: errorText(error) }, 'step.without-tree')
    return undefined
  }
}
