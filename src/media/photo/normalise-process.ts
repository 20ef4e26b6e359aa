/**
 * A program of its own that makes one picture fit to be looked at: decoded, turned upright, made smaller, and written anew, so that nothing of
 * the file that came is passed on (EXIF with its place, comments, what hides behind the picture). Started behind walls for each picture: what
 * a hostile one breaks or fills is this process. Takes the two paths as arguments and answers one line of JSON.
 */
import { open, rename } from 'node:fs/promises'

/** Pixels of the file that came. A phone's largest camera makes 200 million, but sends a photo of 5; beyond this it is a bomb or a poster. */
const MAX_PIXELS = 64_000_000
/** What the dearest provider takes unscaled. */
const SIDE = 1568
/** Writing on a whiteboard stays legible; a page of it is 300 KB. */
const QUALITY = 86
const HEAD_BYTES = 4100
const DECODED: ReadonlySet<string> = new Set(['jpeg', 'png', 'webp', 'gif'])

type Told =
  | { readonly ok: true; readonly width: number; readonly height: number; readonly bytes: number }
  | { readonly ok: false; readonly why: string }

const [from = '', to = ''] = process.argv.slice(2)
process.stdout.write(`${JSON.stringify(await normalise())}\n`)

async function normalise(): Promise<Told> {
  const what = kindOf(await headOf())
  if (!DECODED.has(what)) return { ok: false, why: what }
  const { default: sharp } = await import('sharp')
  // Of the many formats libvips reads, only those four: each more is code that hostile bytes reach.
  sharp.block({ operation: ['VipsForeignLoad'] })
  sharp.unblock({ operation: ['VipsForeignLoadJpegFile', 'VipsForeignLoadPngFile', 'VipsForeignLoadWebpFile', 'VipsForeignLoadNsgifFile'] })
  sharp.cache(false)
  sharp.concurrency(1)
  const input = { limitInputPixels: MAX_PIXELS, failOn: 'truncated', pages: 1, sequentialRead: true } as const
  try {
    const { width, height } = await sharp(from, input).metadata()
    if (width * height > MAX_PIXELS) return { ok: false, why: 'pixels' }
    const {
      width: w,
      height: h,
      size,
    } = await sharp(from, input)
      .autoOrient()
      .resize({ width: SIDE, height: SIDE, fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .jpeg({ quality: QUALITY, chromaSubsampling: '4:4:4' })
      .toFile(`${to}.part`)
    await rename(`${to}.part`, to)
    return { ok: true, width: w, height: h, bytes: size }
  } catch (error) {
    process.stderr.write(String(error))
    return { ok: false, why: /pixel limit|exceeds/iu.test(String(error)) ? 'pixels' : 'broken' }
  }
}

async function headOf(): Promise<Buffer> {
  const file = await open(from, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/** By its first bytes alone; names and types that came with it are what somebody says. */
function kindOf(head: Buffer): string {
  const text = head.toString('latin1')
  if (text.startsWith('\xff\xd8\xff')) return 'jpeg'
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'png'
  if (text.startsWith('RIFF') && text.startsWith('WEBP', 8)) return 'webp'
  if (/^GIF8[79]a/u.test(text)) return 'gif'
  if (text.startsWith('ftyp', 4))
    return /^(?:hei[cfmsx]|hev[cmsx]|mif1|msf1)/u.test(text.slice(8)) ? 'heic' : text.startsWith('avif', 8) ? 'avif' : 'none'
  if (/^(?:II\*\0|MM\0\*)/u.test(text)) return 'tiff'
  if (/^BM[^]{4}\0\0\0\0/u.test(text)) return 'bmp'
  return 'none'
}
