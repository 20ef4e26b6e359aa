/** Questions about absolute paths. Pure but for `realPath`; none of them decides anything by text that the disk contradicts. */
import { realpathSync } from 'node:fs'
import { isAbsolute, relative } from 'node:path'

/** Whether `path` is `root` or lies below it. Both absolute. */
export function isInside(path: string, root: string): boolean {
  const way = relative(root, path)
  return way === '' || (way !== '..' && !way.startsWith('../') && !isAbsolute(way))
}

/** The path with every link resolved, or undefined when nothing is there. */
export function realPath(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined // absence is an answer
  }
}

/** How many names deep: parents before children when sorted by it. */
export function depth(path: string): number {
  return path.split('/').filter((part) => part !== '').length
}
