/** What a server listed becomes rows; a tool that is another than the accepted one is withheld from then on, and its card asks. */
import { CardId, oneLine, type ConnectorId } from '#core'
import {
  appendEvent,
  changeConnector,
  connectorTools,
  conversationById,
  enqueueText,
  keepListing,
  lockConnector,
  postCard,
  touchCards,
  touchNewestCards,
  type Connector,
  type Tx,
} from '#db'
import type { Machinery } from '../machinery.ts'
import type { Listing } from './port.ts'

/** A name for a sentence. */
const NAME_MAX = 60

/** Keeps a listing of a server that is in use. What changed since it was accepted rings, once for each change. */
export async function noteListing(m: Pick<Machinery, 'ids'>, tx: Tx, id: ConnectorId, listing: Listing): Promise<void> {
  const connector = await lockConnector(tx, id)
  if (connector === undefined || connector.state === 'removed') return
  const before = new Map((await connectorTools(tx, id)).map((tool) => [tool.name, tool]))
  await keepListing(tx, id, listing.tools)
  await changeConnector(tx, connector, { leftOut: [...listing.leftOut] })
  const news = listing.tools.filter(({ name, digest }) => before.get(name)?.digest !== digest && before.get(name)?.acceptedDigest !== digest)
  for (const { name, digest } of news)
    await appendEvent(tx, {
      ...scopeOf(connector),
      kind: 'connector.tool-changed',
      data: { connectorId: id, name: connector.name, tool: name, digest },
    })
  if (news.length > 0 && connector.acceptedAt !== null)
    await tellOfNews(
      m,
      tx,
      connector,
      news.map(({ name }) => name),
    )
  await touchCards(tx, { kind: 'connector', subjectId: id })
  await touchNewestCards(tx, 'connectors')
}

async function tellOfNews(m: Pick<Machinery, 'ids'>, tx: Tx, connector: Connector, names: readonly string[]): Promise<void> {
  const place = connector.conversationId === null ? undefined : await conversationById(tx, connector.conversationId)
  if (place === undefined) return
  const { botId, chatId, threadId } = place
  const at = { botId, chatId, threadId }
  await postCard(tx, { ...at, id: CardId.parse(m.ids.uuid()), kind: 'connector', subjectId: connector.id })
  const said = names.slice(0, 3).map((name) => oneLine(name, NAME_MAX))
  const more = names.length > said.length ? ` and ${names.length - said.length} more` : ''
  const text = `⚠️ ${connector.name} now says something else of ${said.join(', ')}${more} than you accepted, so agents cannot use ${names.length === 1 ? 'it' : 'them'} until you look. Its card (/connect) shows what changed.`
  await enqueueText(tx, { ...at, key: `connector-news:${m.ids.uuid()}`, text, loud: true, class: 'decision' })
}

export function scopeOf({ projectId }: Pick<Connector, 'projectId'>): { projectId?: NonNullable<Connector['projectId']> } {
  return projectId === null ? {} : { projectId }
}
