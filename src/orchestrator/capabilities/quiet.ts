import { LughError, isQuiet, knownZone } from '#core'
import { dropQuiet, quietOf, setQuiet, type Quiet } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'

const HOURS = /^(\d{1,2})(?::(\d{2}))?\s*[-–]\s*(\d{1,2})(?::(\d{2}))?$/u
const HOW = 'Like this: /quiet 22-7 Europe/Berlin, or /quiet 22:30-6:45; /quiet off ends it.'

const Input = z.object({
  /** `22-7`, `22:30-6:45` or `off`; left out, nothing changes. */
  hours: z.string().max(40).optional(),
  /** An IANA name; left out, the one that was set before. */
  zone: z.string().max(60).optional(),
})

/** Sets the hours in which nothing rings but what is marked critical; what they held back is summed up when they are over. */
export const quiet = capability({
  name: 'set_quiet_hours',
  describe: 'Hours in which nothing rings.',
  input: Input,
  output: z.object({ hours: z.string().nullable(), zone: z.string().nullable(), quietNow: z.boolean() }),
  kind: 'request',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: {
    telegram: { command: 'quiet', usage: '/quiet [22-7 ZONE | off]', example: '/quiet 22-7 Europe/Berlin', parse: parseWords },
    cli: { none: 'a terminal rings nobody' },
    mcp: { none: 'what rings is for whoever has the phone' },
  },
  act: async (act, input) => {
    const { tx, caller, clock } = act
    const before = await quietOf(tx, caller.personId)
    if (input.hours === undefined && input.zone === undefined) return answer(before, clock.now())
    if (input.hours?.toLowerCase() === 'off') {
      await dropQuiet(tx, caller.personId)
      return answer(undefined, clock.now())
    }
    const hours = input.hours === undefined ? before : readHours(input.hours)
    if (hours === undefined) throw new LughError('input.invalid', HOW)
    const zone = input.zone === undefined ? (before?.zone ?? 'UTC') : knownZone(input.zone)
    if (zone === undefined)
      throw new LughError(
        'input.invalid',
        `I know no time zone “${input.zone?.slice(0, 40) ?? ''}”. Names are like Europe/Berlin or America/New_York.`,
      )
    await setQuiet(tx, { personId: caller.personId, from: hours.from, to: hours.to, zone })
    return answer(await quietOf(tx, caller.personId), clock.now())
  },
  say: (o) => {
    if (o.hours === null) return `No quiet hours: what rings, rings at any time. ${HOW}`
    return `🌙 Quiet from ${o.hours}, ${o.zone ?? 'UTC'}${o.quietNow ? ' (now)' : ''}. Nothing rings then but what /notify marks critical; what was held back is summed up afterwards.`
  },
})

function parseWords(words: string): z.infer<typeof Input> {
  const [hours, ...zone] = words.trim().split(/\s+/u)
  if (hours === undefined || hours === '') return {}
  return { hours, ...(zone.length === 0 ? {} : { zone: zone.join('_') }) }
}

function readHours(words: string): { from: number; to: number } {
  const [, h1, m1 = '0', h2, m2 = '0'] = HOURS.exec(words.trim()) ?? []
  const from = Number(h1) * 60 + Number(m1)
  const to = (Number(h2) % 24) * 60 + Number(m2)
  if (h1 === undefined || h2 === undefined || Number(h1) > 23 || Number(h2) > 24 || Number(m1) > 59 || Number(m2) > 59 || from === to)
    throw new LughError('input.invalid', `“${words.slice(0, 40)}” are no hours of a day. ${HOW}`)
  return { from, to }
}

function answer(row: Quiet | undefined, now: Date): { hours: string | null; zone: string | null; quietNow: boolean } {
  if (row === undefined) return { hours: null, zone: null, quietNow: false }
  return { hours: `${clock(row.from)} to ${clock(row.to)}`, zone: row.zone, quietNow: isQuiet(row, now) }
}

function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
}
