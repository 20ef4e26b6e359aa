/** Proves a checkpoint whole before anything is written from it: its reference, and every object of it read and hashed again. */
import type { ObjectName } from '#core'
import { own } from '../command.ts'
import type { Context } from '../command.ts'
import { GitFailed } from '../failure.ts'
import { placesOf } from '../places.ts'
import type { Repository } from '../port.ts'
import { refOfCheckpoint } from './keep.ts'

/** Reading every file of a large project again. */
const VERIFY_TIMEOUT_MS = 600_000

/**
 * See `Checkpoints.verify`. Of the commits it names the trees are read whole, their older history is not: a restore never
 * looks at it.
 */
export async function verify(context: Context, repository: Repository, name: string, commit: ObjectName): Promise<string | undefined> {
  const { store } = placesOf(context.home, repository.projectId)
  try {
    const { stdout: found } = await own(context, store, ['rev-parse', '--quiet', '--verify', refOfCheckpoint(name)], { answers: [1] })
    if (found.trim() !== commit) return found.trim() === '' ? 'its reference is gone' : 'its reference names something else'
    const { stdout: parents } = await own(context, store, ['cat-file', 'commit', commit])
    const tips = [...parents.matchAll(/^parent ([0-9a-f]+)$/gm)].map((match) => match[1] ?? '')
    await own(context, store, ['rev-list', '--objects', '--verify-objects', '--no-walk', '--quiet', commit, ...tips], {
      timeoutMs: VERIFY_TIMEOUT_MS,
    })
    return undefined
  } catch (error) {
    if (error instanceof GitFailed && !error.retryable) return 'an object of it is missing or damaged'
    throw error
  }
}
