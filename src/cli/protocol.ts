/** What passes over the socket in LUGH_HOME between `lugh <verb>` and the running Lugh. */
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'

/** A Unix socket's path may have 107 bytes on Linux and 103 on macOS. */
const MAX_SOCKET_PATH_BYTES = 100
/** A request holds words typed at a console. */
export const MAX_REQUEST_BYTES = 1_000_000

/** Where `lugh mcp` asks for the bare socket, and what it calls that. */
export const MCP_PATH = '/mcp'
export const MCP_UPGRADE = 'lugh-mcp'

export const Request = z.object({ verb: z.string(), argv: z.array(z.string()), key: z.string() })
export type Request = z.infer<typeof Request>
export const Answer = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), output: z.unknown(), say: z.string().nullable() }),
  z.object({ ok: z.literal(false), code: z.string(), say: z.string() }),
])
export type Answer = z.infer<typeof Answer>

/** Where the running Lugh of this home listens: in the home itself, or under the temporary folder when that path is too long. */
export function socketPath(home: string): string {
  const path = join(home, 'lugh.sock')
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES) return path
  return join(tmpdir(), `lugh-${createHash('sha256').update(home).digest('hex').slice(0, 16)}.sock`)
}
