/**
 * Statements of the embedded store, prepared once and run by name from then on: planning is most of what a small statement costs there
 * (0.6 ms of 0.7 by `pg.query`). Values and rows stay PostgreSQL's own text in both directions.
 */
import { protocol, type PGlite } from '@electric-sql/pglite'
import type { Answered } from './embedded-protocol.ts'

/** Lugh has a few hundred statements; more means that somebody builds texts, and those are planned each time. */
const PREPARED_MAX = 2000

/** Commands after which the session knows fewer of them, or none. */
const DROPS_PREPARED: ReadonlySet<string> = new Set(['DISCARD ALL', 'DEALLOCATE', 'DEALLOCATE ALL'])

const { serialize } = protocol
const SYNC = serialize.sync()

export type Statements = {
  /** Runs one statement. Throws the engine's own error. */
  query(text: string, values: readonly (string | null)[]): Promise<Answered>
  /** Runs a script of statements. They may change what prepared ones mean, so all are prepared anew. */
  script(text: string): Promise<void>
}

/** For the one session there is. */
export function createStatements(pg: PGlite): Statements {
  const prepared = new Map<string, string>()
  let made = 0

  /** Under a name of its own, or without one where there are too many. */
  const nameFor = (text: string): { name: string; known: boolean } => {
    const name = prepared.get(text)
    if (name !== undefined) return { name, known: true }
    return { name: prepared.size < PREPARED_MAX ? `s${(made += 1)}` : '', known: false }
  }
  const forget = async (): Promise<void> => {
    if (prepared.size === 0) return
    prepared.clear()
    await pg.exec('deallocate all')
  }

  return {
    query: async (text, values) => {
      const { name, known } = nameFor(text)
      const { messages } = await pg.runExclusive(() =>
        pg.execProtocol(
          Buffer.concat([
            ...(known ? [] : [serialize.parse({ name, text })]),
            serialize.bind({ statement: name, values: [...values] }),
            serialize.describe({ type: 'P' }),
            serialize.execute(),
            SYNC,
          ]),
          { throwOnError: false },
        ),
      )
      // A statement outlives the transaction in which it was prepared, and an error that came after.
      if (!known && name !== '' && messages.some((message) => message.name === 'parseComplete')) prepared.set(text, name)
      const answer = answerOf(messages)
      if (messages.some((message) => message instanceof protocol.messages.CommandCompleteMessage && DROPS_PREPARED.has(message.text)))
        prepared.clear()
      return answer
    },
    script: async (text) => {
      await forget()
      await pg.exec(text)
    },
  }
}

type Messages = Awaited<ReturnType<PGlite['execProtocol']>>['messages']

function answerOf(messages: Messages): Answered {
  const answer: Answered = { rows: [], fields: [], count: 0, command: '' }
  for (const message of messages) {
    if (message instanceof protocol.messages.DatabaseError) throw message
    if (message instanceof protocol.messages.RowDescriptionMessage) answer.fields = message.fields.map((field) => [field.name, field.dataTypeID])
    else if (message instanceof protocol.messages.DataRowMessage) answer.rows.push(message.fields)
    else if (message instanceof protocol.messages.CommandCompleteMessage) {
      const words = message.text.split(' ')
      const count = Number(words.at(-1))
      answer.command = words[0] ?? ''
      answer.count = Number.isNaN(count) ? 0 : count
    }
  }
  return answer
}
