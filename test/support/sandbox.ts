/** A machine in small for sandbox tests: a person's home full of canaries, LUGH_HOME, two worktrees. Everything in it is planted; nothing real is touched. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { createSandbox, type Finished, type Sandbox, type SandboxedCommand, type SandboxOptions } from '#sandbox'
import { watchLeaks } from './leaks.ts'

export const silent = { info: () => undefined, warn: () => undefined }

/** System directories, and the very Node that runs the test. */
export const TEST_PATH = `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin`

/** Files of a person and of Lugh that no command may read, relative to HOME and to LUGH_HOME. */
export const HOME_SECRETS = [
  ...'.ssh/id_ed25519 .npmrc .netrc .gitconfig .git-credentials .aws/credentials .docker/config.json .config/gh/hosts.yml'.split(' '),
  ...'.claude/credentials.json .cargo/credentials.toml .bash_history work/other/.env work/other/src/main.ts .pypirc .kube/config'.split(' '),
]
export const LUGH_SECRETS = ['db/base/1', '.env', 'projects/p/store.git/config', 'projects/p/base.git/config', 'worktrees/sibling/secret.txt']

export type Machine = {
  readonly sandbox: Sandbox
  /** In every planted secret. */
  readonly canary: string
  readonly personHome: string
  readonly lughHome: string
  readonly worktree: string
  readonly sibling: string
  readonly taskHome: string
  /** Runs a shell line in the worktree, which it may write. */
  sh(line: string, more?: Partial<SandboxedCommand>): Promise<Finished>
  end(): Promise<void>
}

/** `under`: the directory it lies in (the system's temporary one). `lughIn`: LUGH_HOME below the person's home, or beside it. */
export async function plantMachine(
  options: Partial<SandboxOptions> & { under?: string; lughIn?: 'home' | 'beside'; path?: string } = {},
): Promise<Machine> {
  const leaks = watchLeaks()
  const root = leaks.directory('machine', options.under)
  const canary = `canary-${randomBytes(8).toString('hex')}`
  const personHome = join(root, 'home')
  const lughHome = options.lughIn === 'beside' ? join(root, 'lugh') : join(personHome, '.lugh')
  const [worktree, sibling, taskHome] = [join(lughHome, 'worktrees/mine'), join(lughHome, 'worktrees/sibling'), join(lughHome, 'homes/mine')]
  mkdirSync(worktree, { recursive: true })
  for (const path of HOME_SECRETS) plant(join(personHome, path), canary)
  for (const path of LUGH_SECRETS) plant(join(lughHome, path), canary)
  const host = { path: options.path ?? TEST_PATH, home: personHome, lang: 'C.UTF-8' }
  const sandbox = await createSandbox({ mode: 'auto', home: lughHome, host, log: silent, ...options })
  return {
    sandbox,
    canary,
    personHome,
    lughHome,
    worktree,
    sibling,
    taskHome,
    sh: (line, more) => sandbox.run({ command: line, cwd: worktree, writable: [worktree], readable: [], home: taskHome, ...more }),
    end: async () => {
      await sandbox.close()
      await leaks.end()
    },
  }
}

function plant(path: string, canary: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `secret ${canary}\n`)
}

const probe = process.platform === 'linux' ? await probeHere() : 'this half is for Linux'

async function probeHere(): Promise<string | undefined> {
  const leaks = watchLeaks()
  const home = leaks.directory('probe')
  const sandbox = await createSandbox({ mode: 'auto', home, host: { path: TEST_PATH, home, lang: 'C' }, log: silent })
  await sandbox.close()
  await leaks.end()
  return sandbox.status.walls === 'up' ? undefined : `${sandbox.status.why} (${sandbox.status.fix})`
}

/** Why the walled half of a suite cannot run here, said aloud; undefined when it can. With LUGH_TEST_REQUIRE_SANDBOX set it throws instead. */
export function noWalls(suite: string): string | undefined {
  if (probe === undefined) return undefined
  if ((process.env['LUGH_TEST_REQUIRE_SANDBOX'] ?? '') !== '') throw new Error(`${suite}: no sandbox here: ${probe}`)
  console.warn(`\n!!! SKIPPED, NOT PROVEN: ${suite}: no sandbox here: ${probe}\n`)
  return probe
}
