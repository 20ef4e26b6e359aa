/**
 * What a server lists, made fit to be kept, shown and offered. A tool that a provider would refuse, or that nobody could read, is left out with
 * a sentence: one bad tool must not cost a whole turn. Secrets a server was given, and may say back, are marks here already. Everything of it stays the server's claim. Pure.
 */
import { canonicalJson, cut, digest, nameHidden, oneLine, redactKeys, type Json } from '#core'
import type { SeenTool } from '#db'
import type { Listing } from '#orchestrator'
import { z } from 'zod'
import { MAX_DESCRIPTION, MAX_NAME, MAX_SCHEMA, MAX_SCHEMA_DEPTH, MAX_TOOLS } from './caps.ts'

/** As providers take names of tools; dots and slashes, which servers use, become underscores. */
const TOOL_NAME = /^[A-Za-z0-9_./-]+$/u
/** As providers take names of members. */
const MEMBER_NAME = /^[A-Za-z0-9_.-]{1,64}$/u
/** Nodes a schema has once its references are written out: what unfolds to more is a bomb. */
const MAX_UNFOLDED = 5000
/** What providers do not take at the top of a schema. */
const NOT_ON_TOP = ['anyOf', 'oneOf', 'allOf', 'not', 'if', '$ref']
/** Sentences of a list of what was left out. */
const MAX_SENTENCES = 8

const Listed = z.looseObject({ name: z.string(), description: z.string().optional(), inputSchema: z.unknown() })
const Members = z.record(z.string(), z.unknown())

/** `server`: its name, which every tool of it is prefixed with. */
export function fitTools(server: string, listed: readonly unknown[]): Listing {
  const tools = new Map<string, SeenTool>()
  const leftOut: string[] = []
  for (const raw of listed.slice(0, MAX_TOOLS)) {
    const fitted = fitTool(server, raw)
    if (typeof fitted === 'string') leftOut.push(fitted)
    else if ([...tools.values()].some(({ alias, name }) => alias === fitted.alias || name === fitted.name))
      leftOut.push(`${fitted.name}: another tool has that name.`)
    else tools.set(fitted.alias, fitted)
  }
  if (listed.length > MAX_TOOLS) leftOut.unshift(`${listed.length - MAX_TOOLS} tools beyond the first ${MAX_TOOLS}.`)
  const told = leftOut.slice(0, MAX_SENTENCES).map(redactKeys)
  if (leftOut.length > told.length) told.push(`… and ${leftOut.length - told.length} more.`)
  return { tools: [...tools.values()], leftOut: told }
}

/** The tool, or why it is left out. */
function fitTool(server: string, raw: unknown): SeenTool | string {
  const parsed = Listed.safeParse(raw)
  if (!parsed.success) return 'A tool that is no tool of the protocol.'
  const { name, description = '', inputSchema } = parsed.data
  const called = oneLine(name, 60)
  const alias = `${server}__${name.replaceAll(/[./]/gu, '_')}`
  if (!TOOL_NAME.test(name)) return `${called}: its name has other characters than letters, digits, _ . / and -.`
  if (alias.length > MAX_NAME) return `${called}: its name is too long.`
  const problem = problemOf(inputSchema)
  if (problem !== undefined) return `${called}: ${problem}.`
  const schema = toJson(inputSchema)
  const text = nameHidden(redactKeys(canonicalJson(schema))).toWellFormed()
  if (text.length > MAX_SCHEMA) return `${called}: its schema has ${text.length} characters, more than ${MAX_SCHEMA}.`
  const shown = cut(nameHidden(redactKeys(description)).toWellFormed(), MAX_DESCRIPTION)
  // Of everything it says, hidden characters and what is cut included: a change of any of it is a change.
  return { name, alias, description: shown, schema: text, digest: digest('connector.tool.v1', { name, description, schema }) }
}

/** Why no provider should see this schema. */
function problemOf(schema: unknown): string | undefined {
  const top = Members.safeParse(schema).data
  if (top === undefined || top['type'] !== 'object') return 'its schema is not that of an object'
  const odd = NOT_ON_TOP.find((key) => key in top)
  if (odd !== undefined) return `its schema has ${odd} at its top`
  const members = Object.keys(Members.safeParse(top['properties'] ?? {}).data ?? { '?': 0 })
  const bad = members.find((member) => !MEMBER_NAME.test(member))
  if (bad !== undefined) return `a member of its schema is called “${oneLine(bad, 40)}”`
  return unfold(top, top, { nodes: 0 }, [], 0)
}

/** Walks the schema with its references written out, as whoever checks by it would. */
function unfold(node: unknown, root: unknown, spent: { nodes: number }, within: readonly string[], depth: number): string | undefined {
  spent.nodes += 1
  if (spent.nodes > MAX_UNFOLDED) return `its schema unfolds to more than ${MAX_UNFOLDED} parts`
  if (depth > MAX_SCHEMA_DEPTH) return `its schema is more than ${MAX_SCHEMA_DEPTH} deep`
  if (typeof node !== 'object' || node === null) return undefined
  for (const [key, member] of Object.entries(node)) {
    if (key === '$defs' || key === 'definitions') continue // counted where they are referred to
    const problem =
      key === '$ref' || key === '$dynamicRef' ? follow(member, root, spent, within, depth) : unfold(member, root, spent, within, depth + 1)
    if (problem !== undefined) return problem
  }
  return undefined
}

function follow(to: unknown, root: unknown, spent: { nodes: number }, within: readonly string[], depth: number): string | undefined {
  if (typeof to !== 'string' || !to.startsWith('#/')) return 'its schema refers to another document'
  if (within.includes(to)) return 'its schema refers to itself'
  const found = to
    .slice(2)
    .split('/')
    .reduce<unknown>((at, key) => Members.safeParse(at).data?.[decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~')], root)
  if (found === undefined) return 'its schema refers to nothing'
  return unfold(found, root, spent, [...within, to], depth + 1)
}

function toJson(value: unknown): Json {
  const parsed: Json = JSON.parse(JSON.stringify(value))
  return parsed
}
