/**
 * Which programs on the person's PATH a sandboxed command may see although they lie in hidden ground (~/.nvm, ~/.pyenv …).
 * Answers directories of programs only; never the home directory itself, a repository, or a place where keys are kept.
 */
import { existsSync, readdirSync, readlinkSync, realpathSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { isInside } from './paths.ts'

/** System directories that hold programs and libraries and no one's data. */
export const SYSTEM_ROOTS = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/nix/store', '/gnu/store']

/** Under HOME: a PATH directory inside `at` makes `show` readable, and sets variables that would otherwise be guessed from HOME. */
const KNOWN: readonly { at: string; show?: readonly string[]; env?: Readonly<Record<string, string>> }[] = [
  { at: '.nvm' },
  { at: '.fnm' },
  { at: '.local/share/fnm' },
  { at: '.volta', env: { VOLTA_HOME: '.volta' } },
  { at: '.asdf', env: { ASDF_DATA_DIR: '.asdf' } },
  { at: '.local/share/mise', show: ['.local/share/mise', '.local/bin'], env: { MISE_DATA_DIR: '.local/share/mise' } },
  { at: '.proto', env: { PROTO_HOME: '.proto' } },
  { at: '.pyenv', env: { PYENV_ROOT: '.pyenv' } },
  { at: '.rbenv', env: { RBENV_ROOT: '.rbenv' } },
  { at: '.nodenv', env: { NODENV_ROOT: '.nodenv' } },
  { at: '.sdkman/candidates' },
  { at: '.jenv' },
  { at: '.ghcup' },
  { at: '.elan' },
  { at: '.dotnet', env: { DOTNET_ROOT: '.dotnet' } },
  { at: '.bun/bin' },
  { at: '.deno/bin' },
  { at: '.local/share/pnpm' },
  { at: '.linuxbrew' },
  // Only the programs: beside them lie credentials.toml and config.toml. The programs are rustup's, which needs its own home.
  { at: '.cargo/bin', show: ['.cargo/bin', '.rustup/toolchains', '.rustup/settings.toml'], env: { RUSTUP_HOME: '.rustup' } },
  { at: 'go/bin' },
  // Beside these lie the person's keyrings, mail and browser data.
  { at: '.local/bin', show: ['.local/bin', '.local/lib', '.local/share/uv', '.local/share/pipx'] },
]

/** Of an installation prefix that is not in the list, what a program in its `bin` needs (the last three are Homebrew's). */
const PREFIX_PARTS = ['bin', 'sbin', 'lib', 'lib64', 'libexec', 'include', 'share', 'Cellar', 'opt', 'Frameworks']

/** Files that hold keys wherever they lie: hidden inside toolchains too. */
const CREDENTIAL_NAMES = ['.git', '.npmrc', '.netrc', '.env', '.aws', '.ssh', '.docker', 'credentials.toml', 'credentials', 'etc/npmrc', '.config']

export type Toolchains = {
  /** What PATH becomes: only directories that can be seen, as their real paths. */
  readonly path: string
  readonly readable: readonly string[]
  /** Inside `readable`, to be hidden again. */
  readonly hidden: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/**
 * Reads the PATH of the host. `lughHome`: never shown. Directories of `node_modules` are dropped: they hold Lugh's own tools
 * (npm puts them first on PATH), and a project should meet the person's tools and its own, not Lugh's.
 */
export function findToolchains(hostPath: string, home: string, lughHome: string): Toolchains {
  const found = { path: new Set<string>(), readable: new Set<string>(), env: new Map<string, string>() }
  for (const entry of hostPath.split(':')) {
    const real = realDirectory(entry)
    if (real === undefined || isForeign(real, lughHome)) continue
    found.path.add(real)
    if (SYSTEM_ROOTS.some((root) => isInside(real, root))) continue
    const tool = toolchainOf(real, realDirectory(home) ?? home)
    for (const path of tool.readable) found.readable.add(path)
    for (const [name, value] of Object.entries(tool.env)) found.env.set(name, value)
  }
  for (const path of optPrograms()) found.readable.add(path)
  for (const path of ['/usr/local/bin', '/usr/bin', '/bin']) if (existsSync(path)) found.path.add(path)
  const readable = [...found.readable].filter((path) => existsSync(path) && !isInside(lughHome, path))
  return {
    path: [...found.path].join(':'),
    readable,
    hidden: readable.flatMap((root) => CREDENTIAL_NAMES.map((name) => join(root, name)).filter((path) => existsSync(path))),
    env: Object.fromEntries(found.env),
  }
}

function realDirectory(path: string): string | undefined {
  try {
    return isAbsolute(path) ? realpathSync(path) : undefined
  } catch {
    return undefined // PATH often names directories that are not there
  }
}

/** Of npm's making, or of Lugh's. */
function isForeign(path: string, lughHome: string): boolean {
  return /(^|\/)node_modules\/\.bin$|\/node-gyp-bin$/.test(path) || isInside(path, lughHome) || path === '/'
}

function toolchainOf(bin: string, home: string): { readable: string[]; env: Record<string, string> } {
  const known = KNOWN.find(({ at }) => isInside(bin, join(home, at)))
  if (known !== undefined) {
    const env = Object.entries(known.env ?? {}).map(([name, at]) => [name, join(home, at)] as const)
    return { readable: (known.show ?? [known.at]).map((at) => join(home, at)), env: Object.fromEntries(env) }
  }
  return { readable: prefixOf(bin, home), env: {} }
}

/** `/opt/node/bin` → its bin, lib, share …; a `bin` inside a repository, or directly in the home directory → that directory alone. */
function prefixOf(bin: string, home: string): string[] {
  const prefix = dirname(bin)
  const alone = !['bin', 'sbin'].includes(basename(bin)) || isInside(home, prefix) || existsSync(join(prefix, '.git'))
  if (bin === home || isInside(home, bin)) return []
  return alone ? [bin] : [bin, ...PREFIX_PARTS.map((part) => join(prefix, part))]
}

/** `/opt/<name>` of every program that a link in the system's program directories leads to; the rest of /opt may be anybody's data. */
function optPrograms(): string[] {
  const roots = new Set<string>()
  for (const directory of ['/usr/bin', '/usr/local/bin']) {
    for (const target of linksIn(directory)) {
      const name = /^\/opt\/([^/]+)\//.exec(target)?.[1]
      if (name !== undefined) roots.add(join('/opt', name))
    }
  }
  return [...roots]
}

function linksIn(directory: string): string[] {
  if (!existsSync(directory)) return []
  const links = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isSymbolicLink())
  return links.map((entry) => resolve(directory, readlinkSync(join(directory, entry.name))))
}
