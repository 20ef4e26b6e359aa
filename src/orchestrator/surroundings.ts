/**
 * What a command would meet if it ran now: environment, engine, policy, and the files it could run or read. Taken when a person is
 * asked and again when it is about to run; only looks, never changes.
 */
import { lstat, readFile, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { digest } from '#core'
import type { Project, Worktree } from '#db'
import { repositoryOf, type Machinery } from './machinery.ts'
import { POLICY_VERSION, type Binding } from './policy/bind-command.ts'

/** Looking at more entries takes seconds; what lies beyond is held by the sandbox alone. */
const MAX_ENTRIES = 300_000
/** What decides which programs git starts. Its objects and references change with every sibling's commit and start nothing. */
const GIT_FILES = ['config', 'config.worktree', 'hooks', 'info']

/** What of the running Lugh a command depends on. */
export type Here = {
  readonly git: Pick<Machinery['git'], 'mounts'>
  readonly sandbox: Pick<Machinery['sandbox'], 'environment' | 'status'>
  /** Whose command it is. */
  readonly engine: { readonly name: string }
}

/** The surroundings of a command in this worktree, each part by name. */
export async function surroundings(m: Here, project: Pick<Project, 'id' | 'kind' | 'location'>, worktree: Pick<Worktree, 'path'>): Promise<Binding> {
  const { environment, status } = m.sandbox
  const shared = m.git.mounts(repositoryOf(project)).writable
  const workshop = await Promise.all(shared.flatMap((root) => GIT_FILES.map((name) => contents(join(root, name)))))
  return {
    worktree: await stateOfTree(worktree.path),
    workshop: digest('workshop.v1', workshop.flat()),
    environment: digest('environment.v1', { ...environment, PATH: '' }),
    path: environment['PATH'] ?? '',
    walls: status.walls === 'up' ? status.how : 'none',
    engine: m.engine.name,
    policy: POLICY_VERSION,
  }
}

/**
 * Every file by name, mode, size and the times of its last change, links by their target, ignored files too: node_modules is run more
 * than src. The change time cannot be set back by a program, so no content is read: 5,000 files take about 100 ms.
 */
export async function stateOfTree(root: string): Promise<string> {
  const lines: string[] = []
  const folders = ['']
  for (let folder = folders.pop(); folder !== undefined && lines.length < MAX_ENTRIES; folder = folders.pop()) {
    const names = (await readdir(join(root, folder)).catch((): string[] => [])).toSorted(byName)
    const found = await Promise.all(names.map((name) => entry(root, join(folder, name))))
    for (const { line, path, isFolder } of found) {
      lines.push(line)
      if (isFolder) folders.push(path)
    }
  }
  return digest('tree-state.v1', lines)
}

type Entry = { readonly line: string; readonly path: string; readonly isFolder: boolean }

async function entry(root: string, path: string): Promise<Entry> {
  const at = join(root, path)
  const stat = await lstat(at, { bigint: true }).catch(() => undefined) // gone meanwhile: that is a state too
  if (stat === undefined) return { line: `gone ${path}`, path, isFolder: false }
  if (stat.isDirectory()) return { line: `${stat.mode} ${path}/`, path, isFolder: true }
  if (stat.isSymbolicLink()) return { line: `link ${path} ${await readlink(at).catch(() => '?')}`, path, isFolder: false }
  // Lugh itself may write the worktree's own .git anew when it mends a workshop.
  if (path === '.git') return { line: `.git ${await readFile(at, 'utf8').catch(() => '?')}`, path, isFolder: false }
  return { line: `${stat.mode} ${path} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs} ${stat.ino}`, path, isFolder: false }
}

/** Names and contents of a file or of the files in a directory. */
async function contents(path: string): Promise<string[]> {
  const names = await readdir(path).catch(() => undefined)
  if (names !== undefined) return (await Promise.all(names.toSorted(byName).map((name) => contents(join(path, name))))).flat()
  const stat = await lstat(path).catch(() => undefined)
  const text = stat?.isFile() === true ? await readFile(path, 'utf8').catch(() => '?') : ''
  return [`${path} ${stat?.mode ?? 'absent'} ${text}`]
}

function byName(a: string, b: string): number {
  return a < b ? -1 : 1
}
