import { CHECKPOINT_KINDS, LughError, b, join, type CheckpointKind } from '#core'
import { readSetting, writeSetting } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { DEFAULT_KEEPING, KEEPING_SETTING, Keeping } from '../checkpoints/keeping.ts'
import { size } from './checkpoint-words.ts'

const Wanted = z.object({
  kind: z.enum([...CHECKPOINT_KINDS, 'steps']).optional(),
  /** `null`: for ever. */
  hours: z
    .number()
    .positive()
    .max(24 * 3650)
    .nullable()
    .optional(),
  operations: z.number().int().positive().max(100_000).optional(),
  bytes: z.number().int().positive().optional(),
})

/** How long checkpoints are kept, by what they were made for; without words it says how it is. */
export const setCheckpointKeeping = capability({
  name: 'set_checkpoint_keeping',
  describe: 'Say how long checkpoints are kept.',
  input: Wanted,
  output: z.object({ keeping: Keeping }),
  kind: 'decide',
  may: ['owner'],
  doors: {
    telegram: {
      command: 'checkpoint_keep',
      usage: '/checkpoint_keep [KIND 30d | 24h | forever] [size 2GB] [operations 50]',
      example: '/checkpoint_keep nightly 14d',
      parse: (words) => parseWords(words),
    },
    cli: {
      verb: 'set_checkpoint_keeping',
      usage: 'set_checkpoint_keeping [KIND 30d | 24h | forever] [size 2GB] [operations 50]',
      parse: (argv) => parseWords(argv.join(' ')),
    },
    mcp: { none: 'how long checkpoints are kept is set by the owner at the phone' },
  },
  act: async (act, input) => {
    const before = Keeping.safeParse(await readSetting(act.tx, KEEPING_SETTING)).data ?? DEFAULT_KEEPING
    const given = input.hours
    const hours = input.kind !== undefined && input.kind !== 'steps' && given !== undefined ? { ...before.hours, [input.kind]: given } : before.hours
    const stepHours = input.kind === 'steps' && given !== undefined ? given : before.stepHours
    const keeping = { hours, stepHours, operations: input.operations ?? before.operations, bytes: input.bytes ?? before.bytes }
    if (JSON.stringify(keeping) !== JSON.stringify(before)) await writeSetting(act.tx, KEEPING_SETTING, keeping)
    return { keeping }
  },
  say: (o) =>
    join([
      b('Checkpoints are kept'),
      ...CHECKPOINT_KINDS.map((kind) => `· ${WORD[kind]}: ${hoursText(o.keeping.hours[kind])}`),
      `· steps, the files each step of a finished task left: ${hoursText(o.keeping.stepHours)}`,
      `At most ${o.keeping.operations} before commands, and ${size(o.keeping.bytes)} in a project; the oldest that end by themselves go first.`,
    ]),
})

const WORD: Record<CheckpointKind, string> = {
  manual: 'manual, made by a person',
  imported: 'imported',
  plan: 'plan, at its Go',
  merge: 'merge, before each',
  nightly: 'nightly',
  restore: 'restore, before each',
  operation: 'operation, before a destructive command',
}

/** `30 days`, `24 hours`, `for ever`. */
export function hoursText(hours: number | null): string {
  if (hours === null) return 'for ever'
  return hours % 24 === 0 && hours > 24 ? `${hours / 24} days` : `${hours} hours`
}

const UNITS: Readonly<Record<string, number>> = { MB: 1e6, GB: 1e9 }

function parseWords(words: string): z.infer<typeof Wanted> {
  const [first = '', second = '', ...more] = words.trim().split(/\s+/u)
  if (first === '') return {}
  const kind = [...CHECKPOINT_KINDS, 'steps' as const].find((one) => one === first.toLowerCase())
  const [, number = '', unit = ''] = /^(\d{1,6})([a-z]*)$/iu.exec(second) ?? []
  if (more.length === 0 && kind !== undefined && second.toLowerCase() === 'forever') return { kind, hours: null }
  if (more.length === 0 && kind !== undefined && number !== '' && (unit === 'd' || unit === 'h'))
    return { kind, hours: Number(number) * (unit === 'd' ? 24 : 1) }
  const bytes = UNITS[unit.toUpperCase()]
  if (more.length === 0 && first === 'size' && number !== '' && bytes !== undefined) return { bytes: Number(number) * bytes }
  if (more.length === 0 && first === 'operations' && number !== '' && unit === '') return { operations: Number(number) }
  throw new LughError(
    'input.invalid',
    `Write what is kept and how long: nightly 14d, operation 12h, manual forever, size 5GB. Kinds: ${CHECKPOINT_KINDS.join(', ')}, steps.`,
  )
}
