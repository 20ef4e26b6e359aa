/** Whether a message rings: what it is about, what the person said of that, and the clock on their wall. Pure. */

/** `info`: everything that only tells. */
export const NOTICE_CLASSES = ['decision', 'question', 'done', 'failed', 'info'] as const
export type NoticeClass = (typeof NOTICE_CLASSES)[number]

/** `critical` rings in quiet hours, too. */
export const RINGINGS = ['loud', 'silent', 'critical'] as const
export type Ringing = (typeof RINGINGS)[number]

/** `scope`: how much it says about one message. */
export type RingRule = { readonly scope: 'all' | 'project' | 'task'; readonly class: NoticeClass | 'all'; readonly how: Ringing }

/** Minutes of the day from midnight by the clock of `zone` (an IANA name); `from` later than `to` is over midnight, the same is never. */
export type QuietHours = { readonly from: number; readonly to: number; readonly zone: string }

const SCOPES = ['all', 'project', 'task'] as const

/** What is said of such a message: by its task before its project before all, by its class before all classes; else it is loud. */
export function ringingOf(rules: readonly RingRule[], about: NoticeClass): Ringing {
  const weight = (rule: RingRule): number => SCOPES.indexOf(rule.scope) * 2 + (rule.class === 'all' ? 0 : 1)
  const fitting = rules.filter((rule) => rule.class === 'all' || rule.class === about).toSorted((a, z) => weight(z) - weight(a))
  return fitting[0]?.how ?? (about === 'info' ? 'silent' : 'loud')
}

/** Whether it rings now. */
export function rings(how: Ringing, quiet: QuietHours | undefined, now: Date): boolean {
  if (how === 'critical') return true
  return how === 'loud' && (quiet === undefined || !isQuiet(quiet, now))
}

/** Whether the clock on the wall stands within the hours. It is read anew each time, so a change of summer time needs no reckoning. */
export function isQuiet({ from, to, zone }: QuietHours, now: Date): boolean {
  const minute = minuteOfDay(now, zone)
  return from <= to ? minute >= from && minute < to : minute >= from || minute < to
}

/** Minutes since midnight on the wall of the zone. Throws RangeError for a zone that nobody knows. */
export function minuteOfDay(now: Date, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).formatToParts(now)
  const of = (type: string): number => Number(parts.find((part) => part.type === type)?.value ?? 0)
  return of('hour') * 60 + of('minute')
}

/** `Europe/Berlin` whatever its case; undefined for a zone that nobody knows. */
export function knownZone(zone: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone: zone }).resolvedOptions().timeZone
  } catch {
    return undefined
  }
}
