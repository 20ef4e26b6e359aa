/** What every provider's caller is made from, and where the providers are. */
import type { Pace } from './retries.ts'

/** Longest wait for the first header. Large prompts are read before it comes; two minutes is twice the worst seen in the wild. */
export const HEADERS_MS = 120_000
export const ANTHROPIC_ADDRESS = 'https://api.anthropic.com'
export const OPENAI_ADDRESS = 'https://api.openai.com/v1'

export type ProviderOptions = { readonly apiKey: string; readonly baseUrl?: string | undefined; readonly pace?: Partial<Pace> | undefined }
