/** Checks a request's parameters against the generated schema of its method. Knows no method by name. */
import { readFileSync } from 'node:fs'
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { z } from 'zod'
import type { JsonObject } from './world-types.ts'

const Json = z.record(z.string(), z.unknown())
const File = z.object({ methods: z.record(z.string(), Json), definitions: z.record(z.string(), Json) })
const { methods, definitions } = File.parse(JSON.parse(readFileSync(new URL('./schema/bot-api.json', import.meta.url), 'utf8')))

const ajv = new Ajv({ strict: false, allErrors: true, verbose: true })
ajv.addSchema({ $id: 'bot-api', methods, definitions })
const compiled = new Map<string, ValidateFunction>()
const byLowerCase = new Map(Object.keys(methods).map((name) => [name.toLowerCase(), name]))

export type Problem = Readonly<{ kind: 'unknown-parameter' | 'mistyped'; path: string; text: string }>

/** The method as documented, from any spelling of its case; undefined when the Bot API has none of that name. */
export function methodName(spelled: string): string | undefined {
  return byLowerCase.get(spelled.toLowerCase())
}

/** Every method of the Bot API. */
export function methodNames(): string[] {
  return Object.keys(methods)
}

/** Forms carry text only: texts of parameters that cannot be text become what they say. Others stay as they are. */
export function coerceParameters(method: string, parameters: JsonObject): JsonObject {
  const properties = Json.parse(methods[method]?.['properties'] ?? {})
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, coerce(properties[name], value)]))
}

/** What is wrong with the parameters; the most telling problem first. */
export function findProblems(method: string, parameters: JsonObject): Problem[] {
  let validate = compiled.get(method)
  if (validate === undefined) {
    validate = ajv.compile({ $ref: `bot-api#/methods/${method}` })
    compiled.set(method, validate)
  }
  if (validate(parameters)) return []
  return (validate.errors ?? []).map(toProblem).toSorted((a, b) => (a.kind === b.kind ? 0 : a.kind === 'unknown-parameter' ? -1 : 1))
}

function toProblem(error: ErrorObject): Problem {
  const extra: unknown = error.params['additionalProperty']
  const top = error.instancePath === ''
  const text = `${top ? 'the parameters' : error.instancePath} ${error.message ?? ''}${typeof extra === 'string' ? ` (${extra})` : ''}`
  const path = error.instancePath || `/${String(error.params['missingProperty'] ?? extra ?? '')}`
  return { kind: top && error.keyword === 'additionalProperties' ? 'unknown-parameter' : 'mistyped', path, text }
}

function coerce(schema: unknown, value: unknown): unknown {
  if (typeof value !== 'string' || schema === undefined || accepts(schema, 'string')) return value
  const text = value.trim()
  if (accepts(schema, 'boolean')) {
    if (/^(?:true|yes|1)$/i.test(text)) return true
    if (/^(?:false|no|0)$/i.test(text)) return false
  }
  try {
    return JSON.parse(text)
  } catch {
    return value
  }
}

function accepts(schema: unknown, type: 'string' | 'boolean', depth = 4): boolean {
  const parsed = Json.safeParse(schema)
  if (!parsed.success || depth === 0) return false
  const { $ref: ref, anyOf, enum: values, const: constant, type: own } = parsed.data
  if (typeof ref === 'string') return accepts(definitions[ref.replace('#/definitions/', '')], type, depth - 1)
  if (Array.isArray(anyOf)) return anyOf.some((one) => accepts(one, type, depth - 1))
  if (Array.isArray(values)) return values.some((one) => typeof one === type)
  return own === type || typeof constant === type
}
