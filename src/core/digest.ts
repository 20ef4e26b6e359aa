/** Digests that bind a decision to exactly what was shown. Canonical JSON in, SHA-256 out. */
import { createHash } from 'node:crypto'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

/** JSON with object keys sorted and `undefined` members left out, so that equal values have equal text. */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`
  const members = Object.keys(value)
    .toSorted()
    .flatMap((key) => {
      const member = value[key]
      return member === undefined ? [] : [`${JSON.stringify(key)}:${canonicalJson(member)}`]
    })
  return `{${members.join(',')}}`
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

/** SHA-256, hex, of the canonical JSON of `value`, prefixed by `purpose` so that digests of different things never collide. */
export function digest(purpose: string, value: Json): string {
  return createHash('sha256')
    .update(`${purpose}\n${canonicalJson(value)}`)
    .digest('hex')
}
