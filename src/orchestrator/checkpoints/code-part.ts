/** The part of a checkpoint that is files: of every task's worktree, and of the target branch. */
import type { TaskId } from '#core'
import type { Kept } from '#git'
import type { Part } from './part.ts'

/** Where a checkpoint holds a task's files, byte for byte. */
export function filesPath(task: TaskId): string {
  return `code/${task}/files`
}

export const codePart: Part = {
  name: 'code',
  title: 'Code',
  folders: [],
  snapshot: (s) =>
    Promise.resolve(
      [...s.files].flatMap(([task, { files }]): Kept[] => {
        if (files === null) return []
        return [
          { path: filesPath(task), tree: files.tree },
          ...(files.index === undefined ? [] : [{ path: `code/${task}/staged`, tree: files.index }]),
        ]
      }),
    ),
}
