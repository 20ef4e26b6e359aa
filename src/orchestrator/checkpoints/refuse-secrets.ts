/** Nothing that looks like a key leaves in a checkpoint's file: not in what was said, not in files that are in no history yet. Only reads. */
import { LughError, keysInPatch, oneLine, type ObjectName } from '#core'
import type { Project } from '#db'
import { repositoryOf, type Machinery } from '../machinery.ts'
import type { Proven } from './prove.ts'

const ROWS = ['conversation', 'tasks'] as const

/** Throws `git.refused-content` with the place and the way out, never with the key. */
export async function refuseSecrets(m: Pick<Machinery, 'git' | 'redact'>, project: Project, { checkpoint, commit, manifest }: Proven): Promise<void> {
  const repository = repositoryOf(project)
  const name = `C${checkpoint.number}`
  for (const task of manifest.tasks) {
    if (task.files === null || task.base === null) continue
    const base = await m.git.treeOf(repository, task.base)
    const trees: readonly (ObjectName | undefined)[] = [task.files.tree, task.files.index]
    for (const tree of trees) {
      if (tree === undefined || tree === base) continue
      const { patch } = await m.git.diff(repository, base, tree)
      const [found] = keysInPatch(patch)
      const where = found === undefined ? (m.redact(patch) === patch ? undefined : 'a file of it') : `${oneLine(found.path, 80)}, line ${found.line}`
      if (where !== undefined)
        throw refused(`${name} holds what looks like a key: T${task.number}, ${where}. Take it out or ignore it, and export a new checkpoint.`)
    }
  }
  for (const folder of ROWS) {
    const paths = [...(await m.git.checkpoints.list(repository, commit, folder)).keys()].map((entry) => `${folder}/${entry}`)
    for (const [path, text] of await m.git.checkpoints.read(repository, commit, paths))
      if (m.redact(text) !== text) throw refused(`${name} holds what looks like a key in ${path.split('.')[0] ?? path}, so it stays here.`)
  }
}

function refused(say: string): LughError {
  return new LughError('git.refused-content', say)
}
