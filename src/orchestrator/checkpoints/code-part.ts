/** The part of a checkpoint that is files: of every task's worktree, and of the target branch. */
import { ObjectName, type TaskId } from '#core'
import { setBackFiles, type Saved } from '#db'
import type { Kept } from '#git'
import { toldDifference } from './changed.ts'
import type { Bringing, Part } from './part.ts'
import { saveFiles } from './save-files.ts'

/** Where a checkpoint holds a task's files, byte for byte. */
export function filesPath(task: TaskId): string {
  return `code/${task}/files`
}

/** Where it holds what was staged there. */
export function stagedPath(task: TaskId): string {
  return `code/${task}/staged`
}

export const codePart: Part = {
  name: 'code',
  title: 'Code',
  folders: [],
  snapshot: (s) =>
    Promise.resolve(
      [...s.files].flatMap(([task, { files }]): Kept[] => {
        if (files === null) return []
        return [{ path: filesPath(task), tree: files.tree }, ...(files.index === undefined ? [] : [{ path: stagedPath(task), tree: files.index }])]
      }),
    ),
  compare: async ({ m, project, before, now }) => {
    const then = before.live?.files?.tree
    const current = (await saveFiles(m, project, [now])).get(now.id)?.files?.tree
    if (then === undefined || current === undefined) return {}
    return toldDifference(m.git, project, ObjectName.parse(current), then)
  },
  setBack: bringFiles,
  copy: bringFiles,
}

/** The task's next worktree is made of them. */
function bringFiles({ tx, task, before: { live } }: Bringing): Promise<void> {
  const files = live?.files ?? null
  const saved: Saved = {
    base: live?.base ?? null,
    tree: files?.tree ?? null,
    head: files?.head ?? null,
    index: files?.index ?? null,
    raw: files?.raw ?? false,
  }
  return setBackFiles(tx, task, saved)
}
