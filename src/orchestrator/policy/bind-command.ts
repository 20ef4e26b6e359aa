/** What decisions about commands are bound to. A digest of everything that was shown and of what it would meet; nothing here reads or asks. */
import { digest } from '#core'

/** Part of every approval: under other rules, what was asked is asked anew. Raise it with every change of judgement. */
export const POLICY_VERSION = '4'

type CommandAction = {
  readonly tool: string
  readonly command: string
  readonly cwd: string
  readonly call?: { readonly [name: string]: string } | undefined
}
/** What the command would meet, each by name, so that a card can say what changed. */
export type Binding = Readonly<Record<string, string>>

/** What an approval of a command is bound to: the very text, where it runs, for which run, and what it would meet there. */
export function commandDigest(action: CommandAction, runId: string | null, binding: Binding): string {
  return digest('approval.command.v2', { action, run: runId, binding })
}

/** What "this task" allows: the same command in the same place, for the rest of the task. */
export function grantDigest(action: CommandAction): string {
  return digest('grant.command.v1', { ...action })
}

/** The same for requests of one project that a person would answer alike: what would run, and how risky it looked. */
export function alikeDigest(projectId: string, action: CommandAction, risk: string): string {
  return digest('approval.alike.v1', { projectId, tool: action.tool, command: action.command, risk, policy: POLICY_VERSION })
}

const SAID: Readonly<Record<string, string>> = {
  worktree: 'files of the worktree',
  workshop: 'git’s settings or hooks',
  environment: 'the environment',
  path: 'PATH',
  engine: 'the engine',
  policy: 'the policy',
  walls: 'the sandbox',
  network: 'the hosts it may reach',
  shell: 'how it is run',
  tool: 'what the tool says of itself',
  server: 'how the server is started or reached',
}

/** What differs between two bindings, in words. */
export function whatChanged(before: Binding, after: Binding): string {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => before[name] !== after[name])
  return names.map((name) => SAID[name] ?? name).join(', ')
}
