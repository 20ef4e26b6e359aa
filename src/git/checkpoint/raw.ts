/** Where files are read and written byte for byte: the store's objects, judged by a git directory whose attributes convert nothing. */
import { join } from 'node:path'
import type { At } from '../command.ts'
import type { Places } from '../places.ts'

/** `path` with a private index, byte for byte. The git directory must have been made. */
export function rawAt(places: Places, path: string, index: string): At {
  return { gitDir: places.raw, workTree: path, index, objects: join(places.store, 'objects') }
}
