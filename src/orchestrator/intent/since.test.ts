import { expect, it } from 'vitest'
import { sinceWhen } from './since.ts'

/** A Wednesday. */
const now = new Date(2026, 10, 18, 15, 30)
const at = (day: number, hour: number, minute = 0): Date => new Date(2026, 10, day, hour, minute)

it('people say since when in many ways', () => {
  const said: Record<string, Date> = {
    'since yesterday': at(17, 0),
    'seit gestern': at(17, 0),
    'since this morning': at(18, 0),
    'seit heute früh': at(18, 0),
    'in the last two hours': at(18, 13, 30),
    'in den letzten zwei Stunden': at(18, 13, 30),
    'in the last hour': at(18, 14, 30),
    'in der letzten Stunde': at(18, 14, 30),
    '2h': at(18, 13, 30),
    '45m': at(18, 14, 45),
    'in the last 3 days': at(15, 15, 30),
    'since monday': at(16, 0),
    'seit Montag': at(16, 0),
    'since nine': at(18, 9),
    'seit neun Uhr': at(18, 9),
    '9:15': at(18, 9, 15),
    'since 2 pm': at(18, 14),
    'since 22:00': at(17, 22),
    'since lunch': at(18, 12),
    overnight: at(17, 18),
    'über Nacht': at(17, 18),
    'while I was away': at(17, 15, 30),
  }
  expect(Object.fromEntries(Object.keys(said).map((words) => [words, sinceWhen(words, now)]))).toEqual(said)
})
