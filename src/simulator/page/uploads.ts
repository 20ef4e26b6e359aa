/** Files on their way from the phone page into the chat: kept in memory until they are sent, as much as a phone would send and no more. */
import { randomBytes } from 'node:crypto'
import { LughError } from '#core'
import { imageSize } from '../image-size.ts'
import type { OutgoingFile } from '../person-acts.ts'
import type { Looking } from './places.ts'

/** Beyond what a bot may fetch, so that its refusal can be tried; below what would fill this machine. */
export const MAX_UPLOAD_BYTES = 50 * 1024 ** 2
const MAX_KEPT_BYTES = 120 * 1024 ** 2
/** Telegram's own rules for photos. */
const PHOTO_BYTES = 10 * 1024 ** 2
const PHOTO_SIDES = 10_000
const PHOTO_RATIO = 20

export type Uploads = ReturnType<typeof createUploads>
export type Sending = Readonly<{ files: readonly string[]; as: 'photo' | 'document'; caption: string; replyTo?: number | undefined }>

/** For whoever holds the phone, in the chat and topic it shows. */
export function createUploads(looking: Readonly<Looking>) {
  const kept = new Map<string, OutgoingFile>()

  /** Keeps the bytes; answers the id to send them by. The oldest that were never sent make room. */
  function keep(file: OutgoingFile): string {
    const id = randomBytes(12).toString('base64url')
    kept.set(id, file)
    let total = [...kept.values()].reduce((sum, { bytes }) => sum + bytes.length, 0)
    for (const [old, { bytes }] of kept) {
      if (total <= MAX_KEPT_BYTES || old === id) break
      kept.delete(old)
      total -= bytes.length
    }
    return id
  }

  /** Sends kept files as one message or album; answers the first message's id. Throws LughError for what a phone would not send. */
  function send({ files, as, caption, replyTo }: Sending): number {
    const found = files.map((id) => kept.get(id))
    const whole = found.filter((file) => file !== undefined)
    if (whole.length !== files.length) throw new LughError('not-found', 'Those files are gone. Choose them again.')
    if (as === 'photo') whole.forEach(mustBePhoto)
    const { world, personId, chatId, threadId } = looking
    const place = threadId === undefined ? {} : { threadId }
    const options = { caption, ...place, ...(replyTo === undefined ? {} : { replyTo }) }
    const [first, ...more] = whole
    if (first === undefined) throw new LughError('input.invalid', 'Choose a file first.')
    const sent =
      as === 'photo' && more.length > 0
        ? world.sendAlbum(personId, chatId, whole, options)
        : whole.map((file, index) => world.sendFile(personId, chatId, as, file, index === 0 ? options : place))
    for (const id of files) kept.delete(id)
    return sent[0]?.id ?? 0
  }

  return { keep, send }
}

function mustBePhoto({ bytes }: OutgoingFile): void {
  const size = imageSize(bytes)
  if (size === undefined) throw new LughError('input.invalid', 'That is no picture a phone could send as a photo. Send it as a file.')
  if (bytes.length > PHOTO_BYTES) throw new LughError('input.invalid', 'A photo has at most 10 MB. Send it as a file.')
  const [long, short] = [Math.max(size.width, size.height), Math.min(size.width, size.height)]
  if (size.width + size.height > PHOTO_SIDES || long > short * PHOTO_RATIO)
    throw new LughError('input.invalid', 'Telegram takes no photo of that shape: width and height are at most 10,000 together, and 20 to 1.')
}
