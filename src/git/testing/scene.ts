/** A person's repository, a LUGH_HOME and the real sandbox in a temporary folder, for this room's tests. Never imported by anything that ships. */
// oxlint-disable-next-line no-restricted-imports -- stands in for the person, who runs git without asking Lugh
import { execFileSync } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ObjectName, ProjectId } from '#core'
import { createSandbox } from '#sandbox'
import type { Sandbox } from '#sandbox'
import { createGit } from '../create-git.ts'
import { placesOf } from '../places.ts'
import type { Places } from '../places.ts'
import type { Git, Repository } from '../port.ts'

/** File contents by path; a value may say that it is a link or executable, or be `null` to delete. */
export type Files = Readonly<Record<string, string | Uint8Array | { readonly link: string } | { readonly run: string } | null>>

export type Scene = {
  readonly root: string
  readonly home: string
  readonly personHome: string
  readonly theirs: string
  readonly sandbox: Sandbox
  readonly git: Git
  readonly repository: Repository
  readonly places: Places
  /** Another project on another location, in the same home. */
  readonly project: (kind: Repository['kind'], location: string) => Repository
  readonly worktree: (name: string) => string
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const silent = { info: () => {}, warn: () => {} }

/** Makes a scene with a repository of one commit on `main`. `format`: what its objects are named by. */
export async function openScene(files: Files = { 'README.md': '# hello\n', 'src/a.js': 'export const a = 1\n' }, format = 'sha1'): Promise<Scene> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'lugh-git-')))
  const [home, personHome, theirs] = ['home', 'person', 'theirs'].map((name) => join(root, name))
  if (home === undefined || personHome === undefined || theirs === undefined) throw new Error('unreachable')
  for (const folder of [home, personHome, theirs]) mkdirSync(folder)
  writeFileSync(join(personHome, '.gitconfig'), '[user]\n\tname = Mia\n\temail = mia@example.org\n[init]\n\tdefaultBranch = main\n')
  person(theirs, ['init', '-q', `--object-format=${format}`, '-b', 'main'])
  if (Object.keys(files).length > 0) commitAll(theirs, 'first', files)
  const sandbox = await createSandbox({ mode: 'required', home, host: { path: PATH, home: personHome, lang: 'C.UTF-8' }, log: silent })
  const git = createGit({ home, sandbox, hostEnvironment: { home: personHome } })
  const project = (kind: Repository['kind'], location: string): Repository => ({ projectId: ProjectId.parse(randomUUID()), kind, location })
  const repository = project('path', theirs)
  return {
    root,
    home,
    personHome,
    theirs,
    sandbox,
    git,
    repository,
    places: placesOf(home, repository.projectId),
    project,
    worktree: (name) => join(home, 'worktrees', name),
    [Symbol.asyncDispose]: async () => {
      await sandbox.close()
      rmSync(root, { recursive: true, force: true })
    },
  }
}

/** Runs plain git as the person would, and answers what it printed. */
export function person(cwd: string, args: readonly string[], input: string | Uint8Array = ''): string {
  return printed(cwd, args, input).trimEnd()
}

/** As `person`, to the last byte (as Latin-1). `index`: a private index file to work on. */
export function printed(cwd: string, args: readonly string[], input: string | Uint8Array = '', index?: string): string {
  const home = join(dirname(cwd), 'person')
  const env = { PATH, HOME: home, GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C', ...IDENTITY, ...(index === undefined ? {} : { GIT_INDEX_FILE: index }) }
  return execFileSync('git', ['-c', 'protocol.file.allow=always', ...args], {
    cwd,
    env,
    input,
    stdio: ['pipe', 'pipe', 'pipe'],
    maxBuffer: 1e9,
  }).toString('latin1')
}

const IDENTITY = { GIT_AUTHOR_NAME: 'Mia', GIT_AUTHOR_EMAIL: 'mia@example.org', GIT_COMMITTER_NAME: 'Mia', GIT_COMMITTER_EMAIL: 'mia@example.org' }

/** Writes files and commits everything; answers the commit. */
export function commitAll(repository: string, message: string, files: Files = {}): ObjectName {
  write(repository, files)
  person(repository, ['add', '-A'])
  person(repository, ['commit', '-q', '--allow-empty', '-m', message])
  return tip(repository, 'HEAD')
}

/** The object a name stands for. */
export function tip(repository: string, name: string): ObjectName {
  return ObjectName.parse(person(repository, ['rev-parse', '--verify', name]))
}

/** Writes (or deletes) files below a folder. */
export function write(folder: string, files: Files): void {
  for (const [path, content] of Object.entries(files)) {
    const at = join(folder, path)
    if (content !== null) makeFolder(dirname(at))
    rmSync(at, { recursive: true, force: true })
    if (content === null) continue
    if (typeof content === 'string' || content instanceof Uint8Array) writeFileSync(at, content)
    else if ('link' in content) symlinkSync(content.link, at)
    else {
      writeFileSync(at, content.run)
      chmodSync(at, 0o755)
    }
  }
}

function makeFolder(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found?.isDirectory() === true) return
  if (found !== undefined) rmSync(path)
  makeFolder(dirname(path))
  mkdirSync(path, { recursive: true })
}

/** Everything below a folder as `path → kind, mode and digest`, for byte-identical checks. `ignore`: paths (or their beginnings) left out. */
export function fingerprint(folder: string, ignore: readonly string[] = []): Record<string, string> {
  const seen: Record<string, string> = {}
  for (const path of below(folder).toSorted()) {
    if (ignore.some((start) => path === start || path.startsWith(`${start}/`))) continue
    const at = join(folder, path)
    const found = lstatSync(at)
    if (found.isSymbolicLink()) seen[path] = `link ${readlinkSync(at)}`
    else if (found.isDirectory()) seen[path] = 'folder'
    else if (found.isFile()) seen[path] = `${(found.mode & 0o777).toString(8)} ${createHash('sha256').update(readFileSync(at)).digest('hex')}`
  }
  return seen
}

/** Every path; links are not entered, as `readdirSync`'s own recursion does. */
function below(root: string, folder = ''): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, encoding: 'utf8' }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    return entry.isDirectory() ? [path, ...below(root, path)] : [path]
  })
}

/** The files of a tree, as `mode path → content`, read by plain git. */
export function treeFiles(gitDir: string, tree: string): Record<string, string> {
  const lines = person(gitDir, ['--git-dir=.', 'ls-tree', '-r', '-z', tree])
    .split('\0')
    .filter((line) => line !== '')
  return Object.fromEntries(
    lines.map((line) => {
      const [meta = '', path = ''] = line.split('\t')
      const [mode = '', type = '', object = ''] = meta.split(' ')
      return [`${mode} ${path}`, type === 'blob' ? person(gitDir, ['--git-dir=.', 'cat-file', 'blob', object]) : object]
    }),
  )
}
