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
  return isUtf8(raw) ? strict.decode(raw) : readableLines(raw)
}

/** The text of a name or line that `fields` gave as Latin-1. */
export function readableName(latin1: string): string {
  return readable(toBytes(latin1))
}

function readableLines(raw: Uint8Array): string {
  const lines: string[] = []
  for (let from = 0; from <= raw.length;) {
    const at = raw.indexOf(10, from)
    const end = at < 0 ? raw.length : at
    lines.push(readableLine(raw.subarray(from, end)))
    from = end + 1
  }
  return lines.join('\n')
}

function readableLine(line: Uint8Array): string {
  if (isUtf8(line)) return strict.decode(line)
  const out: string[] = []
  for (let from = 0; from < line.length;) {
    const length = sequenceLength(line, from)
    out.push(length === 0 ? byteName(line[from] ?? 0) : strict.decode(line.subarray(from, from + length)))
    from += Math.max(1, length)
  }
  return out.join('')
}

function byteName(byte: number): string {
  return `⟦0x${byte.toString(16).toUpperCase().padStart(2, '0')}⟧`
}

/** How many bytes from `from` are one valid UTF-8 character; 0 when none. No exceptions: hostile input comes by the megabyte. */
function sequenceLength(line: Uint8Array, from: number): number {
  const lead = line[from] ?? 0
  const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
  return from + length <= line.length && isUtf8(line.subarray(from, from + length)) ? length : 0
}
