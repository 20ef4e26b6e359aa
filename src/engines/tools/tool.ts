/**
 * What one tool is: a zod schema once, and from it the JSON Schema a model sees and the parsing of what it sends. What a model can
 * mend comes back to it as an error outcome; only what it cannot is thrown.
 */
import { z } from 'zod'
import { LughError, oneLine } from '#core'
import type { EditGuard, ParsedCall, ToolContext, ToolDefinition, ToolOutcome } from '../port.ts'
import { storableText } from '../storable.ts'

/** Longest line of a card that names a step. */
const LINE_MAX = 100
/** Most characters of one tool's answer: about 15,000 tokens, a few times what a screenful of source needs. */
const OUTPUT_MAX = 60_000

/** A tool with its schema hidden inside. */
export type Tool = {
  readonly definition: ToolDefinition
  readonly parse: (input: unknown) => ParsedCall
  readonly guard: (input: unknown, context: ToolContext) => Promise<EditGuard | undefined>
  readonly run: (input: unknown, context: ToolContext, guard: EditGuard | undefined) => Promise<ToolOutcome>
}

export type ToolSpec<S extends z.ZodType> = {
  readonly name: string
  readonly description: string
  readonly input: S
  /** What the call is. May throw LughError `input.invalid` for what no schema can say. */
  readonly call: (input: z.output<S>) => ParsedCall
  readonly guard?: (input: z.output<S>, context: ToolContext) => Promise<EditGuard | undefined>
  readonly run: (input: z.output<S>, context: ToolContext, guard: EditGuard | undefined) => Promise<string | ToolOutcome>
}

/** Makes a tool of its parts. */
export function defineTool<S extends z.ZodType>(spec: ToolSpec<S>): Tool {
  return {
    definition: { name: spec.name, description: spec.description, input: jsonSchema(spec.input) },
    parse: (raw) => parseCall(spec, raw),
    guard: async (raw, context) => {
      const parsed = spec.input.safeParse(raw)
      if (!parsed.success || spec.guard === undefined) return undefined
      return mendable(spec.guard(parsed.data, context), () => undefined)
    },
    run: (raw, context, guard) => runTool(spec, raw, context, guard),
  }
}

function jsonSchema(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input' })
  return rest
}

function parseCall<S extends z.ZodType>(spec: ToolSpec<S>, raw: unknown): ParsedCall {
  const parsed = spec.input.safeParse(raw)
  if (!parsed.success) return { kind: 'invalid', line: `${spec.name} (bad input)`, say: sayInvalid(spec.name, parsed.error) }
  try {
    return spec.call(parsed.data)
  } catch (error) {
    if (!isMendable(error)) throw error
    return { kind: 'invalid', line: `${spec.name} (refused)`, say: error.say }
  }
}

async function runTool<S extends z.ZodType>(
  spec: ToolSpec<S>,
  raw: unknown,
  context: ToolContext,
  guard: EditGuard | undefined,
): Promise<ToolOutcome> {
  const parsed = spec.input.safeParse(raw)
  if (!parsed.success) return { output: sayInvalid(spec.name, parsed.error), isError: true }
  context.signal.throwIfAborted()
  const outcome = await mendable(spec.run(parsed.data, context, guard), (error) => ({ output: error.say, isError: true }))
  const whole: ToolOutcome = typeof outcome === 'string' ? { output: outcome, isError: false } : outcome
  return { ...whole, output: capOutput(storableText(whole.output)) }
}

function sayInvalid(name: string, error: z.ZodError): string {
  return `The input of ${name} does not fit: ${oneLine(z.prettifyError(error), 600)}. Call it again with the input its schema describes.`
}

async function mendable<T, F>(work: Promise<T>, otherwise: (error: LughError) => F): Promise<T | F> {
  try {
    return await work
  } catch (error) {
    if (isMendable(error)) return otherwise(error)
    throw error
  }
}

function isMendable(error: unknown): error is LughError {
  return error instanceof LughError && (error.code === 'input.invalid' || error.code === 'not-found')
}

/** Head and tail of a text that is too long, with what is missing said between them. The end matters more: errors stand there. */
function capOutput(text: string, max: number = OUTPUT_MAX): string {
  if (text.length <= max) return text
  const head = Math.floor(max / 3)
  const tail = max - head
  return `${text.slice(0, head).toWellFormed()}\n[… ${text.length - max} characters left out: ask for less at once to see them …]\n${text.slice(-tail).toWellFormed()}`
}

/** A step's line for a card. */
export function line(text: string): string {
  return oneLine(text, LINE_MAX)
}
