/** The least that could be called started: Node with the same store open, and nothing of Lugh. Says "ready" and stays. */
const [, kind = '', where = ''] = process.argv

if (kind === 'embedded') {
  const { PGlite } = await import('@electric-sql/pglite')
  const store = new PGlite(where)
  await store.query('select 1')
} else {
  const { Client } = await import('pg')
  const client = new Client({ connectionString: where })
  await client.connect()
  await client.query('select 1')
}
console.log('ready')
setInterval(() => undefined, 60_000)
