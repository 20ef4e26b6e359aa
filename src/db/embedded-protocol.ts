/** The messages between the embedded store and its thread. Values are PostgreSQL's text on both ways. */
import { z } from 'zod'

export const Request = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('query'), id: z.number(), text: z.string(), values: z.array(z.string().nullable()) }),
  z.object({ kind: z.literal('script'), id: z.number(), text: z.string() }),
  z.object({ kind: z.literal('close'), id: z.number() }),
])
export type Request = z.output<typeof Request>

export const FromWorker = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('heard'), channel: z.string(), payload: z.string() }),
  z.object({
    kind: z.literal('answer'),
    id: z.number(),
    fields: z.array(z.tuple([z.string(), z.number()])),
    rows: z.array(z.array(z.string().nullable())),
    count: z.number(),
    command: z.string(),
  }),
  z.object({
    kind: z.literal('failed'),
    id: z.number(),
    message: z.string(),
    sql: z.object({ code: z.string(), constraint: z.string().or(z.undefined()), table: z.string().or(z.undefined()) }).optional(),
    broken: z.boolean(),
  }),
])
export type FromWorker = z.output<typeof FromWorker>
