/** Keeps the head and the tail of a stream within a cap. Never holds more than the cap and one chunk, however much is written. */

/** Small chunks are joined once there are this many, so that a stream of single bytes costs no more than one of blocks. */
const JOIN_AFTER_CHUNKS = 1024

export class CappedOutput {
  readonly #headBytes: number
  readonly #tailBytes: number
  readonly #head: Buffer[] = []
  #tail: Buffer[] = []
  #inHead = 0
  #inTail = 0
  /** Everything that was written, kept or not. */
  total = 0

  /** `bytes`: how many are kept, half of them from the start; with `headOnly` all of them. */
  constructor(bytes: number, headOnly = false) {
    this.#headBytes = headOnly ? bytes : Math.ceil(bytes / 2)
    this.#tailBytes = bytes - this.#headBytes
  }

  get truncated(): boolean {
    return this.total > this.#headBytes + this.#tailBytes
  }

  push(chunk: Buffer): void {
    this.total += chunk.length
    const room = this.#headBytes - this.#inHead
    const first = chunk.subarray(0, room)
    if (first.length > 0) {
      this.#head.push(first)
      this.#inHead += first.length
    }
    if (chunk.length > room) this.#pushTail(chunk.subarray(room))
  }

  #pushTail(chunk: Buffer): void {
    this.#tail.push(chunk)
    this.#inTail += chunk.length
    if (this.#tail.length > JOIN_AFTER_CHUNKS || this.#inTail > 2 * this.#tailBytes + chunk.length) this.#trimTail()
  }

  #trimTail(): void {
    const kept = Buffer.concat(this.#tail).subarray(Math.max(0, this.#inTail - this.#tailBytes))
    this.#tail = [Buffer.from(kept)]
    this.#inTail = kept.length
  }

  /** The kept bytes, without a mark where the middle was cut. */
  bytes(): Buffer {
    this.#trimTail()
    return Buffer.concat([...this.#head, ...this.#tail])
  }

  /** The kept text; a cut never leaves half a character, and says how much is missing. */
  text(): string {
    if (!this.truncated) return this.bytes().toString('utf8')
    const { head, tail, missing } = this.ends()
    return `${head}\n… ${missing} bytes left out …\n${tail}`
  }

  /** The text before and after the cut, no half character at either side of it, and the bytes that are missing between them. */
  ends(): { readonly head: string; readonly tail: string; readonly missing: number } {
    this.#trimTail()
    const head = withoutHalfEnd(Buffer.concat(this.#head))
    const tail = withoutHalfStart(Buffer.concat(this.#tail))
    return { head: head.toString('utf8'), tail: tail.toString('utf8'), missing: this.total - head.length - tail.length }
  }
}

/** A UTF-8 character has at most four bytes: at most three may dangle. */
const MAX_DANGLING = 3

function withoutHalfEnd(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(MAX_DANGLING, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if (isContinuation(byte)) continue
    return lengthOf(byte) > back ? bytes.subarray(0, -back) : bytes
  }
  return bytes
}

function withoutHalfStart(bytes: Buffer): Buffer {
  let from = 0
  while (from < MAX_DANGLING && isContinuation(bytes[from] ?? 0)) from++
  return bytes.subarray(from)
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80
}

function lengthOf(lead: number): number {
  if (lead >= 0xf0) return 4
  if (lead >= 0xe0) return 3
  return lead >= 0xc0 ? 2 : 1
}
