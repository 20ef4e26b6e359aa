/**
 * What tokens cost, per model. A price that is not known is answered as `null` and never guessed: a wrong figure on a
 * card is worse than none, and budgets must not be held by an invented one.
 *
 * Source: Anthropic's public price list ("Model pricing", 5-minute cache writes), read on 2026-11-21. Sonnet 5.5's cache reads were halved
 * on 2026-10-07; the figures of Fable 5.2 are those announced on 2026-11-09. Mythos 5.2 and the previews are not listed: unknown.
 * OpenAI's, from what its model pages said in September to November 2026 (30-minute cache writes, prompts over 272,000 tokens at twice the
 * input and one and a half times the output); only models whose every figure was found are listed.
 */

/** Micro-USD (a millionth of a dollar) per million tokens. */
export type Price = { readonly input: number; readonly output: number; readonly cacheWrite: number; readonly cacheRead: number }

/** Tokens of one turn. `input` counts neither cache reads nor cache writes. */
export type TokenUsage = { readonly input: number; readonly output: number; readonly cacheRead: number; readonly cacheWrite: number }

/** Two turns' tokens together. */
export function addUsage(a: TokenUsage, b: TokenUsage): TokenUsage {
  return { input: a.input + b.input, output: a.output + b.output, cacheRead: a.cacheRead + b.cacheRead, cacheWrite: a.cacheWrite + b.cacheWrite }
}

export type PriceRow = Price & {
  /** Tokens of prompt it can take, where the operator says so. */
  readonly context?: number | undefined
  /** Micro-USD per minute of sound, of a transcriber that counts time and no tokens. */
  readonly perMinute?: number | undefined
  /** Prices of every token of a request whose prompt (cache reads and writes included) is longer than `over` tokens. */
  readonly long?: (Price & { readonly over: number }) | undefined
}

const TOKENS_PER_PRICE = 1_000_000
/** Dollars per million tokens, as price lists print them. */
export const usd = (input: number, output: number, cacheWrite: number, cacheRead: number): Price => ({
  input: Math.round(input * 1e6),
  output: Math.round(output * 1e6),
  cacheWrite: Math.round(cacheWrite * 1e6),
  cacheRead: Math.round(cacheRead * 1e6),
})

/** Writes to the cache cost a quarter more than input. */
const gpt = (input: number, output: number, cacheRead: number): PriceRow => ({
  ...usd(input, output, input * 1.25, cacheRead),
  long: { over: 272_000, ...usd(input * 2, output * 1.5, input * 2.5, cacheRead * 2) },
})

/** Dollars per minute of sound. */
const byMinute = (dollars: number): PriceRow => ({ ...usd(0, 0, 0, 0), perMinute: Math.round(dollars * 1e6) })

const OPUS_5 = usd(5, 25, 6.25, 0.5)
const SONNET_4 = usd(3, 15, 3.75, 0.3)
const PRICES: ReadonlyMap<string, PriceRow> = new Map<string, PriceRow>([
  ['claude-fable-5-2', usd(8, 40, 10, 0.2)],
  ['claude-fable-5-1', usd(10, 50, 12.5, 0.25)],
  ['claude-mythos-5-1', usd(10, 50, 12.5, 0.25)],
  ['claude-fable-5', usd(10, 50, 12.5, 1)],
  ['claude-mythos-5', usd(10, 50, 12.5, 1)],
  ['claude-opus-5-5', usd(4, 20, 5, 0.2)],
  ['claude-opus-5', OPUS_5],
  ['claude-opus-4-8', OPUS_5],
  ['claude-opus-4-7', OPUS_5],
  ['claude-opus-4-6', OPUS_5],
  ['claude-opus-4-5', OPUS_5],
  ['claude-sonnet-5-5', usd(2, 10, 2.5, 0.1)],
  ['claude-sonnet-5', usd(2, 10, 2.5, 0.2)],
  ['claude-sonnet-4-6', SONNET_4],
  ['claude-sonnet-4-5', SONNET_4],
  ['claude-haiku-5-5', { ...usd(0.1, 0.5, 0.125, 0.01), long: { over: 100_000, ...usd(0.5, 2.5, 0.625, 0.05) } }],
  ['claude-haiku-4-5', usd(1, 5, 1.25, 0.1)],
  ['gpt-6.1-terra', gpt(1, 5, 0.05)],
  ['gpt-6-sol', gpt(2, 10, 0.2)],
  ['gpt-6-luna', gpt(0.1, 0.5, 0.01)],
  ['gpt-6.1-sol', gpt(2, 10, 0.1)],
  ['gpt-4o-transcribe', usd(2.5, 10, 2.5, 2.5)],
  ['gpt-4o-mini-transcribe', usd(1.25, 5, 1.25, 1.25)],
  ['gpt-transcribe', byMinute(0.006)],
  ['whisper-1', byMinute(0.006)],
  // The simulator's scripted model: nothing is bought, so nothing is owed.
  ['scripted', usd(0, 0, 0, 0)],
])

/** What one installation believes that models cost: the built-in table, and before it the operator's own file. */
export type Prices = {
  /** The price of a model by its alias or its dated name; `undefined` when nobody knows it. */
  readonly priceOf: (model: string) => Price | undefined
  /** What one turn cost, in whole micro-USD rounded up; `null` when the model's price is not known, which callers must say. */
  readonly costOf: (model: string, usage: TokenUsage) => number | null
  /** What that many seconds of sound cost with a transcriber that counts time, in whole micro-USD rounded up; `null`: its price is not known. */
  readonly costOfSound: (model: string, seconds: number) => number | null
  /** What budgets count for a turn: its cost, and that of the dearest known model where the price is not known. Micro-USD. */
  readonly countedCost: (model: string, usage: TokenUsage) => number
  /** The most that `prompt` and `output` tokens can cost: nothing cached, everything newly written to the cache. Micro-USD. */
  readonly mostFor: (model: string, prompt: number, output: number) => number
  /** How many tokens of prompt a model is given before its conversation is compacted. */
  readonly contextOf: (model: string) => number
}

/**
 * Half of the current models take a million tokens, but none works better for it, and every token is paid for at each turn: a
 * conversation is made shorter well before. Other models take at least this much where nobody says otherwise.
 */
const CONTEXT_TOKENS = 200_000
const UNLISTED_CONTEXT_TOKENS = 100_000

/** The prices by these rows, which come before the built-in ones. `own` is asked each time: the file may change. */
export function pricesOf(own: () => ReadonlyMap<string, PriceRow> = () => new Map()): Prices {
  const find = (model: string): PriceRow | undefined => byName(own(), model) ?? byName(PRICES, model)
  const dearest = (cost: (row: PriceRow) => number): number => Math.max(...[...PRICES.values(), ...own().values()].map(cost))
  return {
    priceOf: find,
    costOf: (model, usage) => {
      const row = find(model)
      return row === undefined ? null : costAt(row, usage)
    },
    costOfSound: (model, seconds) => {
      const perMinute = find(model)?.perMinute
      return perMinute === undefined ? null : Math.ceil((seconds / 60) * perMinute)
    },
    countedCost: (model, usage) => {
      const row = find(model)
      return row === undefined ? dearest((each) => costAt(each, usage)) : costAt(row, usage)
    },
    mostFor: (model, prompt, output) => {
      const row = find(model)
      const most = (each: PriceRow): number => mostAt(each, prompt, output)
      return row === undefined ? dearest(most) : most(row)
    },
    contextOf: (model) => {
      const row = find(model)
      return row?.context ?? (row === undefined ? UNLISTED_CONTEXT_TOKENS : CONTEXT_TOKENS)
    },
  }
}

function byName(rows: ReadonlyMap<string, PriceRow>, model: string): PriceRow | undefined {
  return rows.get(model) ?? rows.get(model.replace(/-(\d{8}|\d{4}-\d{2}-\d{2})$/, ''))
}

function costAt(row: PriceRow, usage: TokenUsage): number {
  const prompt = usage.input + usage.cacheRead + usage.cacheWrite
  const price = row.long !== undefined && prompt > row.long.over ? row.long : row
  const total = usage.input * price.input + usage.output * price.output + usage.cacheRead * price.cacheRead + usage.cacheWrite * price.cacheWrite
  return Math.ceil(total / TOKENS_PER_PRICE)
}

function mostAt(row: PriceRow, prompt: number, output: number): number {
  const price = row.long !== undefined && prompt > row.long.over ? row.long : row
  return Math.ceil((prompt * Math.max(price.input, price.cacheWrite, price.cacheRead) + output * price.output) / TOKENS_PER_PRICE)
}
