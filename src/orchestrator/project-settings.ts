/** What holds for a project: what a person set by command, else what `.lugh/config.yaml` in the repository says, else a default. */
import { LughError, MODES, type Mode, type ObjectName } from '#core'
import type { Project } from '#db'
import type { Author, Git } from '#git'
import { parse } from 'yaml'
import { z } from 'zod'
import { repositoryOf } from './machinery.ts'

const CONFIG_PATH = '.lugh/config.yaml'
const MAX_CONFIG_BYTES = 64 * 1024 // a settings file larger than this is none

/** A file of the repository, so untrusted: every command in it runs behind the walls only, and unknown keys are ignored. */
const ConfigFile = z.object({
  test: z.string().trim().min(1).max(2000).optional(),
  setup: z.string().trim().min(1).max(2000).optional(),
  target: z.string().trim().min(1).max(250).optional(),
  'fast-forward': z.boolean().optional(),
  author: z.string().trim().max(200).optional(),
  /** Hosts it would like to reach; allowed by nobody but a person. */
  network: z.array(z.string().trim().min(1).max(260)).max(50).optional(),
  mode: z.enum(MODES).optional(),
})

export type Settings = {
  readonly target: string
  readonly test?: string
  readonly setup?: string
  readonly fastForward: boolean
  /** A proposal of the repository: nothing is reachable by it. */
  readonly network?: readonly string[]
  /** What the file says; it can only make a mode stricter. */
  readonly mode?: Mode
  /** What is wrong with the settings file, for the person. */
  readonly problem?: string
}

/** Commands that run in a worktree, behind the walls. */
export type Commands = Pick<Settings, 'test' | 'setup'>

export type SettingsFile = { readonly file: z.infer<typeof ConfigFile>; readonly problem?: string }

/** Parses the text of a settings file; a broken one counts as empty and says why. */
export function parseSettings(text: string | undefined): SettingsFile {
  if (text === undefined) return { file: {} }
  try {
    const parsed = ConfigFile.safeParse(parse(text, { maxAliasCount: 10 }) ?? {})
    if (parsed.success) return { file: parsed.data }
    const issue = parsed.error.issues[0]
    return { file: {}, problem: `${CONFIG_PATH} is not used: ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'it does not fit'}.` }
  } catch {
    return { file: {}, problem: `${CONFIG_PATH} is not used: it is not valid YAML.` }
  }
}

/** Reads the settings that hold at the newest commit of the target; answers them with that commit. Errors of git pass. */
export async function readSettings(git: Git, project: Project): Promise<{ settings: Settings; tip: ObjectName }> {
  const repository = repositoryOf(project)
  const first = project.targetBranch
  if (first === null) throw new LughError('conflict', `${project.name} is still being added; try again in a moment.`, { retryable: true })
  const firstTip = await git.fetch(repository, first)
  const settings = mergeSettings(project, await fileAt(git, project, firstTip))
  return { settings, tip: settings.target === first ? firstTip : await git.fetch(repository, settings.target) }
}

/**
 * The commands that hold in a worktree made from `commit`. Asks Lugh's own store alone: with the person's repository away a task
 * still goes on, and a tap does not wait for a fetch.
 */
export async function commandsAt(git: Git, project: Project, commit: ObjectName): Promise<Commands> {
  return commandsOf(project, (await fileAt(git, project, commit)).file)
}

/** The mode the file asks for at the commit a worktree was made from: its agent cannot have changed it. */
export async function modeAt(git: Git, project: Project, commit: ObjectName): Promise<Mode | undefined> {
  return (await fileAt(git, project, commit)).file.mode
}

/** Whose name a merge onto `tip` gets: as set by command, by the file, by the person's own git. */
export async function authorAt(git: Git, project: Project, tip: ObjectName): Promise<Author> {
  const { file } = await fileAt(git, project, tip)
  return parseAuthor(project.author ?? file.author) ?? (await git.author(repositoryOf(project))) ?? { name: 'Lugh', email: 'lugh@localhost' }
}

async function fileAt(git: Git, project: Project, commit: ObjectName): Promise<SettingsFile> {
  return parseSettings(await git.readFile(repositoryOf(project), commit, CONFIG_PATH, MAX_CONFIG_BYTES))
}

function mergeSettings(project: Project, { file, problem }: SettingsFile): Settings {
  return {
    target: targetOf(project, file),
    fastForward: project.fastForward ?? file['fast-forward'] ?? true,
    ...(file.mode === undefined ? {} : { mode: file.mode }),
    ...commandsOf(project, file),
    ...(file.network === undefined ? {} : { network: file.network }),
    ...(problem === undefined ? {} : { problem }),
  }
}

function commandsOf(project: Project, file: SettingsFile['file']): Commands {
  const test = project.testCommand ?? file.test
  const setup = project.setupCommand ?? file.setup
  return {
    ...(test === undefined || test === '' ? {} : { test }),
    ...(setup === undefined || setup === '' ? {} : { setup }),
  }
}

/** A target set by command is the row's own; the default branch found when adding yields to the repository's file. */
function targetOf(project: Project, file: SettingsFile['file']): string {
  return project.targetSet ? (project.targetBranch ?? 'main') : (file.target ?? project.targetBranch ?? 'main')
}

/** `Name <mail>` → its parts; undefined when it is not of that form. */
export function parseAuthor(text: string | null | undefined): Author | undefined {
  const match = /^([^<>\n]{1,100}?) *<([^<>\s]{1,100})>$/u.exec((text ?? '').trim())
  return match?.[1] === undefined || match[2] === undefined ? undefined : { name: match[1], email: match[2] }
}
