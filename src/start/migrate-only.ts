/** `lugh migrate`: brings the schema to this version and ends. For deployments whose application role may not change it. */
import { learnSecrets } from '#core'
import { lockHome, migrate, openDb } from '#db'
import type { Config } from '#config'
import { openLog } from '../log.ts'
import { secretsOf } from './secrets.ts'

export async function migrateOnly(config: Config, print: (text: string) => void): Promise<void> {
  learnSecrets(secretsOf(config))
  const lock = lockHome(config.home)
  const log = openLog({ home: config.home, level: config.log, console: print })
  const db = await openDb({ home: config.home, databaseUrl: config.databaseUrl, migrateUrl: config.databaseMigrateUrl, log })
  try {
    const done = await migrate(db, { log })
    print(done.length === 0 ? 'The schema is up to date.' : `Applied ${done.join(', ')}.`)
  } finally {
    await db.close()
    lock.release()
  }
}
