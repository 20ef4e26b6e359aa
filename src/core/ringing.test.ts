import { expect, it } from 'vitest'
import { isQuiet, knownZone, minuteOfDay, ringingOf, rings, type RingRule } from './ringing.ts'

const NIGHT = { from: 22 * 60, to: 7 * 60, zone: 'Europe/Berlin' }
const at = (iso: string): Date => new Date(iso)

it('quiet hours follow the clock on the wall, over midnight and over both changes of summer time', () => {
  const quiet = (iso: string): boolean => isQuiet(NIGHT, at(iso))
  // Winter: Berlin is an hour ahead of UTC.
  expect(['2026-01-10T20:59:00Z', '2026-01-10T21:00:00Z', '2026-01-11T05:59:00Z', '2026-01-11T06:00:00Z'].map(quiet)).toEqual([
    false,
    true,
    true,
    false,
  ])
  // The night of 29 March loses an hour, that of 25 October has one more: it is 7 o'clock an hour earlier, and later, than the day before.
  expect(['2026-03-29T04:59:00Z', '2026-03-29T05:00:00Z'].map(quiet)).toEqual([true, false])
  expect(['2026-10-25T05:59:00Z', '2026-10-25T06:00:00Z'].map(quiet)).toEqual([true, false])
  expect(minuteOfDay(at('2026-10-25T00:30:00Z'), 'Europe/Berlin')).toBe(150)
  expect(minuteOfDay(at('2026-10-25T01:30:00Z'), 'Europe/Berlin')).toBe(150)
})

it('hours within a day, hours that are none, and zones of half an hour', () => {
  expect(isQuiet({ from: 600, to: 660, zone: 'UTC' }, at('2026-01-01T10:30:00Z'))).toBe(true)
  expect(isQuiet({ from: 600, to: 660, zone: 'UTC' }, at('2026-01-01T11:00:00Z'))).toBe(false)
  expect(isQuiet({ from: 600, to: 600, zone: 'UTC' }, at('2026-01-01T10:00:00Z'))).toBe(false)
  expect(minuteOfDay(at('2026-01-01T00:00:00Z'), 'Asia/Kolkata')).toBe(330)
  expect([knownZone('europe/berlin'), knownZone('Mars/Olympus'), knownZone('')]).toEqual(['Europe/Berlin', undefined, undefined])
})

it('what says most about a message counts: task before project before all, a class before all classes', () => {
  const rules: RingRule[] = [
    { scope: 'all', class: 'all', how: 'silent' },
    { scope: 'all', class: 'failed', how: 'loud' },
    { scope: 'project', class: 'all', how: 'critical' },
    { scope: 'task', class: 'done', how: 'silent' },
  ]
  expect(ringingOf(rules, 'done')).toBe('silent')
  expect(ringingOf(rules, 'failed')).toBe('critical')
  expect(ringingOf(rules.slice(0, 2), 'failed')).toBe('loud')
  expect(ringingOf(rules.slice(0, 2), 'done')).toBe('silent')
  expect((['decision', 'question', 'done', 'failed', 'info'] as const).map((about) => ringingOf([], about))).toEqual([
    'loud',
    'loud',
    'loud',
    'loud',
    'silent',
  ])
})

it('only what is critical rings in quiet hours, and what is silent never does', () => {
  const night = at('2026-01-10T23:00:00Z')
  const day = at('2026-01-10T12:00:00Z')
  expect(
    (['loud', 'silent', 'critical'] as const).map((how) => [rings(how, NIGHT, night), rings(how, NIGHT, day), rings(how, undefined, night)]),
  ).toEqual([
    [false, true, true],
    [false, false, false],
    [true, true, true],
  ])
})
