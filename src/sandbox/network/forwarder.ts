/**
 * The inside half of the gate: a port on the loopback of the command's own network, where programs expect a proxy, led to the socket of
 * the gate by socat. It lives within the walls, can reach nothing but that socket, and dies with the command.
 */
import { isInside } from '../paths.ts'
import { SYSTEM_ROOTS } from '../toolchains.ts'

/** Where the gate's socket is found inside. */
export const INNER_SOCKET = '/run/lugh/network'

/** Below what systems hand out by themselves, and nobody's usual port. */
const PORT = 29_128
const PORT_IN_PROC = PORT.toString(16).toUpperCase()

/** Whether this socat can be used inside: only what lies in the system's own directories is seen there. */
export function isSeenInside(path: string): boolean {
  return SYSTEM_ROOTS.some((root) => isInside(path, root))
}

/**
 * Shell words that start the forwarder apart from the command (so that its `wait` and `jobs` know nothing of it) and go on when it
 * listens, after about 10 ms. Looked for by grep: the shell's own `read` takes a system call for each byte, 20 ms a look. The number of
 * looks only keeps a forwarder that never starts from holding the command up. After a half-closed connection it waits a minute, not half a second.
 */
export function forwarderPreamble(socat: string): string {
  const start = `${socat} -t 60 TCP4-LISTEN:${PORT},bind=127.0.0.1,reuseaddr,fork,backlog=128,max-children=100 UNIX-CONNECT:${INNER_SOCKET}`
  const look = `grep -q ":${PORT_IN_PROC} " /proc/net/tcp`
  return `(${start} </dev/null >/dev/null 2>&1 &); i=0; until ${look} || [ $i -gt 300 ]; do i=$((i+1)); done; unset i`
}

/** What tells programs of the way out. The loopback inside is the command's own and needs none. */
export function proxyEnvironment(): Record<string, string> {
  const proxy = `http://127.0.0.1:${PORT}`
  const none = 'localhost,127.0.0.1,::1'
  return {
    HTTP_PROXY: proxy,
    HTTPS_PROXY: proxy,
    http_proxy: proxy,
    https_proxy: proxy,
    NO_PROXY: none,
    no_proxy: none,
    NODE_USE_ENV_PROXY: '1', // Node ≥ 22.21 and 24 heed the variables above only with this
  }
}
