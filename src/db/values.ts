/** Values on their way to and from a store, as PostgreSQL's text format: the same code for both homes, so that neither can answer differently. */
import { LughError } from '#core'
import type { Param } from './port.ts'

/** A row as it came from the store, parsed by type but not yet by the caller's schema. */
export type RawRow = Record<string, unknown>

/** The text PostgreSQL reads for a parameter; null stays null. The statement's cast decides the type. */
export function toText(value: Param): string | null {
  if (value === null) return null
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return value ? 't' : 'f'
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`
  if (typeof value === 'object') return `{${value.map((item) => arrayItem(item)).join(',')}}`
  return String(value)
}

function arrayItem(item: string | number): string {
  return typeof item === 'number' ? String(item) : `"${item.replaceAll(/["\\]/g, '\\$&')}"`
}

type Parse = (text: string) => unknown

/** Type oids of PostgreSQL's catalog that do not stay text: scalar, its array, its parser. */
const SCALARS: readonly (readonly [oid: number, arrayOid: number, parse: Parse])[] = [
  [16, 1000, (text) => text === 't'],
  [17, 1001, (text) => new Uint8Array(Buffer.from(text.slice(2), 'hex'))],
  [20, 1016, toInteger],
  [21, 1005, Number],
  [23, 1007, Number],
  [26, 1028, Number],
  [700, 1021, Number],
  [701, 1022, Number],
  [114, 199, (text) => JSON.parse(text)],
  [3802, 3807, (text) => JSON.parse(text)],
  [1184, 1185, (text) => toDate(text)],
  // Types that stay text, named for the sake of their arrays: text, varchar, name, uuid, numeric, date.
  [25, 1009, (text) => text],
  [1043, 1015, (text) => text],
  [19, 1003, (text) => text],
  [2950, 2951, (text) => text],
  [1700, 1231, (text) => text],
  [1082, 1182, (text) => text],
]

const PARSERS = new Map<number, Parse>(
  SCALARS.flatMap(([oid, arrayOid, parse]): [number, Parse][] => [
    [oid, parse],
    [arrayOid, (text) => parseArray(text, parse)],
  ]),
)

/** How the text of a column of this type becomes a value; an unknown type stays text. */
export function parserOf(oid: number): Parse {
  return PARSERS.get(oid) ?? ((text) => text)
}

/** int8 as a number: ids and counts of Lugh and Telegram (at most 52 bits) fit; what does not is refused, never rounded. */
function toInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value))
    throw new LughError('internal', 'A number in the database is too large for Lugh to read.', { detail: 'int8 beyond 2^53' })
  return value
}

/** `2026-11-21 06:06:26.199+00`; both stores run at UTC. */
function toDate(text: string): Date {
  const date = new Date(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00'))
  if (Number.isNaN(date.getTime()))
    throw new LughError('internal', 'A time in the database cannot be read.', { detail: `timestamptz ${text.slice(0, 40)}` })
  return date
}

/** One-dimensional array literals, which is all that Lugh's statements return: `{a,"b \"c\"",NULL}`. */
function parseArray(text: string, parse: Parse): unknown[] {
  return [...text.matchAll(/(?:"((?:[^"\\]|\\.)*)"|([^{},"]+))(?=[,}])/g)].map(([, quoted, bare]) => {
    if (quoted !== undefined) return parse(quoted.replaceAll(/\\(.)/g, '$1'))
    return bare === undefined || bare === 'NULL' ? null : parse(bare)
  })
}
