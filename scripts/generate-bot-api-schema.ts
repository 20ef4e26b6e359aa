/**
 * Reads the Bot API out of the types of `@grammyjs/types` and writes it as JSON Schema, one schema a method:
 * what the simulator checks every request against. Run by hand (`npm run generate:bot-api`) after an update of the types.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript6'
import type { Methods } from './bot-api-types.ts'

export type Schema = { [key: string]: unknown }
export type BotApiSchema = { $comment: string; methods: Partial<Record<keyof Methods, Schema>>; definitions: Record<string, Schema> }

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const TARGET = new URL('../src/simulator/schema/bot-api.json', import.meta.url)

const SOURCE = fileURLToPath(new URL('./bot-api-types.ts', import.meta.url))

/** The schema of every method's parameters. Same types, same answer. */
export function generateBotApiSchema(): BotApiSchema {
  const { checker, typeOf } = readTypes()
  const definitions = new Definitions(checker)
  const methods = Object.fromEntries(
    checker
      .getPropertiesOfType(typeOf('Methods'))
      .map((method): [string, Schema] => [method.name, definitions.parameters(checker.getNonNullableType(checker.getTypeOfSymbol(method)))])
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  )
  return { $comment: comment(), methods, definitions: definitions.sorted() }
}

/** The schemas of an update and a message: what the simulator's own words are tested against. */
export function generateAnswerSchema(): Schema {
  const { checker, typeOf } = readTypes()
  const definitions = new Definitions(checker)
  const root = definitions.parameters(typeOf('Answers'))
  return { ...root, definitions: definitions.sorted() }
}

function readTypes(): { checker: ts.TypeChecker; typeOf: (name: string) => ts.Type } {
  const options: ts.CompilerOptions = { strict: true, noEmit: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, types: [] }
  const program = ts.createProgram([SOURCE], options)
  const checker = program.getTypeChecker()
  const statements = program.getSourceFile(SOURCE)?.statements ?? []
  return {
    checker,
    typeOf: (name) => {
      const alias = statements.find((statement) => ts.isTypeAliasDeclaration(statement) && statement.name.text === name)
      if (alias === undefined) throw new Error(`bot-api-types.ts declares no ${name}.`)
      return checker.getTypeAtLocation(alias)
    },
  }
}

/** Turns types into schemas; named types are written once and referred to, which also ends recursion. */
class Definitions {
  readonly #checker: ts.TypeChecker
  readonly #names = new Map<ts.Type, string>()
  readonly #schemas = new Map<string, Schema>()

  constructor(checker: ts.TypeChecker) {
    this.#checker = checker
  }

  sorted(): Record<string, Schema> {
    return Object.fromEntries([...this.#schemas].toSorted(([a], [b]) => (a < b ? -1 : 1)))
  }

  /** The parameters of a method, written in place. */
  parameters(type: ts.Type): Schema {
    return type.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Never) ? object({}, []) : this.#object(type)
  }

  #schema(type: ts.Type): Schema {
    const name = this.#nameOf(type)
    if (name === undefined) return this.#inline(type)
    if (!this.#names.has(type)) {
      const free = this.#schemas.has(name) ? `${name}${this.#names.size}` : name
      this.#names.set(type, free)
      this.#schemas.set(free, {})
      this.#schemas.set(free, this.#inline(type))
    }
    return { $ref: `#/definitions/${this.#names.get(type)}` }
  }

  /** Interfaces and aliased unions have a name; arrays, anonymous objects and plain types do not. */
  #nameOf(type: ts.Type): string | undefined {
    if (type.isUnion()) return type.aliasSymbol?.name
    if (this.#checker.isArrayType(type) || this.#checker.isTupleType(type) || !(type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)))
      return undefined
    const symbol = type.aliasSymbol ?? type.getSymbol()
    if (symbol === undefined || symbol.name === '__type' || symbol.name === 'InputFileMarker' || isBrandedString(type)) return undefined
    return this.#checker.getFullyQualifiedName(symbol).replace(/^".*"\./, '')
  }

  #inline(type: ts.Type): Schema {
    const { flags } = type
    if (type.isUnion()) return this.#union(type.types)
    if (type.isStringLiteral() || type.isNumberLiteral()) return { const: type.value }
    if (flags & ts.TypeFlags.BooleanLiteral) return { const: this.#checker.typeToString(type) === 'true' }
    if (flags & ts.TypeFlags.StringLike) return { type: 'string' }
    if (flags & ts.TypeFlags.NumberLike) return { type: 'number' }
    if (flags & ts.TypeFlags.BooleanLike) return { type: 'boolean' }
    if (flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return {}
    if (type.aliasSymbol?.name === 'InputFileMarker' || isBrandedString(type)) return { type: 'string' }
    if (this.#checker.isArrayType(type)) return this.#array(type)
    if (flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) return this.#object(type)
    throw new Error(`No schema for ${this.#checker.typeToString(type)}.`)
  }

  #array(type: ts.Type): Schema {
    const item = this.#checker.getIndexTypeOfType(type, ts.IndexKind.Number)
    return item === undefined ? { type: 'array' } : { type: 'array', items: this.#schema(item) }
  }

  #union(types: readonly ts.Type[]): Schema {
    const members = types.filter((type) => !(type.flags & ts.TypeFlags.Undefined))
    const isBoolean = (type: ts.Type): boolean => (type.flags & ts.TypeFlags.BooleanLiteral) !== 0
    const literals = members.flatMap((type) => (type.isStringLiteral() || type.isNumberLiteral() ? [type.value] : []))
    const booleans = members.filter(isBoolean)
    const rest = members.filter((type) => !isBoolean(type) && !type.isStringLiteral() && !type.isNumberLiteral())
    const parts = [
      ...(literals.length > 0 ? [{ enum: literals.toSorted((a, b) => (a < b ? -1 : 1)) }] : []),
      ...(booleans.length > 1 ? [{ type: 'boolean' }] : booleans.map((type) => this.#inline(type))),
      ...rest.map((type) => this.#schema(type)),
    ]
    const unique = [...new Map(parts.map((part) => [JSON.stringify(part), part])).values()]
    return unique.length === 1 ? (unique[0] ?? {}) : { anyOf: unique }
  }

  #object(type: ts.Type): Schema {
    const properties: Record<string, Schema> = {}
    const required: string[] = []
    for (const property of this.#checker.getPropertiesOfType(type).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const value = this.#checker.getTypeOfSymbol(property)
      if (value.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Never)) continue
      properties[property.name] = this.#schema(value)
      const optional =
        (property.flags & ts.SymbolFlags.Optional) !== 0 || (value.isUnion() && value.types.some((one) => one.flags & ts.TypeFlags.Undefined))
      if (!optional) required.push(property.name)
    }
    return object(properties, required)
  }
}

/** `string & {}`, which makes an editor offer the literals beside it. */
function isBrandedString(type: ts.Type): boolean {
  return type.isIntersection() && type.types.some((part) => part.flags & ts.TypeFlags.StringLike)
}

function object(properties: Record<string, Schema>, required: readonly string[]): Schema {
  return { type: 'object', properties, ...(required.length > 0 ? { required } : {}), additionalProperties: false }
}

function comment(): string {
  const manifest: unknown = JSON.parse(readFileSync(`${ROOT}node_modules/@grammyjs/types/package.json`, 'utf8'))
  const version = typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : '?'
  return `Generated from @grammyjs/types ${String(version)} (MIT) by scripts/generate-bot-api-schema.ts. Do not edit.`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const schema = generateBotApiSchema()
  writeFileSync(TARGET, `${JSON.stringify(schema)}\n`)
  console.log(`${Object.keys(schema.methods).length} methods, ${Object.keys(schema.definitions).length} definitions`)
}
