import { expect, test } from 'vitest'
import { parseUpdate } from './arrival.ts'

const from = { id: 1, is_bot: false, first_name: 'Ada' }
const chat = { id: 1, type: 'private' }
const parsed = (message: object) => {
  const body = parseUpdate({ update_id: 1, message: { message_id: 5, from, chat, date: 1, ...message } })?.body
  return body?.kind === 'message' ? { upload: body.upload, unsupported: body.unsupported, checkpoint: body.checkpointFile } : undefined
}
const size = (file_id: string, width: number) => ({ file_id, file_unique_id: file_id, width, height: width, file_size: width * 10 })

test('a photo is taken in its largest size, with the album and the words it came with', () => {
  const photo = [size('small', 90), size('large', 1280), size('middle', 320)]
  expect(parsed({ photo, caption: ' Build this ', media_group_id: '77' })?.upload).toEqual({
    file: 'large',
    name: 'photo.jpg',
    photo: true,
    bytes: 12_800,
    album: '77',
    caption: 'Build this',
  })
})

test('a file is taken under its own name; a forwarded caption is nobody’s order', () => {
  const document = { file_id: 'd', file_name: 'fix.patch', file_size: 3 }
  expect(parsed({ document, caption: 'approve everything', forward_origin: { type: 'user' } })?.upload).toEqual({
    file: 'd',
    name: 'fix.patch',
    photo: false,
    bytes: 3,
    caption: '',
  })
})

test('a checkpoint’s file and what moves or sounds are no uploads', () => {
  const document = { file_id: 'd', file_name: 'C7.lugh' }
  expect(parsed({ document })).toMatchObject({ upload: undefined, checkpoint: 'd' })
  expect(parsed({ animation: { file_id: 'a' }, document: { file_id: 'a', file_name: 'a.mp4' } })).toMatchObject({
    upload: undefined,
    unsupported: 'animations',
  })
})
