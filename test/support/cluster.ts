/** A PostgreSQL server of a test's own, in a temporary folder, that may be pulled from under whoever uses it. Removed with everything in it. */
import { execFileSync } from 'node:child_process'
import { appendFileSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const VERSIONS = '/usr/lib/postgresql'
/** The server refuses to run as root. */
const USER = 'postgres'
const START_S = '60'

export type Cluster = Readonly<{
  url: string
  /** Stops it as a power cut does and starts it again after `downMs`. */
  restart: (downMs: number) => Promise<void>
  close: () => void
}>

/** Why there can be none here, or undefined. */
export function whyNoCluster(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can become the user postgres'
  return existsSync(VERSIONS) ? undefined : `${VERSIONS} is missing`
}

/** Lays a cluster (about 2 s) and starts it on a free port. */
export async function startCluster(): Promise<Cluster> {
  const bin = join(VERSIONS, readdirSync(VERSIONS).toSorted((a, b) => Number(b) - Number(a))[0] ?? '', 'bin')
  const root = mkdtempSync(join(tmpdir(), 'lugh-cluster-'))
  const data = join(root, 'data')
  const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, USER], { encoding: 'utf8' })))
  chownSync(root, uid ?? 0, gid ?? 0)
  const as = (program: string, ...args: readonly string[]): void => {
    execFileSync(join(bin, program), args, {
      uid: uid ?? 0,
      gid: gid ?? 0,
      cwd: root,
      env: { LANG: 'C.UTF-8', PATH: '/usr/bin:/bin' },
      stdio: 'ignore',
    })
  }
  const port = await freePort()
  const start = (): void => as('pg_ctl', '-D', data, '-w', '-t', START_S, '-l', join(root, 'log'), 'start')
  as('initdb', '-D', data, '-A', 'trust', '-U', USER, '--no-sync', '-E', 'UTF8', '--locale=C.UTF-8')
  appendFileSync(join(data, 'postgresql.conf'), `port = ${port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '${root}'\n`)
  start()
  return {
    url: `postgres://${USER}@127.0.0.1:${port}/postgres`,
    restart: async (downMs) => {
      as('pg_ctl', '-D', data, '-w', '-m', 'immediate', 'stop')
      await new Promise((resolve) => setTimeout(resolve, downMs))
      start()
    },
    close: () => {
      as('pg_ctl', '-D', data, '-w', '-m', 'immediate', 'stop')
      rmSync(root, { recursive: true, force: true })
    },
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
