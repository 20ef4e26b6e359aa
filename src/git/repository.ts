/** Looks at the person's repository, by path or URL, and fetches from it. Writes only into Lugh's own base. */
import { existsSync } from 'node:fs'
import { copyFile, readdir, rename, rm, stat } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { LughError, ObjectName } from '#core'
import { refOf } from './branch-name.ts'
import { asPerson, objectName, own, theirs } from './command.ts'
import type { Context } from './command.ts'
import { GitFailed, redact } from './failure.ts'
import { makeOwnRepositories, objectFormat } from './own-repositories.ts'
import type { ObjectFormat } from './own-repositories.ts'
import { placesOf } from './places.ts'
import type { Author, Repository } from './port.ts'

/** A large repository over a slow line: an hour. Git shows no progress to time by, and a fetch that is cut starts anew. */
const NETWORK_TIMEOUT_MS = 60 * 60_000
/** Asking a server for its branches: a minute, then it counts as unreachable. */
const ASK_TIMEOUT_MS = 60_000

type Look = { readonly defaultBranch: string; readonly empty: boolean; readonly format: ObjectFormat }

/** See `Git.addRepository`. */
export async function addRepository(context: Context, repository: Repository): Promise<{ defaultBranch: string; empty: boolean }> {
  const { defaultBranch, empty, format } = await look(context, repository)
  await ensureOwn(context, repository, format)
  return { defaultBranch, empty }
}

/** See `Git.fetch`. */
export async function fetch(context: Context, repository: Repository, targetBranch: string): Promise<ObjectName> {
  const ref = refOf(targetBranch)
  const found = await tipOf(context, repository, ref)
  if (found === undefined) throw await nothingThere(context, repository, targetBranch)
  const { base, store } = placesOf(context.home, repository.projectId)
  if (existsSync(base) && existsSync(store) && (await fetchedTip(context, base, ref)) === found) {
    await copyShallow(base, store)
    return ObjectName.parse(found)
  }
  await ensureOwn(context, repository, found.length === 64 ? 'sha256' : 'sha1')
  const args = [
    'fetch',
    '--quiet',
    '--no-tags',
    '--no-write-fetch-head',
    '--no-recurse-submodules',
    '--no-auto-maintenance',
    '--update-shallow',
    '--force',
  ]
  await fromThem(context, repository, [`--git-dir=${base}`, ...args, '--', repository.location, `+${ref}:${ref}`], NETWORK_TIMEOUT_MS)
  await copyShallow(base, store)
  return objectName(await own(context, base, ['rev-parse', '--verify', `${ref}^{commit}`]))
}

/** What an earlier fetch brought; git moves the ref last, so all it needs is there too. Four processes fewer before most tasks. */
async function fetchedTip(context: Context, base: string, ref: string): Promise<string> {
  return (await own(context, base, ['rev-parse', '--quiet', '--verify', `${ref}^{commit}`], { answers: [1] })).stdout.trim()
}

/** See `Git.author`. */
export async function author(context: Context, repository: Repository): Promise<Author | undefined> {
  const where = repository.kind === 'path' ? repository.location : context.home
  const setting = async (key: string): Promise<string> => (await asPerson(context, where, ['config', '--get', key], { answers: [1] })).stdout.trim()
  const name = (await setting('author.name')) || (await setting('user.name'))
  const email = (await setting('author.email')) || (await setting('user.email'))
  return name === '' || email === '' ? undefined : { name, email }
}

/** The commit a ref of the person's repository names now, or undefined. Throws `git.unreachable` and `git.not-a-repository`. */
export async function tipOf(context: Context, repository: Repository, ref: string): Promise<string | undefined> {
  if (repository.kind === 'path') {
    await mustBeFolder(repository.location)
    const { stdout } = await inTheirs(context, repository.location, ['rev-parse', '--quiet', '--verify', `${ref}^{commit}`], [1])
    return stdout.trim() || undefined
  }
  const { stdout } = await fromThem(context, repository, ['ls-remote', '--quiet', '--', repository.location, ref], ASK_TIMEOUT_MS)
  const line = stdout.split('\n').find((line) => line.endsWith(`\t${ref}`))
  return line?.split('\t')[0]
}

async function look(context: Context, repository: Repository): Promise<Look> {
  return repository.kind === 'path' ? lookAtPath(context, repository.location) : lookAtUrl(context, repository)
}

async function lookAtPath(context: Context, path: string): Promise<Look> {
  await mustBeFolder(path)
  const { stdout } = await inTheirs(context, path, ['rev-parse', '--show-object-format', '--is-bare-repository', '--is-inside-git-dir'], [])
  const [format, bare, inside] = stdout.split('\n')
  if (bare !== 'true' && inside === 'true') throw notARepository(path, 'it is the inside of one: name the folder above it')
  const branches = await inTheirs(context, path, ['for-each-ref', '--sort=-committerdate', '--format=%(refname:short)', 'refs/heads'], [])
  const names = branches.stdout.split('\n').filter((name) => name !== '')
  const head = (await inTheirs(context, path, ['symbolic-ref', '--quiet', '--short', 'HEAD'], [1])).stdout.trim()
  return { defaultBranch: chooseBranch(head, names), empty: names.length === 0, format: format === 'sha256' ? 'sha256' : 'sha1' }
}

/** What is checked out, when it has commits; on a detached or unborn head the usual names, then the branch last committed to. */
function chooseBranch(head: string, names: readonly string[]): string {
  return [head, 'main', 'master', ...names].find((name) => names.includes(name)) ?? (head || 'main')
}

async function lookAtUrl(context: Context, repository: Repository): Promise<Look> {
  const { stdout } = await fromThem(
    context,
    repository,
    ['ls-remote', '--quiet', '--symref', '--', repository.location, 'HEAD', 'refs/heads/*'],
    ASK_TIMEOUT_MS,
  )
  const head = /^ref: refs\/heads\/(.+)\tHEAD$/m.exec(stdout)?.[1] ?? ''
  const names = [...stdout.matchAll(/^[0-9a-f]+\trefs\/heads\/(.+)$/gm)].map((match) => match[1] ?? '')
  return { defaultBranch: chooseBranch(head, names), empty: names.length === 0, format: /^[0-9a-f]{64}\t/m.test(stdout) ? 'sha256' : 'sha1' }
}

/** Makes Lugh's own repositories; when an empty project turns out to use the other object format, anew. */
async function ensureOwn(context: Context, repository: Repository, format: ObjectFormat): Promise<void> {
  const places = placesOf(context.home, repository.projectId)
  if (existsSync(places.base) && (await objectFormat(context, places)) !== format) {
    if ((await own(context, places.base, ['for-each-ref'])).stdout !== '')
      throw new LughError('git.failed', 'The repository changed its object format. Remove the project and add it again.')
    for (const path of [places.base, places.store, places.raw, places.workshop]) await rm(path, { recursive: true, force: true })
  }
  await makeOwnRepositories(context, places, format)
}

/** Runs git that speaks to the person's repository: over a network with their credentials, on this machine with Lugh's own configuration. */
async function fromThem(context: Context, repository: Repository, args: readonly string[], timeoutMs: number): Promise<{ stdout: string }> {
  const isLocal = repository.kind === 'path' || repository.location.startsWith('file://')
  if (repository.kind === 'url') mustBeUrl(repository.location)
  try {
    return await (isLocal ? theirs : asPerson)(context, context.home, args, { timeoutMs })
  } catch (error) {
    throw error instanceof GitFailed ? outsideError(repository, error) : error
  }
}

/** Two kinds: they said no (asking again is useless), and we could not ask. */
export function outsideError(repository: Repository, failure: GitFailed): LughError {
  const where = redact(repository.location)
  if (failure.code === 'disk.full') return failure
  if (
    /not appear to be a git repository|not a git repository|not found|Authentication failed|could not read (Username|Password)|Permission denied|403|401|access denied|no such file/i.test(
      failure.stderr,
    )
  )
    return new LughError('git.not-a-repository', `${where} cannot be read: there is no such repository, or this machine's git has no access to it.`, {
      cause: failure,
    })
  if (/transport .* not allowed/i.test(failure.stderr))
    return new LughError('git.not-a-repository', `${where} is no address Lugh fetches from.`, { cause: failure })
  if (/lazy fetching|missing .*promisor|partial clone/i.test(failure.stderr))
    return new LughError('git.not-a-repository', `${where} is a partial clone. Add its original URL, or a full clone.`, { cause: failure })
  if (repository.kind === 'path') return failure
  return new LughError('git.unreachable', `${where} could not be reached. Try again in a moment.`, { cause: failure, retryable: true })
}

async function inTheirs(context: Context, path: string, args: readonly string[], answers: readonly number[]): Promise<{ stdout: string }> {
  try {
    return await theirs(context, path, args, { answers })
  } catch (error) {
    if (error instanceof GitFailed && /not a git repository|this operation must be run in a work tree/i.test(error.stderr))
      throw notARepository(path, 'run "git init" there, or name the top folder of a repository')
    throw error
  }
}

async function mustBeFolder(path: string): Promise<void> {
  if (!isAbsolute(path)) throw notARepository(path, 'name it by its whole path, from / on')
  const found = await stat(path).catch(() => undefined) // absence is an answer, given below
  if (found?.isDirectory() !== true) throw notARepository(path, 'there is no such folder on this machine')
}

/** A scheme Lugh knows, or `user@host:path`. Anything else could be an option or a helper that runs commands. */
const URL_SHAPE = /^((https?|ssh|git|file):\/\/[^\s]+|[\w.-]+@[\w.-]+:[^\s-][^\s]*)$/i

function mustBeUrl(url: string): void {
  if (!URL_SHAPE.test(url)) throw notARepository(redact(url), 'a repository is named by https://…, ssh://…, git@host:path or a path from / on')
}

function notARepository(path: string, advice: string): LughError {
  return new LughError('git.not-a-repository', `${path} is not a git repository: ${advice}.`)
}

async function nothingThere(context: Context, repository: Repository, branch: string): Promise<LughError> {
  const { empty } = await look(context, repository)
  return new LughError(
    'git.no-commits',
    empty
      ? `${redact(repository.location)} has no commits yet. Make a first one there (git commit --allow-empty -m "start"), then try again.`
      : `${redact(repository.location)} has no branch ${branch}. Make it there, or choose another target branch.`,
  )
}

/** Where history was cut off in base it is cut off in what borrows from it. */
async function copyShallow(base: string, store: string): Promise<void> {
  if (!(await readdir(base)).includes('shallow')) return rm(join(store, 'shallow'), { force: true })
  const aside = join(store, `shallow-${randomBytes(6).toString('hex')}`)
  await copyFile(join(base, 'shallow'), aside)
  await rename(aside, join(store, 'shallow'))
}
