/** What a Go or a Discard of a dry run is bound to: the change its card shows, of this very run of the agent. */
import { digest, type RunId, type TaskId } from '#core'
import type { Change } from '#db'

export function dryRunDigest(dry: { readonly task: TaskId; readonly run: RunId | null; readonly change: Change | undefined }): string {
  return digest('dry-run.v1', { task: dry.task, run: dry.run, change: dry.change?.digest ?? null })
}
