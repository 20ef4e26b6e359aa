/** Puts the room together: the functions of this folder as the one `Git` the rest of Lugh sees. Decides nothing itself. */
import { mkdirSync } from 'node:fs'
import { LughError } from '#core'
import type { Sandbox } from '#sandbox'
import { applyPatch } from './apply-patch.ts'
import { checkpoints } from './checkpoint/checkpoints.ts'
import type { Context } from './command.ts'
import { diff } from './diff.ts'
import { fileAt } from './file-at.ts'
import { endDryRun, keepForDryRun } from './dry-run.ts'
import { writeGitConfig } from './git-config.ts'
import { keepHunks } from './keep-hunks.ts'
import { land } from './land.ts'
import { removeRepository } from './remove-repository.ts'
import { names } from './names.ts'
import { placesOf } from './places.ts'
import { planLanding } from './plan-landing.ts'
import type { Git } from './port.ts'
import { createQueue } from './queue.ts'
import { rememberFiles } from './remember-files.ts'
import { addRepository, author, fetch } from './repository.ts'
import { search, tipOf } from './search.ts'
import { snapshot } from './snapshot.ts'
import { sweep } from './sweep.ts'
import { commit, materialise, merge, readFile, treeOf } from './trees.ts'
import { createWorktree, removeWorktree } from './worktree.ts'

export type GitOptions = {
  /** LUGH_HOME; everything of this room lies in its `repos` and `git`. */
  readonly home: string
  readonly sandbox: Sandbox
  /** The person Lugh runs for: their home holds their git configuration and credentials. */
  readonly hostEnvironment: { readonly home: string }
}

/** Makes the room's port. Writes Lugh's git configuration under `home`; starts nothing. */
export function createGit({ home, sandbox, hostEnvironment }: GitOptions): Git {
  mkdirSync(home, { recursive: true })
  const context: Context = { home, sandbox, config: writeGitConfig(home, hostEnvironment.home), oneAtATime: createQueue(), running: new Map() }
  const base = (projectId: Parameters<typeof placesOf>[1]): string => placesOf(home, projectId).base
  return {
    version: () => version(context),
    addRepository: (repository) => context.oneAtATime(base(repository.projectId), () => addRepository(context, repository)),
    removeRepository: (repository) => context.oneAtATime(base(repository.projectId), () => removeRepository(context, repository)),
    fetch: (repository, branch) => context.oneAtATime(base(repository.projectId), () => fetch(context, repository, branch)),
    readFile: rememberFiles((...args) => readFile(context, ...args)),
    fileAt: (...args) => fileAt(context, ...args),
    search: (...args) => search(context, ...args),
    names: (...args) => names(context, ...args),
    tipOf: (...args) => tipOf(context, ...args),
    author: (repository) => author(context, repository),
    createWorktree: (repository, worktree) => createWorktree(context, repository, worktree),
    removeWorktree: (repository, worktree) => removeWorktree(context, repository, worktree),
    sweep: (repository, live) => context.oneAtATime(base(repository.projectId), () => sweep(context, repository, live)),
    mounts: ({ projectId }) => ({ writable: [placesOf(home, projectId).workshop], readable: [base(projectId)] }),
    snapshot: (...args) => snapshot(context, ...args),
    keepForDryRun: (...args) => keepForDryRun(context, ...args),
    endDryRun: (...args) => endDryRun(context, ...args),
    treeOf: (...args) => treeOf(context, ...args),
    diff: (...args) => diff(context, ...args),
    keepHunks: (...args) => keepHunks(context, ...args),
    merge: (...args) => merge(context, ...args),
    applyPatch: (...args) => applyPatch(context, ...args),
    materialise: (...args) => materialise(context, ...args),
    planLanding: (...args) => planLanding(context, ...args),
    commit: (...args) => commit(context, ...args),
    land: (...args) => land(context, ...args),
    checkpoints: checkpoints(context),
  }
}

/** `merge-tree --write-tree` came with it. */
const OLDEST = { major: 2, minor: 38 }

async function version(context: Context): Promise<string> {
  const { stdout } = await context.sandbox.trusted({ argv: ['git', 'version'], cwd: context.home })
  const [found, major, minor] = /(\d+)\.(\d+)(?:\.\d+)*/.exec(stdout) ?? []
  const isNew = Number(major) > OLDEST.major || (Number(major) === OLDEST.major && Number(minor) >= OLDEST.minor)
  if (found !== undefined && isNew) return found
  throw new LughError('git.too-old', `Lugh needs git ${OLDEST.major}.${OLDEST.minor} or newer; this machine has ${found ?? 'none'}.`)
}
