/** Writes `migrations/schema.sql` from an embedded store that all migrations have just made. Run by `npm run schema:dump`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate, openDb } from '#db'
import { dumpSchema } from '../src/db/schema-dump.ts'

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
const home = mkdtempSync(join(tmpdir(), 'lugh-schema-'))
try {
  const db = await openDb({ home, log: silent })
  await migrate(db, { log: silent })
  writeFileSync(new URL('../migrations/schema.sql', import.meta.url), await dumpSchema(db))
  await db.close()
} finally {
  rmSync(home, { recursive: true, force: true })
}
