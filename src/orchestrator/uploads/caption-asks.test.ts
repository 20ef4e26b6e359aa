import { expect, test } from 'vitest'
import { captionAsks } from './caption-asks.ts'

test('a caption that asks for something is a wish', () => {
  const wishes = [
    'Build this',
    'Fix this',
    'fix',
    'Make the button like in the sketch',
    'Why does this fail?',
    'Der Knopf soll blau sein',
    'Please turn this into a login page.',
    'The total is wrong on this page, round it',
    'Implement',
    'Was ist das?',
  ]
  expect(wishes.filter((caption) => !captionAsks(caption))).toEqual([])
})

test('a caption that only names the picture leaves the choice to the person', () => {
  const labels = [
    '',
    '  ',
    'Sketch',
    'our whiteboard from today',
    'Screenshot 3',
    'the new design',
    'Unsere Tafel von heute',
    'Bug',
    'This is the bug.',
    'two pages of my notes',
    'Drei Seiten Notizen',
  ]
  expect(labels.filter(captionAsks)).toEqual([])
})
