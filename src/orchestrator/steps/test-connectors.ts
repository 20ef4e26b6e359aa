/** Tries out the servers that a person wants tried: each is started or reached for a look at its tools, and what that came to is its row. */
import { errorText, oneLine, redactKeys } from '#core'
import { appendEvent, changeConnector, connectorsToTest, keepListing, lockConnector, touchCards, touchNewestCards, type Connector } from '#db'
import { showHost } from '#sandbox'
import type { Machinery } from '../machinery.ts'
import { noteListing, scopeOf } from '../connectors/keep-listing.ts'
import type { Looked } from '../connectors/port.ts'

/** A look waits, mostly, for packages that are fetched. */
const AT_ONCE = 3
const FAILURE_MAX = 400

type Carrying = { readonly active: Set<string>; readonly halt: AbortSignal; readonly wake: () => void }

/** Begins with what waits and answers at once; `wake` is called when one has ended. */
export async function testConnectors(m: Machinery, { active, halt, wake }: Carrying): Promise<void> {
  for (const connector of await connectorsToTest(m.db, m.facts.home)) {
    if (active.has(connector.id) || active.size >= AT_ONCE) continue
    active.add(connector.id)
    void test(m, connector, halt)
      .then(wake, (error: unknown) => m.log.warn({ connector: connector.id, error: errorText(error) }, 'connector.test-failed'))
      .finally(() => active.delete(connector.id))
  }
}

async function test(m: Machinery, { id, name, definition, projectId, digest }: Connector, halt: AbortSignal): Promise<void> {
  if (definition === null || m.connectors === undefined) return
  const place = { key: `look ${id}`, home: projectId ?? 'look', readable: [] }
  const looked = await m.connectors.look({ id, name, definition }, place, halt)
  await m.db.tx(async (tx) => {
    const now = await lockConnector(tx, id)
    if (now?.state !== 'testing' || now.digest !== digest) return
    const tools = looked.ok ? looked.listing.tools.length : 0
    const change = outcomeOf(looked, now)
    if (looked.ok && now.acceptedAt !== null) await noteListing(m, tx, id, looked.listing)
    else if (looked.ok) await keepListing(tx, id, looked.listing.tools)
    await changeConnector(tx, now, { ...change, tested: true })
    const failure = change.failure === null ? {} : { failure: change.failure }
    await appendEvent(tx, { ...scopeOf(now), kind: 'connector.tested', data: { connectorId: id, name, state: change.state, tools, ...failure } })
    await touchCards(tx, { kind: 'connector', subjectId: id })
    await touchNewestCards(tx, 'connectors')
  })
}

type Outcome = Pick<Connector, 'state' | 'failure' | 'blocked' | 'leftOut'>

function outcomeOf(looked: Looked, { acceptedAt, leftOut }: Connector): Outcome {
  if (looked.ok) return { state: acceptedAt === null ? 'listed' : 'connected', failure: null, blocked: [], leftOut: [...looked.listing.leftOut] }
  const blocked = [...new Set(looked.blocked.filter(({ reason }) => reason === 'not-listed').map(showHost))]
  const stopped = blocked.length === 0 ? '' : ` (Lugh stopped its way to ${blocked.slice(0, 3).join(', ')})`
  return {
    state: looked.login ? 'needs-login' : 'failed',
    failure: oneLine(redactKeys(`${looked.why}${stopped}`), FAILURE_MAX),
    blocked,
    leftOut,
  }
}
