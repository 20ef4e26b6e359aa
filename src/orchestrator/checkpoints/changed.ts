/** How much lies between two checkpoints: on the target, and in each task's files. */
import type { ObjectName } from '#core'
import type { Changed, Manifest, Project } from '#db'
import type { Git } from '#git'
import { repositoryOf } from '../machinery.ts'

/** Only what differs is in the answer. */
export async function changedSince(git: Git, project: Project, before: Manifest, after: Manifest): Promise<Changed> {
  const changed: Changed = []
  for (const { where, from, to } of pairs(before, after)) {
    if (from === to) continue
    changed.push({ where, ...(await git.checkpoints.stat(repositoryOf(project), from, to)) })
  }
  return changed.filter(({ files }) => files > 0)
}

export type Pair = { readonly where: string; readonly from: ObjectName; readonly to: ObjectName }

/** The trees that are to be compared: those both hold under the same name. A task that is new is compared with what it began from. */
export function pairs(before: Manifest, after: Manifest): Pair[] {
  const targets = after.targets.flatMap(({ branch, tree }) => {
    const old = before.targets.find((target) => target.branch === branch)
    return old === undefined ? [] : [{ where: branch, from: old.tree, to: tree }]
  })
  const tasks = after.tasks.flatMap(({ id, number, files }) => {
    const old = before.tasks.find((task) => task.id === id)?.files
    return files === null || old === null || old === undefined ? [] : [{ where: `T${number}`, from: old.tree, to: files.tree }]
  })
  return [...targets, ...tasks]
}

/** Of a preview's files so many are named; `🔍 Compare…` shows them all. */
const NAMED = 5

export type Told = { readonly files: number; readonly insertions: number; readonly deletions: number; readonly names?: string[] }

/** How much differs, and the first files that do. */
export async function toldDifference(git: Git, project: Project, from: ObjectName, to: ObjectName): Promise<Told> {
  const difference = await git.checkpoints.stat(repositoryOf(project), from, to)
  return difference.files === 0 ? difference : { ...difference, names: await git.checkpoints.differing(repositoryOf(project), from, to, NAMED) }
}
