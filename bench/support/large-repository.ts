/** A repository of 5,000 files, the room that handles it, and plain git on a copy of it. Everything lies in one temporary folder. */
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ProjectId } from '#core'
import { createGit, type Git, type Repository } from '#git'
import { createSandbox } from '#sandbox'
import { git, makeRepository, type Files } from '../../test/support/repositories.ts'
import { silent, TEST_PATH } from '../../test/support/sandbox.ts'
import type { Bench } from './figure.ts'

/** What is promised is promised for so many; the short form has a tenth, since writing them takes seconds on a busy disk. */
export function filesOf(bench: Bench): number {
  return bench.rounds(5000, 500)
}

const PER_FOLDER = 50
const LINES = 40

/** About 1.5 kB, like the files of most projects; no two are alike. */
function sourceFile(n: number): string {
  return Array.from({ length: LINES }, (_, line) => `export const value_${n}_${line} = ${n * line}\n`).join('')
}

export function pathOf(n: number): string {
  return `src/part-${Math.floor(n / PER_FOLDER)}/file-${n}.ts`
}

/** Makes it at `path`, packed and checked out as a clone would be; answers the path. Added file by file it would take ten seconds. */
export function makeLargeRepository(path: string, files: number): string {
  makeRepository(path)
  const blobs = Array.from({ length: files }, (_, n) => `M 644 inline ${pathOf(n)}\n${counted(sourceFile(n))}`)
  const commit = `commit refs/heads/main\ncommitter Ada <ada@example.org> 1767225600 +0000\n${counted('Fill')}from refs/heads/main^0\n`
  execFileSync('git', ['fast-import', '--quiet'], { cwd: path, input: `${commit}${blobs.join('')}done\n` })
  git(path, 'reset', '--quiet', '--hard')
  return path
}

function counted(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`
}

/** The same change in each round, and different bytes, so that no object is there before: 20 files edited, 5 new, 5 gone. */
export function changedFiles(round: number): { write: Files; drop: readonly string[] } {
  const write: Record<string, string> = {}
  for (let n = 0; n < 20; n += 1) write[pathOf(n * 7)] = `${sourceFile(n * 7)}export const round = ${round}\n`
  for (let n = 0; n < 5; n += 1) write[`src/new-${n}.ts`] = `${sourceFile(n)}export const round = ${round}\n`
  return { write, drop: Array.from({ length: 5 }, (_, n) => pathOf(201 + n * 11)) }
}

export type Workbench = Readonly<{ root: string; theirs: string; bare: string; room: Git; repository: Repository; close: () => Promise<void> }>

/** The git room on one repository that has been added, and a plain clone (`bare`) beside it for git alone. */
export async function openWorkbench(bench: Bench): Promise<Workbench> {
  const root = mkdtempSync(join(tmpdir(), 'lugh-bench-'))
  const at = { home: join(root, 'lugh'), person: join(root, 'person'), theirs: join(root, 'theirs'), bare: join(root, 'bare') }
  for (const folder of [at.home, at.person]) mkdirSync(folder)
  makeLargeRepository(at.theirs, filesOf(bench))
  git(root, 'clone', '--quiet', '--no-hardlinks', at.theirs, at.bare)
  const sandbox = await createSandbox({ mode: 'auto', home: at.home, host: { path: TEST_PATH, home: at.person, lang: 'C.UTF-8' }, log: silent })
  const room = createGit({ home: at.home, sandbox, hostEnvironment: { home: at.person } })
  const repository: Repository = { projectId: ProjectId.parse(randomUUID()), kind: 'path', location: at.theirs }
  const close = async (): Promise<void> => {
    await sandbox.close()
    rmSync(root, { recursive: true, force: true })
  }
  try {
    await room.addRepository(repository)
    await room.fetch(repository, 'main')
    return { root, theirs: at.theirs, bare: at.bare, room, repository, close }
  } catch (error) {
    await close()
    throw error
  }
}
