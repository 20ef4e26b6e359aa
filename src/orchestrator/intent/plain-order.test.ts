import { expect, it } from 'vitest'
import { plainOrder } from './plain-order.ts'

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
    ].map(plainOrder),
  ).toEqual([made(), made(), made('before stripe'), made('before the holidays'), made('green'), made('v2')])
  const back = { capability: 'restore_checkpoint', input: { checkpoint: 7 } }
  expect(['restore C7', 'Go back to c7.', 'back to checkpoint C7'].map(plainOrder)).toEqual([back, back, back])
  const to = (name: string): unknown => ({ capability: 'restore_checkpoint', input: { name } })
  expect(
    [
      'go back to before stripe',
      'Please go back to before stripe.',
      'back to the checkpoint before stripe',
      'restore the checkpoint called green',
      'geh zurück zu vor stripe',
      'zurück zum Checkpoint namens grün',
    ].map(plainOrder),
  ).toEqual([to('before stripe'), to('before stripe'), to('before stripe'), to('green'), to('vor stripe'), to('grün')])
  expect(
    [
      'go back to before dark mode',
      'go back to the state before the merge of dark mode',
      'back to before task four',
      'Geh zurück zu vor dark mode.',
      'geh zurück auf den Stand vor dem Merge von dark mode',
    ].map(plainOrder),
  ).toEqual([to('before dark mode'), to('before the merge of dark mode'), to('before T4'), to('vor dark mode'), to('vor dem Merge von dark mode')])
})

it('what may be a wish is one', () => {
  const wishes = [
    'checkpoint the model every epoch',
    'checkpoint before each of the long training steps that we run',
    'add a checkpoint before stripe',
    'restore the old header',
    'go back to the old layout',
    'go back to before you changed the header of every page',
    'return to the previous page after the login',
    'restore C7 and then fix the tests',
    'checkpoints',
    'make checkpoint files smaller',
  ]
  expect(wishes.map(plainOrder)).toEqual(wishes.map(() => undefined))
})
