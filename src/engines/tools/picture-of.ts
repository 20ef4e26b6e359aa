/** A file's bytes as a picture a model can look at, told by what it is and not by its name. Decodes nothing. */
import { cut } from '#core'
import type { Picture, ToolOutcome } from '../port.ts'

/** Providers refuse more than 5 MB of base64, which is 3.75 MB of bytes. */
const PICTURE_MAX_BYTES = 3_700_000

const STARTS: readonly (readonly [Picture['mediaType'], string])[] = [
  ['image/png', '89504e470d0a1a0a'],
  ['image/jpeg', 'ffd8ff'],
  ['image/gif', '47494638'],
]

/** The kind of picture, or undefined when it is none that providers take. */
export function pictureType(bytes: Uint8Array): Picture['mediaType'] | undefined {
  const start = Buffer.from(bytes.subarray(0, 12))
  const known = STARTS.find(([, hex]) => start.toString('hex').startsWith(hex))
  if (known !== undefined) return known[0]
  return start.toString('latin1', 0, 4) === 'RIFF' && start.toString('latin1', 8, 12) === 'WEBP' ? 'image/webp' : undefined
}

/** The answer that shows a picture; undefined when the bytes are none. */
export function showPicture(path: string, bytes: Buffer): ToolOutcome | undefined {
  const mediaType = pictureType(bytes)
  if (mediaType === undefined) return undefined
  const name = cut(path, 200)
  if (bytes.length > PICTURE_MAX_BYTES)
    return {
      output: `${name} is a picture of ${bytes.length} bytes; at most ${PICTURE_MAX_BYTES} can be shown: make a smaller one with a command.`,
      isError: true,
    }
  return {
    output: `${name} (${mediaType}, ${bytes.length} bytes), shown here.`,
    isError: false,
    pictures: [{ mediaType, base64: bytes.toString('base64') }],
  }
}
