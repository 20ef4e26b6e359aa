/** How reasoning of OpenAI's models is kept between turns: as the signature of a thinking block, marked as theirs. */
import { z } from 'zod'

const REASONING = 'openai:'
const Proof = z.object({ id: z.string(), encrypted: z.string() })
export type Reasoning = Readonly<z.infer<typeof Proof>>

/** The signature that stands for a reasoning item. */
export function signatureOf(reasoning: Reasoning): string {
  return REASONING + JSON.stringify(reasoning)
}

/** The reasoning item a signature stands for; undefined for one of another provider. */
export function reasoningOf(signature: string): Reasoning | undefined {
  if (!signature.startsWith(REASONING)) return undefined
  try {
    return Proof.safeParse(JSON.parse(signature.slice(REASONING.length))).data
  } catch {
    return undefined // not written here
  }
}
