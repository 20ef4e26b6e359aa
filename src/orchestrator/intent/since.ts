/** Since when: `yesterday`, `last two hours`, `9:30`, `Montag` → a moment in the machine's own time zone. Pure. */
import { NUMBER, numberOf } from './numbers.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const UNITS: readonly (readonly [RegExp, number])[] = [
  [/^(?:m|min|minutes?|minuten?)$/iu, MINUTE_MS],
  [/^(?:h|hours?|stunden?)$/iu, HOUR_MS],
  [/^(?:d|days?|tagen?|tage?)$/iu, DAY_MS],
  [/^(?:w|weeks?|wochen?)$/iu, 7 * DAY_MS],
]
const SPAN = new RegExp(
  `(?:^|\\s)(?:(${NUMBER}|an?|einer?|einem)\\s*)?(m|min|minutes?|minuten?|h|hours?|stunden?|d|days?|tagen?|tage?|w|weeks?|wochen?)(?![\\p{L}\\d])`,
  'iu',
)
const CLOCK = new RegExp(`(?:^|\\s)(?:at |um )?(${NUMBER})(?::(\\d{2}))?\\s*(o'clock|uhr|am|pm|a\\.m\\.|p\\.m\\.)?(?![\\p{L}\\d])`, 'iu')
const DAYS = [
  /sunday|sonntag/iu,
  /monday|montag/iu,
  /tuesday|dienstag/iu,
  /wednesday|mittwoch/iu,
  /thursday|donnerstag/iu,
  /friday|freitag/iu,
  /saturday|samstag|sonnabend/iu,
]
/** Words for parts of a day, and the hour at which they begin; the first that is said counts. */
const PARTS: readonly (readonly [RegExp, number])[] = [
  [/overnight|last night|über nacht|gestern abend|letzte nacht/iu, -6],
  [/noon|lunch|mittag/iu, 12],
  [/afternoon|nachmittag/iu, 12],
  [/evening|abend/iu, 18],
  [/morning|heute morgen|heute früh|vormittag|today|heute/iu, 0],
]

/** The moment that is meant, never in the future; a day ago when nothing is said that can be understood. */
export function sinceWhen(words: string, now: Date): Date {
  const span = SPAN.exec(words)
  const unit = span === null ? undefined : UNITS.find(([pattern]) => pattern.test(span[2] ?? ''))?.[1]
  if (unit !== undefined) return new Date(now.getTime() - Math.min(365 * DAY_MS, (numberOf(span?.[1]) ?? 1) * unit))
  if (/yesterday|gestern(?! abend)/iu.test(words)) return atHour(now, 0, 1)
  const part = PARTS.find(([pattern]) => pattern.test(words))
  if (part !== undefined) return notAfter(atHour(now, part[1], 0), now)
  const weekday = DAYS.findIndex((pattern) => pattern.test(words))
  if (weekday >= 0) return atHour(now, 0, (now.getDay() - weekday + 7) % 7)
  return clockTime(words, now) ?? new Date(now.getTime() - DAY_MS)
}

function clockTime(words: string, now: Date): Date | undefined {
  const [, hours, minutes = '0', half = ''] = CLOCK.exec(words) ?? []
  const said = hours === '0' ? 0 : numberOf(hours)
  if (said === undefined || said > 24) return undefined
  const hour = /^p/iu.test(half) && said < 12 ? said + 12 : said
  const at = atHour(now, hour, 0)
  at.setMinutes(Number(minutes))
  return notAfter(at, now)
}

/** The hour of a day that many days back. */
function atHour(now: Date, hour: number, daysBack: number): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() - daysBack, hour)
}

/** What would be still to come was meant a day earlier. */
function notAfter(at: Date, now: Date): Date {
  return at > now ? new Date(at.getTime() - DAY_MS) : at
}
