/**
 * The operator's own prices: `prices.json` in LUGH_HOME, read again whenever it changes, so that a new price needs neither a new Lugh nor a
 * restart. A file that cannot be read is said once and the last good one holds; at the start it stops the start.
 */
import { readFileSync, statSync } from 'node:fs'
import { LughError, errorText } from '#core'
import { z } from 'zod'
import { usd, type PriceRow } from './prices.ts'

/** Dollars per million tokens. */
const Dollars = z.number().min(0).max(1_000_000)
const Tokens = z.number().int().positive()
const Rates = z.strictObject({ input: Dollars, output: Dollars, cacheWrite: Dollars.optional(), cacheRead: Dollars.optional() })
/** Dollars per minute of sound. */
const Row = Rates.extend({ perMinute: Dollars.optional(), context: Tokens.optional(), long: Rates.extend({ over: Tokens }).optional() })
const PriceFile = z.record(z.string().min(1).max(200), Row)

/** What is left out costs as much as other input: never too little. */
function rates({ input, output, cacheWrite, cacheRead }: z.infer<typeof Rates>): PriceRow {
  return usd(input, output, cacheWrite ?? input, cacheRead ?? input)
}

function toRow({ context, long, perMinute, ...plain }: z.infer<typeof Row>): PriceRow {
  return {
    ...rates(plain),
    context,
    ...(perMinute === undefined ? {} : { perMinute: Math.round(perMinute * 1e6) }),
    ...(long === undefined ? {} : { long: { over: long.over, ...rates(long) } }),
  }
}

/** Reads the file now. No file: no rows. Throws `config.invalid` with the place that is wrong. */
export function readPriceFile(path: string): ReadonlyMap<string, PriceRow> {
  const text = textOf(path)
  if (text === undefined) return new Map()
  const parsed = PriceFile.safeParse(jsonOf(text))
  if (parsed.success) return new Map(Object.entries(parsed.data).map(([model, row]) => [model, toRow(row)]))
  const [issue] = parsed.error.issues
  throw new LughError('config.invalid', `${path} does not fit: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`)
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The file's rows as they are now; it is looked at with every question (about 10 µs) and read when it changed. */
export function watchedPrices(path: string, complain: (problem: string) => void): () => ReadonlyMap<string, PriceRow> {
  let seen = stampOf(path)
  let rows = readPriceFile(path)
  return () => {
    const stamp = stampOf(path)
    if (stamp === seen) return rows
    seen = stamp
    try {
      rows = readPriceFile(path)
    } catch (error) {
      complain(errorText(error, 300))
    }
    return rows
  }
}

function stampOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat === undefined ? '' : `${stat.mtimeMs} ${stat.size} ${stat.ino}`
}
