import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { describeEachStore } from '../../test/support/stores.ts'
import { dumpSchema } from './schema-dump.ts'

const committed = readFileSync(new URL('../../migrations/schema.sql', import.meta.url), 'utf8')

describeEachStore('the schema', (open) => {
  test('is, after all migrations, the one in migrations/schema.sql (npm run schema:dump writes it)', async () => {
    expect(await dumpSchema(await open())).toBe(committed)
  })

  test('reads otherwise as soon as a column, an index, a check or a trigger differs', async () => {
    const db = await open({ migrated: false })
    const seen = new Set([await dumpSchema(db)])
    const changes = [
      'create table a (b integer)',
      'alter table a alter column b set not null',
      'alter table a alter column b set default 1',
      'alter table a add check (b > 0)',
      'alter table a add unique (b)',
      'create index a_b on a (b) where b > 1',
      'alter table a enable row level security',
      'create policy mine on a using (b = 1)',
      `create function f() returns trigger language plpgsql as 'begin return null; end'`,
      'create trigger t before delete on a for each row execute function f()',
      'create view v as select b from a',
      'create sequence s',
    ]
    for (const change of changes) {
      await db.script(change)
      seen.add(await dumpSchema(db))
    }
    expect(seen.size).toBe(changes.length + 1)
  })
})
