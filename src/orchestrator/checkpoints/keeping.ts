/** How long checkpoints are kept, by what they were made for. What a person made or imported stays until a person says otherwise. Pure. */
import type { CheckpointKind } from '#core'
import type { Checkpoint } from '#db'
import { z } from 'zod'

const HOUR_MS = 3_600_000

/** Hours each kind is kept; `null`: for ever. And how much those that end by themselves may take up in one project. */
export const Keeping = z.object({
  hours: z.object({
    manual: z.number().positive().nullable(),
    imported: z.number().positive().nullable(),
    plan: z.number().positive().nullable(),
    merge: z.number().positive().nullable(),
    nightly: z.number().positive().nullable(),
    restore: z.number().positive().nullable(),
    operation: z.number().positive().nullable(),
  }),
  /** The files a finished task's steps and changes left, step by step; those of a task that may go on are always kept. */
  stepHours: z
    .number()
    .positive()
    .nullable()
    .default(30 * 24),
  /** More than this many before a command are of one long day's work; the oldest go first. */
  operations: z.number().int().positive(),
  bytes: z.number().int().positive(),
})
export type Keeping = z.infer<typeof Keeping>

/** Merges and finished steps a month, nights a week, commands and restores a day; 2 GB is what a large project's month takes. */
export const DEFAULT_KEEPING: Keeping = {
  hours: { manual: null, imported: null, plan: 30 * 24, merge: 30 * 24, nightly: 7 * 24, restore: 24, operation: 24 },
  stepHours: 30 * 24,
  operations: 50,
  bytes: 2 * 1024 ** 3,
}

/** The key of the setting. */
export const KEEPING_SETTING = 'checkpoint.keeping'

/** Why a checkpoint may go. */
export type Going = { readonly checkpoint: Checkpoint; readonly why: 'time' | 'count' | 'size' }

/** Which of a project's whole checkpoints have had their time, newest first in `all`. The newest one always stays. */
export function goingNow(all: readonly Checkpoint[], keeping: Keeping, now: Date): Going[] {
  const old = all.slice(1).filter((one) => isOver(one.kind, one.createdAt, keeping, now))
  const going: Going[] = old.map((checkpoint) => ({ checkpoint, why: 'time' }))
  const left = all.filter((one) => !old.includes(one))
  const crowd = left.filter(({ kind }) => kind === 'operation').slice(keeping.operations)
  going.push(...crowd.map((checkpoint): Going => ({ checkpoint, why: 'count' })))
  return [
    ...going,
    ...tooLarge(
      left.filter((one) => !crowd.includes(one)),
      keeping,
    ),
  ]
}

function isOver(kind: CheckpointKind, at: Date, keeping: Keeping, now: Date): boolean {
  const hours = keeping.hours[kind]
  return hours !== null && now.getTime() - at.getTime() > hours * HOUR_MS
}

/** Of those that end by themselves the oldest go until the rest fits; what is kept for ever counts, and never goes. */
function tooLarge(left: readonly Checkpoint[], keeping: Keeping): Going[] {
  let bytes = left.reduce((sum, one) => sum + (one.bytes ?? 0), 0)
  const going: Going[] = []
  for (const checkpoint of left.slice(1).toReversed()) {
    if (bytes <= keeping.bytes) break
    if (keeping.hours[checkpoint.kind] === null) continue
    bytes -= checkpoint.bytes ?? 0
    going.push({ checkpoint, why: 'size' })
  }
  return going
}
