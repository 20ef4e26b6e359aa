/** Which home: PostgreSQL where an address is given, otherwise the embedded store under LUGH_HOME. */
import { join } from 'node:path'
import type { Store, StoreLog } from './store.ts'

export type OpenOptions = {
  /** LUGH_HOME; the embedded store lives in its `db` folder. */
  home: string
  databaseUrl?: string | undefined
  /** The role that owns the schema, where that is another one. */
  migrateUrl?: string | undefined
  log: StoreLog
}

/**
 * Opens the store; does not migrate it. Throws `home.locked` (another process has the embedded store), `db.unavailable`, `config.invalid`.
 */
export async function openDb({ home, databaseUrl, migrateUrl, log }: OpenOptions): Promise<Store> {
  // Each home's driver is loaded only where it is used: `pg` alone is 10 MB and 100 ms.
  if (databaseUrl === undefined) {
    const { openEmbedded } = await import('./embedded.ts')
    return openEmbedded({ dir: join(home, 'db'), log })
  }
  const { openServer } = await import('./server.ts')
  return openServer({ url: databaseUrl, ownerUrl: migrateUrl, log })
}
