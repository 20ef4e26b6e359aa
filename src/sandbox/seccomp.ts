/**
 * Kernel doors that no build or test needs and that lead around the other walls, shut by a seccomp filter. A list of
 * refusals, not of permissions: an unknown call is the kernel's own business, as it is for every unprivileged user.
 */

const ERRNO_EPERM = 0x0005_0001
const ALLOW = 0x7fff_0000

/**
 * keyctl, add_key, request_key: the key ring of the session that started Lugh (kerberos tickets, disk keys) is inherited, in no
 * namespace. bpf, perf_event_open, userfaultfd, io_uring_setup: where most ways out of a container were found; container engines
 * refuse them too, and programs do without. Numbers differ by architecture, so each has its own.
 */
const REFUSED: readonly { readonly arch: number; readonly calls: readonly number[] }[] = [
  { arch: 0xc000_003e, calls: [250, 248, 249, 321, 298, 323, 425] }, // x86_64
  { arch: 0x4000_0003, calls: [288, 286, 287, 357, 336, 374, 425] }, // i386, which x86_64 kernels answer too
  { arch: 0xc000_00b7, calls: [219, 217, 218, 280, 241, 282, 425] }, // aarch64
]

/** The second numbering of x86_64 ("x32"), which no distribution uses: all of it is refused, or it would be a way around. */
const X32_BIT = 0x4000_0000

/** struct sock_filter: code, jump if true, jump if false, operand. */
type Instruction = readonly [number, number, number, number]
const load = (offset: number): Instruction => [0x20, 0, 0, offset]
const give = (answer: number): Instruction => [0x06, 0, 0, answer]
const skipUnlessEqual = (value: number, count: number): Instruction => [0x15, 0, count, value]
const refuseIfEqual = (value: number): Instruction[] => [skipUnlessEqual(value, 1), give(ERRNO_EPERM)]

/** The filter as the kernel takes it. On an architecture that is not listed it refuses nothing. */
export function seccompFilter(): Buffer {
  const perArchitecture = REFUSED.flatMap(({ arch, calls }) => {
    const x32: Instruction[] = [[0x35, 0, 1, X32_BIT], give(ERRNO_EPERM)]
    const body = [load(0), ...x32, ...calls.flatMap(refuseIfEqual), give(ALLOW)]
    return [load(4), skipUnlessEqual(arch, body.length), ...body]
  })
  return Buffer.concat([...perArchitecture, give(ALLOW)].map(encode))
}

function encode([code, ifTrue, ifFalse, operand]: Instruction): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt16LE(code, 0) // little-endian is all that is listed above
  bytes.writeUInt8(ifTrue, 2)
  bytes.writeUInt8(ifFalse, 3)
  bytes.writeUInt32LE(operand, 4)
  return bytes
}
