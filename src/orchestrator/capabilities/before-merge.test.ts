import { expect, it } from 'vitest'
import type { Merged } from '#db'
import { mergesMeant } from './before-merge.ts'

const merged = (task: number, title: string): Merged => ({
  task,
  title,
  branch: `lugh/t${task}-${title.toLowerCase().replaceAll(/[^a-z0-9]+/gu, '-')}`,
  at: new Date(task),
  checkpoint: task,
  state: 'whole',
})
const ALL = [
  merged(9, 'Fix the dark mode header'),
  merged(7, 'Payments by Stripe'),
  merged(5, 'Dunkelmodus für Müller'),
  merged(4, 'Dark mode'),
  merged(3, 'Test'),
]
const meant = (words: string): number[] => mergesMeant(words, ALL).map(({ task }) => task)

it('a merge is named by the words of its task, in English and German', () => {
  expect(meant('before stripe')).toEqual([7])
  expect(meant('before the merge of the stripe payments')).toEqual([7])
  expect(meant('before payments by stripe was merged')).toEqual([7])
  expect(meant('vor dem Merge von Stripe')).toEqual([7])
  expect(meant('vor dem Dunkelmodus für Müller')).toEqual([5])
  expect(meant('before T9')).toEqual([9])
  expect(meant('Before the merge of t4')).toEqual([4])
})

it('the whole title means that task alone, words in several mean each of them', () => {
  expect(meant('before dark mode')).toEqual([4])
  expect(meant('before dark')).toEqual([9, 4])
})

it('nothing is meant by words no merged task has, or by none', () => {
  for (const words of ['before dark stripe', 'before', 'before the merge', 'after dark mode', 'dark mode', 'before T1', 'before ark', 'before lugh'])
    expect([words, meant(words)]).toEqual([words, []])
})
