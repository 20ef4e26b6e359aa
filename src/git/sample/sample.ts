/** Makes the sample project: a small tea shop with a bug in it, for a first wish that costs nothing. Never touches a folder that is already there. */
import { existsSync } from 'node:fs'
import { cp, mkdir, rename, rm } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { dirname, join } from 'node:path'
import { LughError } from '#core'
import type { Sandbox } from '#sandbox'

const FILES = join(import.meta.dirname, 'files')

/** The commit is the same on every machine. */
const DATE = '2026-01-01T12:00:00 +0000'
const ENVIRONMENT = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Lugh sample',
  GIT_AUTHOR_EMAIL: 'sample@lugh.localhost',
  GIT_AUTHOR_DATE: DATE,
  GIT_COMMITTER_NAME: 'Lugh sample',
  GIT_COMMITTER_EMAIL: 'sample@lugh.localhost',
  GIT_COMMITTER_DATE: DATE,
}

/**
 * Makes a git repository at `path` with the sample's files in one commit on `main`. Whole or absent, and safe to repeat:
 * a folder that is there already is left as it is. Throws `git.failed` when git refuses.
 */
export async function createSampleRepository(sandbox: Sandbox, path: string): Promise<void> {
  if (existsSync(path)) return
  await mkdir(dirname(path), { recursive: true })
  const aside = `${path}.new-${randomBytes(6).toString('hex')}`
  try {
    await cp(FILES, aside, { recursive: true })
    for (const args of [
      ['init', '--quiet', '--template=', '--initial-branch=main'],
      ['add', '--all'],
      ['commit', '--quiet', '--message=A small tea shop'],
    ]) {
      const result = await sandbox.trusted({ argv: ['git', ...args], cwd: aside, env: ENVIRONMENT })
      if (result.exitCode !== 0) throw new LughError('git.failed', 'The sample project could not be made.', { detail: result.stderr.slice(0, 500) })
    }
    await rename(aside, path)
  } finally {
    await rm(aside, { recursive: true, force: true })
  }
}
