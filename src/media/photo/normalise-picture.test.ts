import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import sharp, { type Sharp } from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSandbox, type Sandbox } from '#sandbox'
import { silent, TEST_PATH } from '../../../test/support/sandbox.ts'
import { createNormaliser, type Normalise } from './normalise-picture.ts'

let home: string
let sandbox: Sandbox
let normalise: Normalise

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'lugh-pictures-'))
  sandbox = await createSandbox({ mode: 'auto', home, host: { home, path: TEST_PATH, lang: 'C' }, log: silent })
  normalise = createNormaliser(sandbox, home)
})
afterAll(async () => {
  await sandbox.close()
  await rm(home, { recursive: true, force: true })
})

let number = 0
async function fit(bytes: Uint8Array): Promise<{ came: Awaited<ReturnType<Normalise>>; to: string }> {
  number += 1
  const [from, to] = [join(home, 'incoming', `${number}`, 'file'), join(home, 'pictures', `${number}`, 'picture.jpg')]
  await mkdir(dirname(from), { recursive: true })
  await writeFile(from, bytes)
  return { came: await normalise(from, to), to }
}

const plain = (width: number, height: number): Sharp => sharp({ create: { width, height, channels: 3, background: '#3366cc' } })

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body) >>> 0)
  return Buffer.concat([length, body, sum])
}

/** A PNG of a few kilobytes that says it has so many pixels. */
function bomb(width: number, height: number): Buffer {
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, 0, 0, 0, 0], 8)
  const rows = deflateSync(Buffer.alloc(1_000_000))
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', head), chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))])
}

describe('a picture that was sent', () => {
  test('comes out small, upright and without what the camera wrote into it', async () => {
    const bytes = await plain(4000, 2000)
      .withExif({ IFD0: { Copyright: 'where I live' } })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer()
    expect(bytes.includes('where I live')).toBe(true)
    const { came, to } = await fit(bytes)
    expect(came).toMatchObject({ ok: true, width: 784, height: 1568 })
    const clean = await readFile(to)
    const { exif, orientation, format } = await sharp(clean).metadata()
    expect({ exif, orientation, format, told: clean.includes('where I live') }).toEqual({
      exif: undefined,
      orientation: undefined,
      format: 'jpeg',
      told: false,
    })
  })

  test('is taken as PNG, WebP or GIF too, whatever it is called, and as it is when it is small', async () => {
    for (const bytes of [await plain(30, 20).png().toBuffer(), await plain(30, 20).webp().toBuffer(), await plain(30, 20).gif().toBuffer()])
      expect((await fit(bytes)).came).toMatchObject({ ok: true, width: 30, height: 20 })
  })

  test('loses what hides behind it', async () => {
    const { came, to } = await fit(
      Buffer.concat([await plain(40, 40).png().toBuffer(), Buffer.from('#!/bin/sh\necho hidden'), Buffer.from('PK\x03\x04')]),
    )
    expect(came.ok).toBe(true)
    expect((await readFile(to)).includes('hidden')).toBe(false)
  })

  test('is refused in one sentence when it is a bomb, cut off, of another kind or none at all', async () => {
    const half = await plain(800, 800).jpeg({ quality: 100 }).toBuffer()
    const hostile: readonly (readonly [Uint8Array, RegExp])[] = [
      [bomb(60_000, 60_000), /64 million pixels/],
      [bomb(8000, 8000), /damaged|64 million/],
      [half.subarray(0, half.length / 2), /damaged or cut off/],
      [Buffer.from('89504e470d0a1a0a', 'hex'), /damaged or cut off/],
      [Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypheic\0\0\0\0mif1heic')]), /HEIC/],
      [Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypavif\0\0\0\0')]), /AVIF/],
      [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'), /no picture/],
      [Buffer.from('%PDF-1.7 '), /no picture/],
      [Buffer.from('MZ\x90\x00'), /no picture/],
      [Buffer.alloc(0), /no picture/],
    ]
    const said: [string, RegExp][] = []
    for (const [bytes, words] of hostile) {
      const { came } = await fit(bytes)
      said.push([came.ok ? 'taken' : came.say, words])
    }
    for (const [say, words] of said) expect(say).toMatch(words)
  })
})
