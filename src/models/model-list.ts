/** Asking a provider which models it offers. One question, no retries: a list is looked at, not waited for. */
import { LughError } from '#core'
import type { Verdict } from './verdict.ts'

/** Models read of a provider's list; aggregators offer hundreds, and a person picks among a few. */
export const MODELS_MAX = 500

/** The list, or a LughError that says why there is none. */
export async function modelsOrRefusal(ask: () => Promise<readonly string[]>, judge: (error: unknown) => Verdict): Promise<readonly string[]> {
  try {
    return (await ask()).slice(0, MODELS_MAX)
  } catch (error) {
    const verdict = judge(error)
    if (verdict.kind === 'refused') throw verdict.error
    throw new LughError('model.unreachable', `The model provider could not be asked for its models (${verdict.why}).`, { retryable: true })
  }
}
