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

type PriceRow = Price & {
  /** Prices of every token of a request whose prompt (cache reads and writes included) is longer than `over` tokens. */
  readonly long?: Price & { readonly over: number }
}

const TOKENS_PER_PRICE = 1_000_000
const usd = (input: number, output: number, cacheWrite: number, cacheRead: number): Price => ({
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
  // The simulator's scripted model: nothing is bought, so nothing is owed.
  ['scripted', usd(0, 0, 0, 0)],
])

/** The price of a model by its alias or its dated name; `undefined` when it is not in the table. */
export function priceOf(model: string): Price | undefined {
  return PRICES.get(model) ?? PRICES.get(model.replace(/-(\d{8}|\d{4}-\d{2}-\d{2})$/, ''))
}

/** What one turn cost, in whole micro-USD rounded up; `null` when the model's price is not known, which callers must say. */
export function costOf(model: string, usage: TokenUsage): number | null {
  const row: PriceRow | undefined = priceOf(model)
  if (row === undefined) return null
  const prompt = usage.input + usage.cacheRead + usage.cacheWrite
  const price = row.long !== undefined && prompt > row.long.over ? row.long : row
  const total = usage.input * price.input + usage.output * price.output + usage.cacheRead * price.cacheRead + usage.cacheWrite * price.cacheWrite
  return Math.ceil(total / TOKENS_PER_PRICE)
}
