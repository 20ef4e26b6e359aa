/** Width and height of a PNG, JPEG, GIF or WebP from its first bytes. Decodes nothing. */

export type Size = Readonly<{ width: number; height: number }>

/** The picture's size in pixels, or undefined for anything that is not such a picture. */
export function imageSize(bytes: Uint8Array): Size | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const starts = (...values: number[]): boolean => values.every((value, index) => bytes[index] === value)
  if (starts(0x89, 0x50, 0x4e, 0x47) && bytes.length >= 24) return { width: view.getUint32(16), height: view.getUint32(20) }
  if (starts(0x47, 0x49, 0x46) && bytes.length >= 10) return { width: view.getUint16(6, true), height: view.getUint16(8, true) }
  if (starts(0xff, 0xd8)) return jpegSize(view)
  if (starts(0x52, 0x49, 0x46, 0x46) && bytes.length >= 30) return webpSize(bytes, view)
  return undefined
}

function jpegSize(view: DataView): Size | undefined {
  for (let at = 2; at + 9 < view.byteLength;) {
    if (view.getUint8(at) !== 0xff) return undefined
    const marker = view.getUint8(at + 1)
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
    if (isFrame) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) }
    at += 2 + view.getUint16(at + 2)
  }
  return undefined
}

function webpSize(bytes: Uint8Array, view: DataView): Size | undefined {
  const kind = String.fromCharCode(...bytes.subarray(12, 16))
  const extended = (at: number): number => 1 + view.getUint16(at, true) + (view.getUint8(at + 2) << 16)
  if (kind === 'VP8X') return { width: extended(24), height: extended(27) }
  if (kind === 'VP8 ') return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff }
  if (kind !== 'VP8L') return undefined
  const bits = view.getUint32(21, true)
  return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >> 14) & 0x3fff) }
}
