import { expect, it } from 'vitest'
import { readIntent } from './read-intent.ts'
import { corrected, once, withoutHesitation } from './speech.ts'

it('hesitation goes wherever it stands, and words that only look like it stay', () => {
  expect(['Um, stop uh T4', 'ähm mach äh weiter', 'uh-huh', 'mhm', 'er soll warten', 'the drum hums', 'Uhm'].map(withoutHesitation)).toEqual([
    'stop T4',
    'mach weiter',
    'uh-huh',
    'mhm',
    'er soll warten',
    'the drum hums',
    'Uhm',
  ])
})

it('a number that was taken back is not the one that counts', () => {
  expect(
    ['approve T3 no wait sorry T4', 'stop T5, no, I mean six', 'gib T2 nein drei frei', 'T1 no T2 no T3', 'T4 and T5', 'T4 no'].map(corrected),
  ).toEqual(['approve T4', 'stop T6', 'gib T3 frei', 'T3', 'T4 and T5', 'T4 no'])
})

it('what is said twice counts once', () => {
  expect(['no no, no', 'stop stop it', 'ja ja', 'that is it is it'].map(once)).toEqual(['no', 'stop it', 'ja', 'that is it is it'])
})

it('words for an agent keep every word but the hesitation', () => {
  expect(readIntent('um tell T4 to do it again, uh, just once')).toMatchObject({ intent: 'tell', words: 'do it again, just once' })
})
