/** "The left part of that sketch": which earlier pictures somebody means. Rows and words alone decide; no model is asked. */
import { newestPictures, uploadByMessage, type Tx, type Upload } from '#db'
import type { Caller } from '../capability.ts'

const PICTURE =
  '(?:sketch|picture|photo|image|screen\\s?shot|whiteboard|diagram|drawing|mock-?up|wireframe|album|skizze|bild(?:er|es|s)?|foto|zeichnung|diagramm|tafel|entwurf)(?:e?s|n)?'
const POINTS =
  '(?:that|this|those|these|my|our|last|latest|earlier|previous|dies(?:e[mnrs]?)?|jene[mnrs]?|letzte[mnrs]?|mein(?:e[mnrs]?)?|unser(?:e[mnrs]?)?)'
const PART = '(?:part|side|half|corner|edge|box|arrow|button|column|row|top|bottom|left|right|teil|seite|hälfte|ecke|knopf|spalte|zeile)'
const MEANS = [
  new RegExp(`(?<!\\p{L})${POINTS}\\s+(?:\\p{L}+\\s+){0,2}${PICTURE}(?!\\p{L})`, 'iu'),
  new RegExp(
    `(?<!\\p{L})${PART}\\s+(?:of|on|in|from|des|der|vom|von|im|auf)\\s+(?:the\\s+|der\\s+|dem\\s+)?(?:\\p{L}+\\s+)?${PICTURE}(?!\\p{L})`,
    'iu',
  ),
  new RegExp(`(?<!\\p{L})(?:as|like|wie)\\s+(?:in|on|auf|im)\\s+(?:the\\s+|der\\s+|dem\\s+)?${PICTURE}(?!\\p{L})`, 'iu'),
]

/** Whether words point at a picture that was sent before. */
export function pointsAtPicture(text: string): boolean {
  return MEANS.some((pattern) => pattern.test(text))
}

/** The upload that is meant: of the message that is answered, or the chat's newest pictures when the words point at some. */
export async function picturesMeant(tx: Tx, caller: Caller, text: string): Promise<Upload | undefined> {
  const here = caller.conversation
  if (here === undefined) return undefined
  const answered = caller.repliesTo === undefined ? undefined : await uploadByMessage(tx, here.botId, here.chatId, caller.repliesTo)
  if (answered !== undefined) return answered
  return pointsAtPicture(text) ? newestPictures(tx, here.botId, here.chatId) : undefined
}
