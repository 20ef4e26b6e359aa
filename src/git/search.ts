/** Looks for words in what was fetched from the person's repository, without a checkout: no filter, hook or attribute of it has a say. */
import { existsSync } from 'node:fs'
import type { ObjectName } from '#core'
import { refOf } from './branch-name.ts'
import { objectName, own } from './command.ts'
import type { Context } from './command.ts'
import { placesOf } from './places.ts'
import type { Found, Repository } from './port.ts'

/** A hundred thousand files take about two seconds; whoever asks is waiting. */
const SEARCH_MS = 5000
/** Enough for thousands of lines; more is ranked worse, not better. */
const OUTPUT_BYTES = 2 * 1024 * 1024
/** Longer lines are data or were made by a program. */
const LINE_CHARACTERS = 400

/** See `Git.tipOf`. */
export async function tipOf(context: Context, repository: Repository, branch: string): Promise<ObjectName | undefined> {
  const { base } = placesOf(context.home, repository.projectId)
  if (!existsSync(base)) return undefined
  const tip = await own(context, base, ['rev-parse', '--quiet', '--verify', `${refOf(branch)}^{commit}`], { answers: [1] })
  return tip.stdout.trim() === '' ? undefined : objectName(tip)
}

/** See `Git.search`. */
export async function search(
  context: Context,
  repository: Repository,
  branch: string,
  words: readonly string[],
  limit: number,
): Promise<Found | undefined> {
  const { base } = placesOf(context.home, repository.projectId)
  const commit = words.length === 0 ? undefined : await tipOf(context, repository, branch)
  if (commit === undefined) return undefined
  const patterns = words.flatMap((word) => ['-e', word])
  const options = ['-I', '-i', '-n', '-z', '--fixed-strings', '--full-name', '--no-color', `--max-count=${limit}`, '--no-recurse-submodules']
  const found = await own(context, base, ['grep', ...options, ...patterns, commit, '--'], {
    answers: [1],
    timeoutMs: SEARCH_MS,
    outputBytes: OUTPUT_BYTES,
    mayTruncate: true,
  })
  const lines = found.stdout.split('\n').flatMap((row) => {
    // `commit:path NUL line NUL text`
    const [place = '', line = '', ...text] = row.split('\0')
    const path = place.slice(commit.length + 1)
    return path === '' || !/^\d+$/u.test(line) ? [] : [{ path, line: Number(line), text: text.join(' ').slice(0, LINE_CHARACTERS) }]
  })
  return { commit, lines, cut: found.truncated }
}
