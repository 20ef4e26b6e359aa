/** What the rest of Lugh may ask of a store. The embedded and the server store answer alike. */
import type { z } from 'zod'

/** Values a statement may carry. JSON columns take a string made by `JSON.stringify` and a `::jsonb` cast. */
export type Param = string | number | boolean | bigint | Date | Uint8Array | null | readonly string[] | readonly number[]

export interface Sql {
  /** Runs one statement and parses every row by the schema: rows of an old version fail here, not deep inside. */
  rows<S extends z.ZodType>(schema: S, text: string, params?: readonly Param[]): Promise<z.output<S>[]>
  /** The first row, or undefined. */
  row<S extends z.ZodType>(schema: S, text: string, params?: readonly Param[]): Promise<z.output<S> | undefined>
  /** Runs one statement for its effect; answers how many rows it touched. */
  run(text: string, params?: readonly Param[]): Promise<number>
}

/** Inside a transaction: the same statements, and nothing else may be asked of the store meanwhile by this caller. */
export interface Tx extends Sql {
  /** Rings `channel` at commit (a hint; payload at most 200 characters: an id). */
  notify(channel: string, payload: string): Promise<void>
  /** Runs a script of several statements without parameters (migrations). */
  script(text: string): Promise<void>
}

export interface Db extends Sql {
  readonly kind: 'embedded' | 'server'
  /** Runs `work` in one transaction at READ COMMITTED; commits when it resolves, rolls back when it throws. Serialisation failures and deadlocks are retried up to 3 times. */
  tx<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /** Calls `heard` on each notification. Notifications are hints: they may be lost or doubled. Answers a function that stops listening. */
  listen(channel: string, heard: (payload: string) => void): Promise<() => Promise<void>>
  notify(channel: string, payload: string): Promise<void>
  /** Runs a script of several statements without parameters (migrations). */
  script(text: string): Promise<void>
  /** Runs `work` as the role that owns the schema (`DATABASE_MIGRATE_URL`), on a connection of its own; without one, on this store. */
  asOwner<T>(work: (owner: Db) => Promise<T>): Promise<T>
  close(): Promise<void>
}
