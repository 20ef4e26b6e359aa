/**
 * The parts of a checkpoint that are rows: one text a task. A task that has landed or was dropped is read once; as long as
 * nothing of it changes, later checkpoints name the same text.
 */
import type { TaskId } from '#core'
import {
  cameSince,
  copyConversation,
  copyRun,
  rowsOfProject,
  rowsOfTasks,
  saysTheSame,
  setBackConversation,
  setBackPlan,
  setBackTask,
  type RowGroup,
} from '#db'
import type { Kept } from '#git'
import type { Part, Snapshotting } from './part.ts'

/** Where a checkpoint holds a task's rows. The stamp changes with everything that happens to the task. */
export function rowsPath(group: RowGroup, task: { readonly id: TaskId; readonly stamp: string }): string {
  return `${group}/${task.id}.${task.stamp}`
}

export const conversationPart: Part = {
  name: 'conversation',
  title: 'Conversation',
  folders: ['conversation'],
  snapshot: (s) => rows(s, 'conversation'),
  compare: ({ m, before, now }) => cameSince(m.db, now.id, before.conversation),
  setBack: ({ tx, task, before, restore }) => setBackConversation(tx, task, before.conversation, restore.keepWords),
  copy: async ({ tx, task, before, run }) => {
    if (await copyRun(tx, task, before.rows, run)) await copyConversation(tx, task, before.conversation, run)
  },
}

export const tasksPart: Part = {
  name: 'tasks',
  title: 'Tasks',
  folders: ['tasks'],
  snapshot: async (s) => [...(await rows(s, 'tasks')), { path: 'project', text: await rowsOfProject(s.tx, s.project.id) }],
  compare: async ({ m, before, now }) => ((await saysTheSame(m.db, now.id, before.rows)) ? {} : { reworded: true }),
  setBack: ({ tx, task, before }) => setBackTask(tx, task, before.rows),
  copy: ({ tx, task, before }) => setBackPlan(tx, task, before.rows, before.foreign),
}

async function rows(s: Snapshotting, group: RowGroup): Promise<Kept[]> {
  const known = s.known(group)
  const kept: Kept[] = []
  const fresh: { id: TaskId; stamp: string }[] = [...s.live]
  for (const task of s.settled) {
    const path = rowsPath(group, task)
    const blob = known.get(path.slice(group.length + 1))
    if (blob === undefined) fresh.push(task)
    else kept.push({ path, blob })
  }
  const texts = await rowsOfTasks(
    s.tx,
    group,
    fresh.map(({ id }) => id),
  )
  for (const task of fresh) kept.push({ path: rowsPath(group, task), text: texts.get(task.id) ?? '' })
  return kept
}
