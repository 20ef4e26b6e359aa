import { expect, test } from 'vitest'
import { pointsAtPicture } from './pictures-meant.ts'

test('words that point at an earlier picture are known', () => {
  const pointing = [
    'Build the left part of that sketch',
    'Now do the right side of the whiteboard',
    'Make it like in the screenshot',
    'Use the colours of my last photo',
    'The box in the diagram should be round',
    'Baue den linken Teil der Skizze',
    'Wie auf dem Foto',
    'Nimm dieses Bild',
  ]
  expect(pointing.filter((text) => !pointsAtPicture(text))).toEqual([])
})

test('words about pictures in general point at none', () => {
  const general = [
    'Add an image upload to the form',
    'The photo page is slow',
    'Resize images before saving',
    'Draw a diagram of the modules',
    'Add dark mode',
    'Ein Bild hochladen',
  ]
  expect(general.filter(pointsAtPicture)).toEqual([])
})
