/** Why a tree may not land. Judges names, modes, sizes and link targets as text; never looks at a working tree. */
import { posix } from 'node:path'
import { readableName } from './bytes.ts'
import type { Counted } from './changed-files.ts'
import type { Problem } from './port.ts'
import { isReserved } from './reserved-name.ts'

/** GitHub refuses larger files, and most servers follow; a file like that belongs in LFS or elsewhere. */
const MAX_BLOB_BYTES = 100 * 1024 * 1024
/** No system follows a longer link. */
export const MAX_LINK_BYTES = 4096

/** What `problemsOf` must be told of the objects: size by name, and a link's target by name (Latin-1), where it could be read. */
type Objects = { readonly sizes: ReadonlyMap<string, number>; readonly links: ReadonlyMap<string, string> }

/** All problems of the changes, in their order. */
export function problemsOf(changes: readonly Counted[], objects: Objects): Problem[] {
  return changes.flatMap((change) => problemOf(change, objects) ?? [])
}

function problemOf(change: Counted, { sizes, links }: Objects): Problem | undefined {
  const path = readableName(change.path)
  if (change.newMode === '160000' || change.oldMode === '160000') return { path, code: 'gitlink', say: gitlink(change, path) }
  if (change.status === 'deleted') return undefined
  if (isReserved(path)) return { path, code: 'reserved-name', say: `${path} has a name that git keeps for itself on some systems.` }
  if (change.newMode === '120000' && escapes(change.path, links.get(change.newObject)))
    return { path, code: 'escaping-symlink', say: `${path} is a link that leads out of the repository.` }
  if ((sizes.get(change.newObject) ?? 0) > MAX_BLOB_BYTES)
    return { path, code: 'too-large', say: `${path} is larger than ${MAX_BLOB_BYTES / 1024 / 1024} MB.` }
  return undefined
}

function gitlink(change: Counted, path: string): string {
  if (change.newMode !== '160000') return `${path} was a submodule. Removing submodules is yours to do.`
  if (change.oldMode !== '160000') return `${path} is a git repository of its own. Delete its .git folder, or list it in .gitignore.`
  return `${path} is a submodule that would change. Changing submodules is yours to do.`
}

/** Textually, as the link would be read from where it lies: absolute, above the root, or into `.git`. An unreadable one counts as escaping. */
function escapes(path: string, target: string | undefined): boolean {
  if (target === undefined || target.startsWith('/') || /^([A-Za-z]:|\\)/.test(target)) return true
  const landed = posix.normalize(posix.join(posix.dirname(path), target))
  if (landed === '..' || landed.startsWith('../')) return true
  const parts = target.split('/').filter((part) => part !== '' && part !== '.' && part !== '..')
  return parts.some((part) => isReserved(readableName(part)))
}
