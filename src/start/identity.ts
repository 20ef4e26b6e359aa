/** Which home this is, among all that may share one database: an id made once and kept in LUGH_HOME. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Ids } from '#core'

/** Reads the home's id, or makes it. The caller holds the home's lock. */
export function homeId(home: string, ids: Ids): string {
  const path = join(home, 'id')
  if (existsSync(path)) return readFileSync(path, 'utf8').trim()
  const id = ids.token(9)
  writeFileSync(path, `${id}\n`, { mode: 0o600 })
  return id
}
