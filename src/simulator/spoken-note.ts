/**
 * A voice note as a phone makes it, an Ogg file of Opus packets, whose words stand in its comment: a stand-in for a recogniser can read them,
 * everything else hears silence. So that a spoken order can be tried and tested without a microphone and without a model.
 */

const RATE = 48_000
/** 20 ms of silence, as Opus codes it. */
const SILENT_PACKET = Uint8Array.of(0xf8, 0xff, 0xfe)
const PACKET_SAMPLES = 960
/** A page holds 255 packets at most. */
const PACKETS_A_PAGE = 50
const SERIAL = 0x4c554748
const COMMENT = 'LUGH_SAYS='
const FIRST = 2
const LAST = 4

/** The file. `seconds` is how long it lasts (2 when left out). */
export function spokenNote(words: string, seconds = 2): Uint8Array {
  const packets = Math.max(1, Math.ceil((seconds * RATE) / PACKET_SAMPLES))
  const pages = [page([opusHead()], 0, 0n, FIRST), page([opusTags(words)], 1, 0n, 0)]
  for (let sent = 0; sent < packets; sent += PACKETS_A_PAGE) {
    const count = Math.min(PACKETS_A_PAGE, packets - sent)
    const silent = Array.from({ length: count }, () => SILENT_PACKET)
    pages.push(page(silent, pages.length, BigInt((sent + count) * PACKET_SAMPLES), sent + count >= packets ? LAST : 0))
  }
  return Buffer.concat(pages)
}

/** The words that stand in such a file; undefined for any other. */
export function wordsIn(bytes: Uint8Array): string | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const at = buffer.subarray(0, 70_000).indexOf(COMMENT)
  if (at < 4) return undefined
  const length = buffer.readUInt32LE(at - 4)
  return length < COMMENT.length || at + length > buffer.length ? undefined : unpaged(buffer, at, length)
}

/** Longer words run on over the borders of pages; Ogg puts a head of its own between, which a comment below 60 kB never meets. */
function unpaged(buffer: Buffer, at: number, length: number): string {
  return buffer.subarray(at + COMMENT.length, at + length).toString('utf8')
}

function opusHead(): Buffer {
  const head = Buffer.alloc(19)
  head.write('OpusHead', 0, 'latin1')
  head.writeUInt8(1, 8)
  head.writeUInt8(1, 9)
  head.writeUInt32LE(RATE, 12)
  return head
}

function opusTags(words: string): Buffer {
  const vendor = Buffer.from('lugh')
  const comment = Buffer.from(`${COMMENT}${words}`)
  return Buffer.concat([Buffer.from('OpusTags'), length(vendor), vendor, uint32(1), length(comment), comment])
}

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value >>> 0)
  return bytes
}
const length = (bytes: Uint8Array): Buffer => uint32(bytes.length)

function page(packets: readonly Uint8Array[], number: number, position: bigint, flags: number): Buffer {
  const lacing = packets.flatMap((packet) => [...Array.from({ length: Math.floor(packet.length / 255) }, () => 255), packet.length % 255])
  if (lacing.length > 255) throw new RangeError('A voice note says at most 60 kB of words.')
  const head = Buffer.alloc(27)
  head.write('OggS', 0, 'latin1')
  head.writeUInt8(flags, 5)
  head.writeBigInt64LE(position, 6)
  head.writeUInt32LE(SERIAL, 14)
  head.writeUInt32LE(number, 18)
  head.writeUInt8(lacing.length, 26)
  const whole = Buffer.concat([head, Buffer.from(lacing), ...packets])
  whole.writeUInt32LE(checksum(whole), 22)
  return whole
}

const TABLE = Array.from({ length: 256 }, (_, n) => {
  let value = n << 24
  for (let bit = 0; bit < 8; bit++) value = value & 0x80000000 ? (value << 1) ^ 0x04c11db7 : value << 1
  return value >>> 0
})

/** Ogg's own checksum, of a page whose place for it is zero. */
function checksum(bytes: Uint8Array): number {
  let sum = 0
  for (const byte of bytes) sum = ((sum << 8) ^ (TABLE[((sum >>> 24) ^ byte) & 0xff] ?? 0)) >>> 0
  return sum
}
