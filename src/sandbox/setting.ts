/** Reads what the kernel or the system says of itself in a file. Nothing else is read by it. */
import { readFileSync } from 'node:fs'

/** The text of such a file; empty where this machine has no such thing, or does not say. */
export function settingAt(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // no such thing on this machine
  }
}
