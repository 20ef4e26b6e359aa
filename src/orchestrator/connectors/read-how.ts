/** What a person says about a server, read into how it is started or reached. Secrets are named, never given. Pure. */
import { LughError, holdsKeyMark } from '#core'
import type { Definition } from '#db'
import { parseHostPort, showHost } from '#sandbox'
import { isAbsolute } from 'node:path'

const HTTPS = 443
const MOST_WORDS = 60
const MOST_OF_EACH = 20
/** The part of a tool's name that is the server's: providers take 64 characters in all. */
const NAME = /^[a-z][a-z0-9-]{0,19}$/u
const REFERENCE = /^env:[A-Za-z_][A-Za-z0-9_]{0,99}$/u
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,99}$/u
const HEADER = /^[A-Za-z][A-Za-z0-9-]{0,99}$/u
/** Variables that change what a program is, or how Lugh starts it. */
const NOT_GIVEN = /^(?:PATH|HOME|TMPDIR|NODE_OPTIONS|LD_.*|DYLD_.*|GIT_.*|BASH_ENV|ENV|.*_proxy)$/iu

/** A name for a server, or a sentence why it cannot be one. */
export function serverName(word: string): string {
  const name = word.trim().toLowerCase()
  if (NAME.test(name) && name !== 'lugh') return name
  throw new LughError(
    'input.invalid',
    `“${word.slice(0, 40)}” cannot be a server's name. Take a short one of small letters, digits and hyphens, as in github.`,
  )
}

/** `npx -y @x/server …` or `https://…` → how it is started or reached, without secrets and places yet. */
export function readHow(words: readonly string[]): Definition {
  const [first = ''] = words
  if (holdsKeyMark(words.join(' ')))
    throw new LughError('input.invalid', 'That holds a key. Put it into the .env of LUGH_HOME and name it: NAME=env:NAME.')
  if (/^https?:\/\//iu.test(first)) {
    if (words.length > 1)
      throw new LughError('input.invalid', 'A server at an address is only its address; secrets follow as Authorization=env:NAME.')
    return { kind: 'http', url: addressOf(first), headers: {} }
  }
  if (first === '')
    throw new LughError('input.invalid', 'How is it started? Say its command, as in npx -y @modelcontextprotocol/server-memory, or its address.')
  if (words.length > MOST_WORDS) throw new LughError('input.invalid', `A command of more than ${MOST_WORDS} words is put into a script.`)
  return { kind: 'stdio', argv: [...words], env: {}, hosts: [], reads: [], writes: false }
}

function addressOf(text: string): string {
  const url = URL.parse(text)
  if (url === null || url.username !== '' || url.password !== '')
    throw new LughError('input.invalid', 'That is no address of a server. A token goes into a header: Authorization=env:NAME.')
  return url.href
}

/** Another command or address for the same server. What it was given stays with it, but no secret goes to another address than it was meant for. */
export function withHow(before: Definition | null, words: readonly string[]): Definition {
  const now = readHow(words)
  if (now.kind === 'stdio' && before?.kind === 'stdio') return { ...before, argv: now.argv }
  if (now.kind === 'http' && before?.kind === 'http' && new URL(now.url).origin === new URL(before.url).origin)
    return checked({ ...now, headers: before.headers })
  return now
}

/** `GITHUB_TOKEN=env:GITHUB_TOKEN` for a program, `Authorization=env:TOKEN` for an address; `NAME=` takes it away. */
export function withSecret(definition: Definition, word: string): Definition {
  const at = word.indexOf('=')
  const [name, reference] = [word.slice(0, at).trim(), word.slice(at + 1).trim()]
  const given = definition.kind === 'http' ? definition.headers : definition.env
  if (reference === '' && Object.hasOwn(given, name)) {
    const rest = Object.fromEntries(Object.entries(given).filter(([one]) => one !== name))
    return definition.kind === 'http' ? { ...definition, headers: rest } : { ...definition, env: rest }
  }
  if (at < 1 || !REFERENCE.test(reference))
    throw new LughError(
      'input.invalid',
      'Say NAME=env:NAME: what the server calls it, and its name in the .env of LUGH_HOME. The secret itself is never told to Lugh.',
    )
  if (definition.kind === 'http') {
    if (!HEADER.test(name)) throw new LughError('input.invalid', `“${name.slice(0, 40)}” is no name of a header, as Authorization is.`)
    return checked({ ...definition, headers: { ...definition.headers, [name]: reference } })
  }
  if (!VARIABLE.test(name) || NOT_GIVEN.test(name)) throw new LughError('input.invalid', `${name.slice(0, 40)} cannot be given to a server.`)
  return checked({ ...definition, env: { ...definition.env, [name]: reference } })
}

/** One more host it may reach; `-HOST`: one less. */
export function withHost(definition: Definition, word: string): Definition {
  const known = stdio(definition).hosts
  const less = word.trim().startsWith('-') ? parseHostPort(word.trim().slice(1), HTTPS) : undefined
  if (less !== undefined && known.includes(showHost(less))) return { ...stdio(definition), hosts: known.filter((one) => one !== showHost(less)) }
  const place = parseHostPort(word.trim(), HTTPS)
  if (place === undefined) throw new LughError('input.invalid', `“${word.slice(0, 60)}” is no host. Say for example registry.npmjs.org.`)
  return checked({ ...stdio(definition), hosts: [...new Set([...known, showHost(place)])] })
}

/** One more directory it may read; `-/DIR`: one less. */
export function withReading(definition: Definition, word: string): Definition {
  const path = word.trim()
  const known = stdio(definition).reads
  if (path.startsWith('-') && known.includes(path.slice(1))) return { ...stdio(definition), reads: known.filter((one) => one !== path.slice(1)) }
  if (!isAbsolute(path)) throw new LughError('input.invalid', 'Say the whole path of a directory, beginning with /.')
  return checked({ ...stdio(definition), reads: [...new Set([...known, path])] })
}

export function withWriting(definition: Definition, writes: boolean): Definition {
  return { ...stdio(definition), writes }
}

function stdio(definition: Definition): Extract<Definition, { kind: 'stdio' }> {
  if (definition.kind === 'stdio') return definition
  throw new LughError('input.invalid', 'That is for servers that are programs; one at an address runs elsewhere.')
}

/** Few enough to be read, and no secret where others can listen. */
function checked(definition: Definition): Definition {
  const lists = definition.kind === 'http' ? [Object.keys(definition.headers)] : [Object.keys(definition.env), definition.hosts, definition.reads]
  if (lists.some((list) => list.length > MOST_OF_EACH)) throw new LughError('input.invalid', `A server has at most ${MOST_OF_EACH} of each.`)
  if (definition.kind === 'http' && Object.keys(definition.headers).length > 0 && !isPrivateWay(definition.url))
    throw new LughError('input.invalid', 'A secret goes to an https:// address only, or to this very machine.')
  return definition
}

function isPrivateWay(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
}

/** Words in any order: options first, then the command or address. */
export type Asked = { readonly name: string; readonly all: boolean; readonly project?: string; readonly definition?: Definition }

/** `NAME [all|project=P] [NAME=env:NAME…] [host=H…] [read=/DIR…] [write] COMMAND…|ADDRESS` → what is asked for. */
export function readConnect(words: readonly string[]): Asked {
  const [name = '', ...more] = words
  const { options, rest } = apart(more, /^(?:all|write|[A-Za-z_][\w-]*=.*)$/u)
  const value = (key: string): string[] => options.filter((word) => word.startsWith(`${key}=`)).map((word) => word.slice(key.length + 1))
  const [project] = value('project')
  const base = { name: serverName(name), all: options.includes('all'), ...(project === undefined ? {} : { project }) }
  if (rest.length === 0 && options.every((word) => word === 'all' || word.startsWith('project='))) return base
  let definition = readHow(rest)
  for (const host of value('host')) definition = withHost(definition, host)
  for (const path of value('read')) definition = withReading(definition, path)
  if (options.includes('write')) definition = withWriting(definition, true)
  for (const word of options.filter((option) => option.includes('=') && !/^(?:project|host|read)=/u.test(option)))
    definition = withSecret(definition, word)
  return { ...base, definition }
}

/** What is to become of a server that is there; what is not said stays. */
export type Changes = {
  how?: string | undefined
  secret?: string[] | undefined
  host?: string[] | undefined
  read?: string[] | undefined
  writes?: boolean | undefined
  all?: boolean | undefined
}

/** `[all] [NAME=env:NAME…] [host=H…] [read=/DIR…] [write|no-write] [COMMAND…|ADDRESS]`, each as the words that say it. */
export function readChanges(words: readonly string[]): Changes {
  const { options, rest } = apart(words, /^(?:all|write|no-write|[A-Za-z_][\w-]*=.*)$/u)
  const value = (key: string): string[] => options.filter((word) => word.startsWith(`${key}=`)).map((word) => word.slice(key.length + 1))
  const secret = options.filter((option) => option.includes('=') && !/^(?:host|read)=/u.test(option))
  const [host, read] = [value('host'), value('read')]
  return {
    ...(rest.length === 0
      ? {}
      : { how: rest.map((word) => (/^[\w@%+=:,./-]+$/u.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ') }),
    ...(secret.length === 0 ? {} : { secret }),
    ...(host.length === 0 ? {} : { host }),
    ...(read.length === 0 ? {} : { read }),
    ...(options.includes('write') || options.includes('no-write') ? { writes: options.includes('write') } : {}),
    ...(options.includes('all') ? { all: true } : {}),
  }
}

function apart(words: readonly string[], option: RegExp): { options: string[]; rest: string[] } {
  const found = words.findIndex((word) => !option.test(word))
  const at = found === -1 ? words.length : found
  return { options: words.slice(0, at), rest: words.slice(at) }
}

/** The definition with what is to change of it. `null`: nothing was said of how it is started or reached yet. */
export function changed(
  definition: Definition | null,
  { how, secret = [], host = [], read = [], writes }: Changes,
  split: (text: string) => string[],
): Definition | null {
  let now = how === undefined ? definition : withHow(definition, split(how))
  for (const word of secret) now = withSecret(started(now), word)
  for (const word of host) now = withHost(started(now), word)
  for (const word of read) now = withReading(started(now), word)
  return writes === undefined ? now : withWriting(started(now), writes)
}

/** What can be started or reached, else the sentence that asks how. */
export function started(definition: Definition | null): Definition {
  if (definition === null) throw new LughError('input.invalid', 'First say how it is started or reached.')
  return definition
}

/** The same definition, each part of it read as if a person had said it. */
export function recheck(definition: Definition): Definition {
  if (definition.kind === 'http')
    return Object.entries(definition.headers).reduce((made, pair) => withSecret(made, pair.join('=')), readHow([definition.url]))
  let made = withWriting(readHow(definition.argv), definition.writes)
  for (const host of definition.hosts) made = withHost(made, host)
  for (const path of definition.reads) made = withReading(made, path)
  for (const pair of Object.entries(definition.env)) made = withSecret(made, pair.join('='))
  return made
}
