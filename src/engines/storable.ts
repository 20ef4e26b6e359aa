/**
 * Text that every store and provider can hold. A lone surrogate is refused by the provider's JSON parser and by PostgreSQL,
 * a NUL by PostgreSQL's jsonb; both come in with command output, odd files and broken model answers.
 */
import { z } from 'zod'

/** The text with lone surrogates and NULs replaced by U+FFFD. */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD')
}

const List = z.array(z.unknown())
const Fields = z.record(z.string(), z.unknown())

/** The JSON value with every text in it, names of members included, made storable. */
export function storable(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value)
  const list = List.safeParse(value)
  if (list.success) return list.data.map(storable)
  const fields = typeof value === 'object' && value !== null ? Fields.safeParse(value) : undefined
  if (fields?.success !== true) return value
  return Object.fromEntries(Object.entries(fields.data).map(([name, member]) => [storableText(name), storable(member)]))
}

/** A tool input as the object providers want; anything else (a model can answer with a list or a text) is wrapped. */
export function inputFields(input: unknown): Record<string, unknown> {
  const fields = Fields.safeParse(storable(input))
  return fields.success ? fields.data : { input: storable(input) }
}
