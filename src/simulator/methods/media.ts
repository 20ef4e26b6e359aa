/** Files in both directions: sendPhoto, sendDocument, …, sendMediaGroup, getFile. */
import { z } from 'zod'
import { imageSize } from '../image-size.ts'
import { badRequest, movedOn } from '../refusal.ts'
import type { JsonObject, Media, MediaKind, StoredFile } from '../world-types.ts'
import { type Context, type Method } from './method.ts'
import { botSends } from './send.ts'
import { readCaption } from './text.ts'

const MAX_PHOTO_BYTES = 10 * 1024 * 1024
const MAX_UPLOAD_BYTES = 50 * 1024 * 1024
const MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024
/** Width and height together. */
const MAX_PHOTO_SIDES = 10_000
const MAX_PHOTO_RATIO = 20

const FOLDERS: Record<MediaKind, string> = { photo: 'photos', document: 'documents', voice: 'voice', audio: 'music', video: 'videos' }
/** What the real server makes of a file's name; the sender's own word is not taken. */
const MIMES: Readonly<Record<string, string>> = {
  txt: 'text/plain',
  md: 'text/markdown',
  html: 'text/html',
  json: 'application/json',
  pdf: 'application/pdf',
  zip: 'application/zip',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  ogg: 'audio/ogg',
  oga: 'audio/ogg',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
}

function send(kind: MediaKind): Method {
  return (context, parameters) => {
    const media = readMedia(context, kind, parameters[kind], parameters)
    return context.world.messageJson(botSends(context, parameters, { ...readCaption(parameters), media }))
  }
}

export const sendPhoto = send('photo')
export const sendDocument = send('document')
export const sendVoice = send('voice')
export const sendAudio = send('audio')
export const sendVideo = send('video')

const Group = z.object({ media: z.array(z.looseObject({ type: z.enum(['photo', 'document', 'audio', 'video']), media: z.string() })) })
export const sendMediaGroup: Method = (context, parameters) => {
  const { media: items } = Group.parse(parameters)
  if (items.length > 10) throw badRequest('too many messages to send as an album')
  if (items.length === 0) throw badRequest('there are no messages to send')
  if (items.length === 1) throw badRequest('the simulator refuses an album of one: the documentation asks for 2-10 items')
  const contents = items.map((item) => ({ ...readCaption(item), media: readMedia(context, item.type, item.media, item) }))
  const album = String(13_000_000_000_000_000 + context.world.serial())
  return contents.map((content) => context.world.messageJson(botSends(context, parameters, content, album)))
}

/** The medium a parameter names: an uploaded part, or a file the bot has seen before. */
export function readMedia(context: Context, kind: MediaKind, value: unknown, parameters: JsonObject): Media {
  const file = named(context, kind, value)
  const number = (name: string): number | undefined => z.number().optional().parse(parameters[name])
  const duration = number('duration')
  if (kind === 'photo') return { kind, file, ...photoSize(file) }
  if (kind === 'video') return { kind, file, width: number('width') ?? 0, height: number('height') ?? 0, duration: duration ?? 0 }
  return { kind, file, ...(duration === undefined ? {} : { duration }) }
}

function named(context: Context, kind: MediaKind, value: unknown): StoredFile {
  if (typeof value !== 'string' || value === '') throw badRequest(`there is no ${kind} in the request`)
  if (value.startsWith('attach://')) return upload(context, kind, value.slice('attach://'.length))
  if (/^https?:/i.test(value)) throw badRequest('the simulator fetches no URLs: upload the file')
  return context.world.file(value) ?? badFile()
}

function badFile(): never {
  throw badRequest('wrong file identifier/HTTP URL specified')
}

function upload(context: Context, kind: MediaKind, part: string): StoredFile {
  const file = context.files.get(part)
  if (file === undefined) throw badRequest(`there is no ${kind} in the request`)
  const size = file.bytes.byteLength
  if (size === 0) throw badRequest('file must be non-empty')
  if (size > MAX_UPLOAD_BYTES) throw badRequest('Request Entity Too Large')
  if (kind === 'photo') checkPhoto(file.bytes)
  const extension = /\.(\w+)$/.exec(file.name)?.[1]?.toLowerCase() ?? ''
  const mime = MIMES[extension] ?? 'application/octet-stream'
  return context.world.addFile({ bytes: file.bytes, name: file.name, mime, folder: FOLDERS[kind] })
}

function checkPhoto(bytes: Uint8Array): void {
  if (bytes.byteLength > MAX_PHOTO_BYTES)
    throw badRequest(`file of size ${bytes.byteLength} bytes is too big for a photo; the maximum size is ${MAX_PHOTO_BYTES} bytes`)
  const size = imageSize(bytes)
  if (size === undefined) throw badRequest('IMAGE_PROCESS_FAILED')
  const { width, height } = size
  const ratio = Math.max(width, height) / Math.max(1, Math.min(width, height))
  if (width + height > MAX_PHOTO_SIDES || ratio > MAX_PHOTO_RATIO) throw badRequest('PHOTO_INVALID_DIMENSIONS')
}

function photoSize(file: StoredFile): { width: number; height: number } {
  return imageSize(file.bytes) ?? { width: 0, height: 0 }
}

/** A path to download from, for an hour in life. */
export const getFile: Method = ({ world }, parameters) => {
  const file = world.file(z.object({ file_id: z.string() }).parse(parameters).file_id)
  if (file === undefined) throw movedOn('wrong file_id or the file is temporarily unavailable')
  if (file.size > MAX_DOWNLOAD_BYTES) throw movedOn('file is too big')
  return { file_id: file.fileId, file_unique_id: file.uniqueId, file_size: file.size, file_path: file.path }
}
