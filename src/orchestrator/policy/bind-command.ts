/** What decisions about commands are bound to. A digest of everything that was shown and of what it would meet; nothing here reads or asks. */
import { digest } from '#core'

type CommandAction = { readonly tool: string; readonly command: string; readonly cwd: string }

/** What an approval of a command is bound to: the very text, where it runs, and for which run. */
export function commandDigest(action: CommandAction, runId: string | null): string {
  return digest('approval.command.v1', { ...action, run: runId })
}

/** What "this task" allows: the same command in the same place, for the rest of the task. */
export function grantDigest(action: CommandAction): string {
  return digest('grant.command.v1', { ...action })
}
