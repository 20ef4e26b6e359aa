/**
 * The worktree's files by handle. Each component of a path is opened from its parent's handle without following a symbolic link, so
 * that nothing an agent plants or swaps meanwhile leads outside. Writes go to a temporary file beside the target and take its place
 * in one rename; what was there is never half written.
 */
import { createHash } from 'node:crypto'
import { constants, existsSync, type Dirent, type Stats } from 'node:fs'
import { lstat, mkdir, open, readdir, rename, unlink, type FileHandle } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { errorCode, refusal } from './file-errors.ts'

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants

/**
 * Linux reaches a child by its parent's handle through /proc, which no swap can mislead. Elsewhere each component is looked at
 * before it is opened: a link is refused all the same, but a swap in the very moment between could be followed.
 */
const BY_HANDLE = existsSync('/proc/self/fd')

/** Largest file the tools read or write whole. Source files are far smaller; larger ones are data, for a command to handle. */
export const FILE_MAX_BYTES = 5 * 1024 * 1024
/** Name of the temporary file a write goes to; always the same for one target, so that a write repeated after a kill leaves none. */
const TEMPORARY = '.lugh-write-'

/** An open directory of the worktree. `at` addresses an entry of it. */
export type OpenDirectory = { readonly handle: FileHandle; readonly at: (name: string) => string; readonly here: string }

function directoryOf(handle: FileHandle, path: string): OpenDirectory {
  const here = BY_HANDLE ? `/proc/self/fd/${handle.fd}` : path
  return { handle, here, at: (name) => join(here, name) }
}

async function enter(parent: OpenDirectory, name: string): Promise<OpenDirectory> {
  if (!BY_HANDLE && (await lstat(parent.at(name))).isSymbolicLink()) throw Object.assign(new Error('symbolic link'), { code: 'ELOOP' })
  return directoryOf(await open(parent.at(name), O_RDONLY | O_DIRECTORY | O_NOFOLLOW), parent.at(name))
}

/** Runs `use` with the directory `path` (normalised, relative) open; `create` makes what is missing of it. */
export async function withDirectory<T>(worktree: string, path: string, create: boolean, use: (directory: OpenDirectory) => Promise<T>): Promise<T> {
  const opened = [directoryOf(await open(worktree, O_RDONLY | O_DIRECTORY), worktree)]
  try {
    for (const name of path === '.' ? [] : path.split('/')) {
      const parent = opened.at(-1)
      if (parent === undefined) break
      if (create) await mkdir(parent.at(name)).catch((error: unknown) => ignore(error, 'EEXIST'))
      opened.push(await enter(parent, name))
    }
    const directory = opened.at(-1)
    if (directory === undefined) throw refusal('not-found', `There is no directory ${path}.`)
    return await use(directory)
  } finally {
    await Promise.all(opened.map(({ handle }) => handle.close()))
  }
}

/** The bytes of a regular file. Throws the system's error, or LughError `input.invalid` for what is no regular file or too large. */
export function readBytes(worktree: string, path: string, maxBytes: number = FILE_MAX_BYTES): Promise<Buffer> {
  return withDirectory(worktree, posix.dirname(path), false, (directory) => readEntry(directory, posix.basename(path), maxBytes))
}

async function readEntry(directory: OpenDirectory, name: string, maxBytes: number): Promise<Buffer> {
  // Without O_NONBLOCK opening a named pipe would wait for a writer for ever.
  const handle = await open(directory.at(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  try {
    const stats = await handle.stat()
    if (stats.isDirectory()) throw refusal('input.invalid', `${name} is a directory: use list_files.`)
    if (!stats.isFile()) throw refusal('input.invalid', `${name} is no regular file.`)
    if (stats.size > maxBytes)
      throw refusal(
        'input.invalid',
        `${name} has ${stats.size} bytes, more than the ${maxBytes} this tool handles: look at parts of it with a command.`,
      )
    return await handle.readFile()
  } finally {
    await handle.close()
  }
}

/** Replaces or makes a file, parents included, keeping the mode of what was there. */
export function writeBytes(worktree: string, path: string, bytes: Uint8Array): Promise<void> {
  return withDirectory(worktree, posix.dirname(path), true, (directory) => writeEntry(directory, posix.basename(path), bytes))
}

async function writeEntry(directory: OpenDirectory, name: string, bytes: Uint8Array): Promise<void> {
  const before = await lstat(directory.at(name)).catch((error: unknown) => ignore(error, 'ENOENT'))
  checkReplaceable(before, name)
  const temporary = directory.at(TEMPORARY + sha256(Buffer.from(name)).slice(0, 12))
  await unlink(temporary).catch((error: unknown) => ignore(error, 'ENOENT'))
  const handle = await open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o666)
  try {
    await handle.writeFile(bytes)
    if (before !== undefined) await handle.chmod(before.mode & 0o777)
    await handle.datasync()
    await rename(temporary, directory.at(name))
  } catch (error) {
    await unlink(temporary).catch(() => undefined)
    throw error
  } finally {
    await handle.close()
  }
}

/** Removes a regular file. Throws as writing it would. */
export function removeFile(worktree: string, path: string): Promise<void> {
  return withDirectory(worktree, posix.dirname(path), false, async (directory) => {
    const name = posix.basename(path)
    checkReplaceable(await lstat(directory.at(name)), name)
    await unlink(directory.at(name))
  })
}

/** A second name of a file may be outside the worktree; replacing it here is refused rather than reasoned about. */
function checkReplaceable(before: Stats | undefined, name: string): void {
  if (before === undefined) return
  if (before.isSymbolicLink()) throw refusal('input.invalid', `${name} is a symbolic link: change the file it points to by its own path.`)
  if (!before.isFile()) throw refusal('input.invalid', `${name} is no regular file.`)
  if (before.nlink > 1) throw refusal('input.invalid', `${name} has a second name (hard link), possibly outside the worktree, and is left alone.`)
}

/** The entries of an open directory, by name; temporary files of writes are left out. */
export async function entriesOf(directory: OpenDirectory): Promise<Dirent[]> {
  const entries = await readdir(directory.here, { withFileTypes: true })
  return entries.filter(({ name }) => !name.startsWith(TEMPORARY)).toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function ignore(error: unknown, code: string): undefined {
  if (errorCode(error) === code) return undefined
  throw error
}
