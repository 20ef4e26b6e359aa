/** A file of a commit never changes, so the last ones asked for stay in memory. Holds what was read and nothing that was guessed. */
import type { Git } from './port.ts'

/** A few projects' settings and guidance, each read before every turn of work; two processes a file otherwise. */
const KEPT = 64
/** Larger texts are read again: memory stays under 4 MB. */
const MAX_CHARACTERS = 64 * 1024

/** `read`, asked once for each file of each commit while it is among the last ones. Errors are not kept. */
export function rememberFiles(read: Git['readFile']): Git['readFile'] {
  const known = new Map<string, string | undefined>()
  return async (repository, commit, path, maxBytes) => {
    const key = JSON.stringify([repository.projectId, commit, path, maxBytes])
    const found = known.has(key) ? known.get(key) : await read(repository, commit, path, maxBytes)
    known.delete(key)
    if ((found?.length ?? 0) > MAX_CHARACTERS) return found
    known.set(key, found)
    const [oldest] = known.keys()
    if (known.size > KEPT && oldest !== undefined) known.delete(oldest)
    return found
  }
}
