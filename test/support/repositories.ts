/** Real git repositories of a person for system tests, and what is in them to the byte. Uses plain git, nothing of Lugh. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { plantInRepository } from './canaries.ts'

/** A person's own git settings, the same in every test. */
const PERSON = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.org',
}

/** What git prints, without its last line feed. Throws with what it complained of. */
export function git(cwd: string, ...args: readonly string[]): string {
  return execFileSync('git', args, { cwd, env: PERSON, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 64 * 1024 * 1024 }).trimEnd()
}

export type Files = Readonly<Record<string, string>>

const SEED: Files = { 'README.md': '# Shop\n', 'src/total.js': 'export const total = (a, b) => a + b\n', '.gitignore': 'ignored/\n' }

/** A repository with a commit on `main`, checked out, and secrets beside it; `files` beside or over the usual ones. */
export function makeRepository(path: string, files: Files = {}): string {
  mkdirSync(path, { recursive: true })
  git(path, 'init', '--quiet', '--initial-branch=main')
  git(path, 'config', 'user.name', 'Ada')
  git(path, 'config', 'user.email', 'ada@example.org')
  writeFiles(path, { ...SEED, ...files })
  git(path, 'add', '--all')
  git(path, 'commit', '--quiet', '-m', 'Begin')
  plantInRepository(path)
  return path
}

export function writeFiles(path: string, files: Files): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    writeFileSync(join(path, name), text)
  }
}

/** Everything a careful person has lying about: a stash, hooks that would shout, settings, staged, untracked and ignored files. */
export function clutter(path: string): void {
  writeFiles(path, { 'README.md': '# Shop, stashed idea\n' })
  git(path, 'stash', 'push', '--quiet', '-m', 'an idea')
  git(path, 'branch', 'side')
  git(path, 'tag', 'v1')
  for (const hook of ['pre-commit', 'post-merge', 'post-checkout', 'reference-transaction', 'post-rewrite', 'pre-merge-commit']) {
    const file = join(path, '.git', 'hooks', hook)
    writeFiles(path, { [`.git/hooks/${hook}`]: `#!/bin/sh\necho ran >> "$(git rev-parse --git-dir)/../hook-ran-${hook}"\n` })
    chmodSync(file, 0o755)
  }
  git(path, 'config', 'alias.co', 'checkout')
  writeFiles(path, { 'ignored/cache.bin': 'cached', 'notes.txt': 'not in git\n' })
}

/** Hooks of the person's that have been run. */
export function hooksRun(path: string): string[] {
  return readdirSync(path).filter((name) => name.startsWith('hook-ran-'))
}

/** A copy with nothing but the git directory. */
export function makeBare(path: string, from: string): string {
  mkdirSync(dirname(path), { recursive: true })
  git(dirname(path), 'clone', '--quiet', '--bare', from, path)
  return path
}

export function fileUrl(path: string): string {
  return pathToFileURL(path).href
}

/** Commits the given files on what is checked out. Answers the commit. */
export function commitFiles(path: string, files: Files, message: string): string {
  writeFiles(path, files)
  git(path, 'add', '--all', '--', ...Object.keys(files))
  git(path, 'commit', '--quiet', '--no-verify', '-m', message)
  return tip(path)
}

/** The commit of a branch. */
export function tip(path: string, branch = 'HEAD'): string {
  return git(path, 'rev-parse', '--verify', `${branch}^{commit}`)
}

/** Subjects of a branch's commits, the newest first, without the person's own when `since` names one of those. */
export function subjects(path: string, branch = 'main', since?: string): string[] {
  const range = since === undefined ? branch : `${since}..${branch}`
  return git(path, 'log', '--format=%s', range)
    .split('\n')
    .filter((line) => line !== '')
}

/** A file of a commit, or undefined when it has none. */
export function fileAt(path: string, branch: string, name: string): string | undefined {
  return git(path, 'ls-tree', '-r', '--name-only', branch).split('\n').includes(name)
    ? execFileSync('git', ['show', `${branch}:${name}`], { cwd: path, env: PERSON, encoding: 'utf8' })
    : undefined
}

/** Every file under a folder, `.git` included, with type, mode and content: what "byte-identical" means. */
export type Fingerprint = Readonly<Record<string, string>>

export function fingerprint(path: string): Fingerprint {
  const found: Record<string, string> = {}
  const walk = (folder: string): void => {
    for (const name of readdirSync(join(path, folder))) {
      const file = folder === '' ? name : `${folder}/${name}`
      const seen = lstatSync(join(path, file))
      if (seen.isDirectory()) walk(file)
      else found[file] = `${seen.mode.toString(8)} ${seen.isSymbolicLink() ? `-> ${readlinkSync(join(path, file))}` : hash(join(path, file))}`
    }
  }
  walk('')
  return found
}

function hash(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}

/** Files that differ, were added or are gone, sorted. Loose objects and packs are left out: git's store only grows. */
export function differences(before: Fingerprint, after: Fingerprint): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].filter((name) => before[name] !== after[name] && !/^(?:\.git\/)?objects\//.test(name)).toSorted()
}

/** Objects that were there and are not, or are changed: there may never be any. */
export function lostObjects(before: Fingerprint, after: Fingerprint): string[] {
  return Object.keys(before).filter((name) => /^(?:\.git\/)?objects\//.test(name) && before[name] !== after[name])
}
