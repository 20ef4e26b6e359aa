/** The language between Lugh and its launcher: length, kind and job number, then bytes. Both ends are this code; nobody else speaks it. */
import type { Order } from './start-process.ts'

/** What a frame says. To the launcher: `order` and its `input`s. From it: the rest. */
export const FRAME = {
  order: 1,
  input: 2,
  letter: 3,
  started: 4,
  refused: 5,
  stdout: 6,
  stderr: 7,
  status: 8,
  end: 9,
  exit: 10,
  crowded: 11,
} as const

/** The descriptor on which the launcher finds its line to Lugh. */
export const LAUNCHER_LINE = 3

export type Frame = { readonly kind: number; readonly job: number; readonly body: Buffer }

const HEAD_BYTES = 9

/** One frame, ready to be written. */
export function frame(kind: number, job: number, body: string | Uint8Array = ''): Buffer {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const head = Buffer.allocUnsafe(HEAD_BYTES)
  head.writeUInt32LE(bytes.length, 0)
  head.writeUInt8(kind, 4)
  head.writeUInt32LE(job, 5)
  return Buffer.concat([head, bytes])
}

/** Cuts a stream of bytes into frames, however it was torn into pieces. */
export function frameReader(heard: (frame: Frame) => void): (chunk: Buffer) => void {
  let pieces: Buffer[] = []
  let size = 0
  let wanted = HEAD_BYTES
  return (chunk) => {
    pieces.push(chunk)
    size += chunk.length
    if (size < wanted) return
    let rest = pieces.length === 1 ? chunk : Buffer.concat(pieces)
    for (;;) {
      wanted = rest.length < HEAD_BYTES ? HEAD_BYTES : HEAD_BYTES + rest.readUInt32LE(0)
      if (rest.length < wanted) break
      heard({ kind: rest.readUInt8(4), job: rest.readUInt32LE(5), body: rest.subarray(HEAD_BYTES, wanted) })
      rest = rest.subarray(wanted)
    }
    pieces = rest.length === 0 ? [] : [rest]
    size = rest.length
  }
}

/** An order as it crosses: bytes to be read travel before it, in frames of their own. */
type Written = Pick<Order, 'argv' | 'cwd' | 'env' | 'stdout' | 'stderr' | 'confinement'> & {
  readonly stdin?: number | undefined
  readonly lettered: boolean
}

/** Words between zero bytes, which neither arguments nor environments can hold. Throws where one does, as `spawn` would. */
export function writeOrder({ argv, cwd, env, stdin, stdout, stderr, lettered, confinement }: Written): string {
  const numbers = [stdin, stdout, stderr].map((descriptor) => String(descriptor ?? ''))
  const confined = [String(confinement?.processes ?? ''), confinement?.group ?? '']
  const words = [
    cwd,
    ...numbers,
    lettered ? 'letters' : '',
    ...confined,
    String(argv.length),
    ...argv,
    ...Object.entries(env).map((pair) => pair.join('=')),
  ]
  if (words.some((word) => word.includes('\0'))) throw new Error('a command holds a zero byte')
  return words.join('\0')
}

/** The opposite of `writeOrder`. */
export function readOrder(body: Buffer): Written {
  const [cwd = '/', stdin, stdout, stderr, lettered, processes = '', group = '', count, file = '', ...rest] = body.toString('utf8').split('\0')
  const args = rest.splice(0, Number(count) - 1)
  const env = Object.fromEntries(rest.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]))
  const descriptor = (word: string | undefined): number | undefined => (word === undefined || word === '' ? undefined : Number(word))
  return {
    argv: [file, ...args],
    cwd,
    env,
    stdin: descriptor(stdin),
    stdout: descriptor(stdout),
    stderr: descriptor(stderr),
    lettered: lettered === 'letters',
    confinement: processes === '' ? undefined : { processes: Number(processes), group: group === '' ? undefined : group },
  }
}
