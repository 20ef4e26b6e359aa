/**
 * Whose thinking a block is. A signature is a provider's proof, sent back as it came and to nobody else: a task that changes its engine
 * keeps the thinking of both in its transcript, and each sees only its own.
 */
import { reasoningOf } from '#models'

/** How Anthropic's encrypted thinking is kept: no words, and its data marked in the signature. */
export const REDACTED = 'redacted:'

/** Whether a signature is one that Anthropic's models made. */
export function isAnthropics(signature: string | undefined): signature is string {
  return signature !== undefined && signature !== '' && reasoningOf(signature) === undefined
}
