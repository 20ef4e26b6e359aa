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

/** `GITHUB_TOKEN=env:GITHUB_TOKEN` for a program, `Authorization=env:TOKEN` for an address. */
export function withSecret(definition: Definition, word: string): Definition {
  const at = word.indexOf('=')
  const [name, reference] = [word.slice(0, at).trim(), word.slice(at + 1).trim()]
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

export function withHost(definition: Definition, word: string): Definition {
  const place = parseHostPort(word.trim(), HTTPS)
  if (place === undefined) throw new LughError('input.invalid', `“${word.slice(0, 60)}” is no host. Say for example registry.npmjs.org.`)
  return checked({ ...stdio(definition), hosts: [...new Set([...stdio(definition).hosts, showHost(place)])] })
}

export function withReading(definition: Definition, word: string): Definition {
  const path = word.trim()
  if (!isAbsolute(path)) throw new LughError('input.invalid', 'Say the whole path of a directory, beginning with /.')
  return checked({ ...stdio(definition), reads: [...new Set([...stdio(definition).reads, path])] })
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
  const [name = '', ...rest] = words
  const options: string[] = []
  while (rest[0] !== undefined && /^(?:all|write|[A-Za-z_][\w-]*=.*)$/u.test(rest[0])) options.push(rest.shift() ?? '')
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
