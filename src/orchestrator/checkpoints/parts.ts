/** Every part of a checkpoint, once. */
import type { Restore } from '#db'
import { codePart } from './code-part.ts'
import type { Part } from './part.ts'
import { conversationPart, tasksPart } from './rows-part.ts'

/** In the order in which cards name them. */
export const PARTS: readonly Part[] = [codePart, conversationPart, tasksPart]

/** Those that a way back brings back. */
export function chosenParts({ parts }: Pick<Restore, 'parts'>): Part[] {
  return PARTS.filter(({ name }) => parts.includes(name))
}
