/** Nothing that looks like a key leaves in a checkpoint's file: not in what was said, not in files that are in no history yet. Only reads. */
import { LughError, keysInPatch, oneLine, type ObjectName } from '#core'
import type { Project } from '#db'
import { repositoryOf, type Machinery } from '../machinery.ts'
import type { Proven } from './prove.ts'

/** Folders of rows; the project's own lie at the top. */
const ROWS = ['', 'conversation', 'tasks'] as const
/** Conversations held in memory at a time: a project has thousands, and some are megabytes. */
const AT_ONCE = 50

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
      const where = keyIn(m, patch)
      if (where !== undefined)
        throw refused(`${name} holds what looks like a key: T${task.number}, ${where}. Take it out or ignore it, and export a new checkpoint.`)
    }
    // What an agent committed comes along with every commit before it, whatever a later one took out.
    const { head } = task.files
    if (head === undefined || head === task.base) continue
    const known = [task.base, ...manifest.targets.map(({ commit }) => commit)]
    const where = keyIn(m, await m.git.checkpoints.historySince(repository, head, known))
    if (where !== undefined) throw refused(`${name} holds what looks like a key: a commit of T${task.number}, ${where}. So it stays here.`)
  }
  for (const folder of ROWS) {
    const names = [...(await m.git.checkpoints.list(repository, commit, folder)).keys()]
    const paths = folder === '' ? names.filter((entry) => entry === 'project') : names.map((entry) => `${folder}/${entry}`)
    for (let at = 0; at < paths.length; at += AT_ONCE)
      for (const [path, text] of await m.git.checkpoints.read(repository, commit, paths.slice(at, at + AT_ONCE)))
        if (m.redact(text) !== text) throw refused(`${name} holds what looks like a key in ${path.split('.')[0] ?? path}, so it stays here.`)
  }
}

/** Where a patch holds a key, or undefined. */
function keyIn(m: Pick<Machinery, 'redact'>, patch: string): string | undefined {
  const [found] = keysInPatch(patch)
  if (found === undefined) return m.redact(patch) === patch ? undefined : 'a file of it'
  return `${oneLine(found.path, 80)}, line ${found.line}`
}

function refused(say: string): LughError {
  return new LughError('git.refused-content', say)
}
