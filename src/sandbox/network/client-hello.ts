/**
 * Whom the first bytes of a tunnel ask for. A tunnel is opened to one name; TLS names another server inside it if it likes, and a machine
 * that serves many names would answer as that one. Reads RFC 8446 (4.1.2, 5.1) and RFC 6066 (3) as far as the name; decrypts nothing.
 */

/** `more`: too few bytes to say. `other`: no TLS. `broken`: it begins as TLS and does not go on so. */
export type Hello = { readonly kind: 'more' | 'other' | 'broken' } | { readonly kind: 'tls'; readonly names: readonly string[] }

const HANDSHAKE_RECORD = 22
const CLIENT_HELLO = 1
const SERVER_NAME = 0
const RECORD_HEADER = 5
/** A record holds at most 2^14 bytes (RFC 8446, 5.1). */
const MAX_RECORD = 16 * 1024
/** With the largest post-quantum key share a hello has about 2 KB. */
const MAX_HELLO = 32 * 1024

/** Reads the beginning of a stream. Never throws. */
export function readHello(bytes: Buffer): Hello {
  if (bytes.length === 0) return { kind: 'more' }
  if (bytes[0] !== HANDSHAKE_RECORD) return { kind: 'other' }
  const handshake = handshakeIn(bytes)
  if (handshake === undefined || handshake.length > MAX_HELLO) return { kind: 'broken' }
  if (handshake.length < 4) return { kind: 'more' }
  const size = handshake.readUIntBE(1, 3)
  if (handshake[0] !== CLIENT_HELLO || size > MAX_HELLO) return { kind: 'broken' }
  if (handshake.length < 4 + size) return { kind: 'more' }
  try {
    return { kind: 'tls', names: namesIn(handshake.subarray(4, 4 + size)) }
  } catch {
    return { kind: 'broken' } // a length that leads out of the message
  }
}

/** What the records carry, one after the other: a hello may be spread over several. Undefined: one of them is no handshake. */
function handshakeIn(bytes: Buffer): Buffer | undefined {
  const parts: Buffer[] = []
  for (let at = 0; at + RECORD_HEADER <= bytes.length;) {
    const size = bytes.readUInt16BE(at + 3)
    if (bytes[at] !== HANDSHAKE_RECORD || size === 0 || size > MAX_RECORD)
      return parts.length > 0 && isWhole(parts) ? Buffer.concat(parts) : undefined
    parts.push(bytes.subarray(at + RECORD_HEADER, at + RECORD_HEADER + size))
    at += RECORD_HEADER + size
  }
  return Buffer.concat(parts)
}

/** Early data may follow a whole hello at once. */
function isWhole(parts: readonly Buffer[]): boolean {
  const all = Buffer.concat(parts)
  return all.length >= 4 && all.length >= 4 + all.readUIntBE(1, 3)
}

/** Every name of every such extension: two of them are one too many, and whichever the server takes must be the one that was allowed. */
function namesIn(hello: Buffer): string[] {
  const rest = new Cursor(hello)
  rest.take(2 + 32) // version, random
  rest.list(1) // session
  rest.list(2) // ciphers
  rest.list(1) // compression
  if (rest.done) return []
  const extensions = new Cursor(rest.list(2))
  const names: string[] = []
  while (!extensions.done) {
    const kind = extensions.number(2)
    const body = extensions.list(2)
    if (kind !== SERVER_NAME) continue
    const list = new Cursor(new Cursor(body).list(2))
    while (!list.done) {
      list.take(1)
      names.push(list.list(2).toString('latin1'))
    }
  }
  return names
}

/** Reads on through bytes; throws a RangeError at their end. */
class Cursor {
  #at = 0
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  number(size: number): number {
    return this.take(size).readUIntBE(0, size)
  }

  /** What a length of `size` bytes says that follows. */
  list(size: number): Buffer {
    return this.take(this.number(size))
  }

  take(size: number): Buffer {
    if (this.#at + size > this.#bytes.length) throw new RangeError('past the end')
    this.#at += size
    return this.#bytes.subarray(this.#at - size, this.#at)
  }
}
