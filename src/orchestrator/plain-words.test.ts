import { expect, it } from 'vitest'
import { plainWords } from './plain-words.ts'

it('a checkpoint and the way back to one can be asked for in words', () => {
  const made = (name?: string): unknown => ({ capability: 'create_checkpoint', input: name === undefined ? {} : { name } })
  expect(
    [
      'checkpoint',
      'Make a checkpoint.',
      'checkpoint before stripe',
      'Please save a checkpoint, before the holidays!',
      'checkpoint called green',
      'Checkpoint: v2',
    ].map(plainWords),
  ).toEqual([made(), made(), made('before stripe'), made('before the holidays'), made('green'), made('v2')])
  const back = { capability: 'restore_checkpoint', input: { checkpoint: 7 } }
  expect(['restore C7', 'Go back to c7.', 'back to checkpoint C7'].map(plainWords)).toEqual([back, back, back])
})

it('what may be a wish is one', () => {
  const wishes = [
    'checkpoint the model every epoch',
    'checkpoint before each of the long training steps that we run',
    'add a checkpoint before stripe',
    'restore the old header',
    'restore C7 and then fix the tests',
    'checkpoints',
    'make checkpoint files smaller',
  ]
  expect(wishes.map(plainWords)).toEqual(wishes.map(() => undefined))
})
