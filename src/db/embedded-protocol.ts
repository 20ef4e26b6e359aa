/**
 * The messages between the embedded store and its thread. Values are PostgreSQL's text on both ways. Types only: both ends are this
 * version of Lugh, and a schema library in the thread would cost 20 MB.
 */

/** What the thread is started with; `initOnly` lays the folder and does no more. */
export type Start = { dir: string; initOnly: boolean }

export type Asked = { kind: 'query'; text: string; values: (string | null)[] } | { kind: 'script'; text: string } | { kind: 'close' }
export type Request = Asked & { id: number }

export type Answered = { fields: [name: string, typeOid: number][]; rows: (string | null)[][]; count: number; command: string }

/** `sql` when the store refused the statement; `broken` when the engine must be started anew. */
export type Failed = { message: string; sql?: { code: string; constraint: string | undefined; table: string | undefined }; broken: boolean }

export type FromWorker =
  | { kind: 'ready' }
  | { kind: 'heard'; channel: string; payload: string }
  | ({ kind: 'answer'; id: number } & Answered)
  | ({ kind: 'failed'; id: number } & Failed)
