/** Names that some file system reads as `.git`: a file under one would be part of a repository's machinery. Pure. */

/** Code points HFS+ ignores when it compares names. */
const HFS_IGNORED = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/gu

/** Whether a path (with `/`) holds a part that is `.git`, `.`, `..` or empty to Linux, macOS or Windows. */
export function isReserved(path: string): boolean {
  return path.split(/[/\\]/).some(isReservedPart)
}

function isReservedPart(part: string): boolean {
  if (part === '' || part === '.' || part === '..') return true
  const folded = part.normalize('NFKC').replaceAll(HFS_IGNORED, '').toLowerCase()
  // Windows drops trailing dots and spaces, and reads what follows a colon as a stream of the file before it.
  const plain = folded.replace(/:.*$/s, '').replace(/[. ]+$/, '')
  return plain === '.git' || /^git~\d+$/.test(plain)
}
