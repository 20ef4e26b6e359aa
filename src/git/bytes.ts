/** git's raw output as text. File names and contents are bytes: invalid UTF-8 is named, never dropped or merged into `�`. */
import { isUtf8 } from 'node:buffer'

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The fields of `-z` output, each as a byte-for-byte Latin-1 string (give it back with `toBytes`). */
export function fields(raw: Uint8Array): string[] {
  const text = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('latin1')
  const parts = text.split('\0')
  if (parts.at(-1) === '') parts.pop()
  return parts
}

/** The bytes of a Latin-1 string made by `fields`. */
export function toBytes(latin1: string): Buffer {
  return Buffer.from(latin1, 'latin1')
}

/** Text of bytes: valid UTF-8 as it is, each invalid byte as `⟦0xE9⟧`, so that two different files never read the same. */
export function readable(raw: Uint8Array): string {
  return isUtf8(raw) ? strict.decode(raw) : nameInvalid(raw)
}

/** The text of a name or line that `fields` gave as Latin-1. */
export function readableName(latin1: string): string {
  return readable(toBytes(latin1))
}

/** No exceptions and no copies in here: hostile input comes by the megabyte. */
function nameInvalid(raw: Uint8Array): string {
  const out: string[] = []
  let validFrom = 0
  for (let at = 0; at < raw.length;) {
    const length = sequenceLength(raw, at)
    if (length === 0) {
      if (at > validFrom) out.push(strict.decode(raw.subarray(validFrom, at)))
      out.push(BYTE_NAMES[raw[at] ?? 0] ?? '')
      validFrom = at + 1
    }
    at += Math.max(1, length)
  }
  out.push(strict.decode(raw.subarray(validFrom)))
  return out.join('')
}

const BYTE_NAMES = Array.from({ length: 256 }, (_, byte) => `⟦0x${byte.toString(16).toUpperCase().padStart(2, '0')}⟧`)

/** How many bytes from `at` are one valid UTF-8 character; 0 when none. */
function sequenceLength(raw: Uint8Array, at: number): number {
  const lead = raw[at] ?? 0
  if (lead < 0x80) return 1
  if (lead < 0xc2 || lead > 0xf4) return 0
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
  // Overlong forms, surrogates and what lies beyond Unicode show in the second byte.
  const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
  const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
  const second = raw[at + 1] ?? 0
  if (second < lowest || second > highest) return 0
  for (let i = 2; i < length; i++) if (((raw[at + i] ?? 0) & 0xc0) !== 0x80) return 0
  return length
}
