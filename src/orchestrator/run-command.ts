/** Runs a command of a task behind the walls: what of its ground it may write, its own HOME, nothing else. */
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { LughError } from '#core'
import type { Project, Worktree } from '#db'
import type { Git } from '#git'
import type { CappedOutput, Finished, NetworkAccess, SandboxedCommand } from '#sandbox'
import { describeBlocked } from './host-access.ts'
import { repositoryOf, type Machinery } from './machinery.ts'

/** What a model is shown of each stream of a command; the rest is cut in the middle. About 8,000 tokens. */
export const OUTPUT_FOR_MODEL_BYTES = 32 * 1024

/**
 * What a command may write. `work`: the worktree and the project's workshop, so that git works there. `alone`: the worktree only; the
 * workshop is shared with other tasks. `read`: neither, both can be looked at.
 */
export type Ground = 'work' | 'alone' | 'read'

export type CommandRequest = {
  readonly ground?: Ground
  readonly project: Project
  readonly worktree: Pick<Worktree, 'taskId' | 'path'>
  readonly command: string
  readonly timeoutMs: number
  readonly signal: AbortSignal
  readonly onOutput?: (text: string) => void
  /** Hears all that is printed, on either stream, in the order it comes. */
  readonly heard?: CappedOutput | undefined
  /** Left out: no network at all. */
  readonly network?: NetworkAccess | undefined
}

/** Settings of git as variables, which win over those of any repository. */
function gitSettings(...settings: readonly (readonly [string, string])[]): Readonly<Record<string, string>> {
  const named = settings.flatMap(([key, value], n) => [
    [`GIT_CONFIG_KEY_${n}`, key],
    [`GIT_CONFIG_VALUE_${n}`, value],
  ])
  return Object.fromEntries([['GIT_CONFIG_COUNT', String(settings.length)], ...named])
}

/** A folder of the worktree with the files of a bare repository in it is one to git, and its settings name programs; an agent may write such a folder without a question. */
const NO_BARE = ['safe.bareRepository', 'explicit'] as const

/** The environment of what only looks, and so runs unasked. */
export const LOOKING = gitSettings(NO_BARE, ['core.fsmonitor', 'false'], ['core.hooksPath', '/dev/null'])

/** The environment of an engine of its own, which runs by itself what only looks, in a shell that may stand anywhere in the worktree. */
export const ASKING = gitSettings(NO_BARE)

/** The ground of a task's own commands, Lugh's runs of setup and tests included. */
export function groundFor(task: { readonly dry: boolean }): Ground {
  return task.dry ? 'alone' : 'work'
}

/** Where a task's commands have their HOME and temporary files; removed with its worktree. */
export function taskHome(m: Pick<Machinery, 'home'>, worktree: Pick<Worktree, 'taskId'>): string {
  return join(m.home, 'homes', worktree.taskId)
}

/**
 * Where what people sent lies for a task's commands and engines, which can read it. Lugh writes it outside the walls, so it is no part of the
 * HOME: that is the agent's, who may have put a link anywhere in it.
 */
export function attachedFolder(m: Pick<Machinery, 'home'>, worktree: Pick<Worktree, 'taskId'>): string {
  return join(m.home, 'attached', worktree.taskId)
}

/** As one of a command's readable directories; none as long as nobody sent anything. */
export function attachedTo(m: Pick<Machinery, 'home'>, worktree: Pick<Worktree, 'taskId'>): string[] {
  return [attachedFolder(m, worktree)].filter((folder) => existsSync(folder))
}

export async function removeTaskHome(m: Pick<Machinery, 'home'>, worktree: Pick<Worktree, 'taskId'>): Promise<void> {
  for (const folder of [taskHome(m, worktree), attachedFolder(m, worktree)]) await rm(folder, { recursive: true, force: true, maxRetries: 3 })
}

/** Answers how the command ended; throws only when it could not be started, or when the claim was lost meanwhile. */
export async function runCommand(m: Machinery, request: CommandRequest): Promise<Finished> {
  const { writable, readable } = groundOf(request.ground ?? 'work', request.worktree.path, m.git.mounts(repositoryOf(request.project)))
  const finished = await m.sandbox.run({
    command: request.command,
    cwd: request.worktree.path,
    writable,
    readable: [...readable, ...attachedTo(m, request.worktree)],
    home: taskHome(m, request.worktree),
    ...(request.ground === 'read' ? { env: LOOKING } : {}),
    limits: { timeoutMs: request.timeoutMs, outputBytes: OUTPUT_FOR_MODEL_BYTES },
    signal: request.signal,
    ...(request.network === undefined ? {} : { network: request.network }),
    onOutput: (text) => {
      request.heard?.push(Buffer.from(text))
      request.onOutput?.(text)
    },
  })
  if (finished.endedBy === 'abort') throw new LughError('conflict', 'This task was stopped.')
  return finished
}

/** Which directories a command of this ground may write and read. */
export function groundOf(ground: Ground, worktree: string, project: ReturnType<Git['mounts']>): Pick<SandboxedCommand, 'writable' | 'readable'> {
  const shared = [...project.writable, ...project.readable]
  if (ground === 'work') return { writable: [worktree, ...project.writable], readable: project.readable }
  return ground === 'alone' ? { writable: [worktree], readable: shared } : { writable: [], readable: [worktree, ...shared] }
}

const HOW_TO_SEE_MORE =
  '[The middle of the output was left out. To see it, filter with grep or head, or write it to "$TMPDIR/out.txt" and look at parts of that with sed -n.]'

/** The result as a model reads it: exit code first, then what was printed. */
export function describeFinished(finished: Finished): string {
  const end =
    finished.endedBy === 'timeout'
      ? `timed out after ${Math.round(finished.ms / 1000)} s and was ended`
      : finished.endedBy === 'limit'
        ? `was ended: ${finished.limit ?? 'it used too much'}`
        : finished.endedBy === 'output-cap'
          ? 'was ended: it printed too much'
          : finished.signal === null
            ? `exit code ${finished.exitCode ?? 'unknown'}`
            : `ended by signal ${finished.signal}`
  const parts = [
    end,
    finished.stdout.trimEnd(),
    finished.stderr.trimEnd() === '' ? '' : `stderr:\n${finished.stderr.trimEnd()}`,
    describeBlocked(finished.traffic?.blocked ?? []),
    finished.truncated ? HOW_TO_SEE_MORE : '',
  ]
  return parts.filter((part) => part !== '').join('\n')
}
