/** How a checkpoint reads in a list and in an answer for programs, and how one is named. */
import { CHECKPOINT_KINDS, CHECKPOINT_STATES, LughError, code, oneLine, type CheckpointKind, type Text } from '#core'
import { checkpointByNumber, type Changed, type Checkpoint } from '#db'
import { z } from 'zod'
import type { Act } from '../capability.ts'

/** `7` or `C7`: the answer to a question comes as it was typed. */
export const CheckpointNumber = z.preprocess(
  (value) => (typeof value === 'string' ? value.trim().replace(/^[cC](?=\d)/u, '') : value),
  z.coerce.number().int().positive().max(2_147_483_647),
)

export const CheckpointView = z.object({
  checkpoint: z.number(),
  checkpoint_id: z.string(),
  name: z.string().nullable(),
  kind: z.enum(CHECKPOINT_KINDS),
  state: z.enum(CHECKPOINT_STATES),
  failure: z.string().nullable(),
  made: z.string(),
  bytes: z.number().nullable(),
  changed: z.array(z.object({ where: z.string(), files: z.number(), insertions: z.number(), deletions: z.number() })),
})
export type CheckpointView = z.infer<typeof CheckpointView>

export function viewCheckpoint(row: Checkpoint): CheckpointView {
  return {
    checkpoint: row.number,
    checkpoint_id: row.id,
    name: row.name,
    kind: row.kind,
    state: row.state,
    failure: row.failure,
    made: row.createdAt.toISOString(),
    bytes: row.bytes,
    changed: row.changed ?? [],
  }
}

const WHY: Record<CheckpointKind, string> = {
  manual: '',
  imported: 'imported',
  plan: 'plan accepted',
  merge: 'before a merge',
  nightly: 'nightly',
  restore: 'before a restore',
  operation: 'before a command',
}

/** `before stripe`, or what an automatic one was made for. */
export function titleOf(row: Pick<Checkpoint, 'name' | 'kind'>): string {
  return row.name === null ? WHY[row.kind] : oneLine(row.name, 60)
}

/** `main 3 files +20 −4 · T12 2 files +1 −0`, at most a few of them. */
export function changedLine(changed: Changed): string {
  const shown = changed
    .slice(0, 3)
    .map((one) => `${one.where} ${one.files === 1 ? '1 file' : `${one.files} files`} +${one.insertions} −${one.deletions}`)
  return [...shown, ...(changed.length > 3 ? [`${changed.length - 3} more`] : [])].join(' · ')
}

/** Bytes as `812 bytes`, `12 kB`, `3.4 MB`, `2.1 GB`. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`
}

/** One line of the timeline. */
export function checkpointLine(view: CheckpointView): Text {
  const at = `${view.made.slice(5, 10)} ${view.made.slice(11, 16)}`
  const title = titleOf(view)
  const what =
    view.state === 'failed'
      ? `❌ not made: ${oneLine(view.failure ?? '', 120)}`
      : view.state === 'making'
        ? 'is being made'
        : changedLine(view.changed)
  return [code(`C${view.checkpoint}`), ` ${[at, title, what].filter((part) => part !== '').join(' · ')}`]
}

/** `C7`, `c7` or `7` → 7. Throws `input.invalid` for anything else. */
export function checkpointWord(word: string): number {
  const match = /^[cC]?(\d{1,9})$/u.exec(word.trim())
  if (match?.[1] === undefined || Number(match[1]) === 0)
    throw new LughError('input.invalid', `“${word.trim().slice(0, 40)}” is no checkpoint. They are called C1, C2, …; /checkpoints lists them.`)
  return Number(match[1])
}

/** The named checkpoint, whole. Throws `not-found` or `conflict` with what became of it. */
export async function theCheckpoint(act: Pick<Act, 'tx'>, number: number): Promise<Checkpoint> {
  const row = await checkpointByNumber(act.tx, number)
  if (row === undefined) throw new LughError('not-found', `There is no C${number}. /checkpoints lists what there is.`)
  if (row.state === 'making') throw new LughError('conflict', `C${number} is still being made; try again in a moment.`, { retryable: true })
  if (row.state === 'failed') throw new LughError('not-found', `C${number} could not be made: ${row.failure ?? 'see the log'}`)
  if (row.state === 'removed') throw new LughError('not-found', `C${number} was kept for its time and is gone. /checkpoints lists what there is.`)
  return row
}
