/** Environments made by hand. Nothing of Lugh's own environment passes by itself: each variable in here is named. */
import type { HostFacts } from './options.ts'

/** Marks what Lugh started, so that a later life finds what an earlier one left. Holds a digest of LUGH_HOME, no secret. */
export const MARK = 'LUGH_SPAWN'

/** Variables that change what the loader or the interpreter runs; not even Lugh's own callers may set them. */
const NEVER = /^(LD_|DYLD_|NODE_OPTIONS$|BASH_ENV$|ENV$|BASH_FUNC_|PYTHONSTARTUP$|PERL5OPT$|RUBYOPT$|GCONV_PATH$|LUGH_)/

/** For Lugh's own git: with `credentials`, HOME and the key agent are the person's. */
export function trustedEnvironment(
  host: HostFacts,
  emptyHome: string,
  given: Readonly<Record<string, string>>,
  credentials: boolean,
): Record<string, string> {
  const person: Record<string, string> = credentials ? { HOME: host.home } : { HOME: emptyHome }
  if (credentials && host.sshAuthSock !== undefined) person['SSH_AUTH_SOCK'] = host.sshAuthSock
  if (credentials && host.user !== undefined) person['USER'] = host.user
  return { PATH: host.path, LANG: host.lang, TERM: 'dumb', ...person, ...harmless(given) }
}

/** For commands behind the walls (or, where there are none, for commands a person allowed). */
export function sandboxedEnvironment(input: {
  path: string
  lang: string
  home: string
  tmp: string
  toolchains: Readonly<Record<string, string>>
  given: Readonly<Record<string, string>>
}): Record<string, string> {
  return {
    PATH: input.path,
    HOME: input.home,
    TMPDIR: input.tmp,
    LANG: input.lang,
    TERM: 'dumb',
    // Nobody is there to answer: tools that would ask, watch or draw behave as in any automated build.
    CI: 'true',
    ...input.toolchains,
    ...harmless(input.given),
  }
}

function harmless(given: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(given).filter(([name]) => !NEVER.test(name)))
}
