/** What turns sound into words, whoever does it. Each transcriber is one file; all pass the same tests. */
import type { TokenUsage } from '../prices.ts'

/** A recording on disk, its kind known by its content. */
export type Recording = {
  readonly path: string
  /** A name whose ending says what it is: services go by that. */
  readonly name: string
  readonly mime: string
  readonly seconds: number
}

/** What was heard, and what hearing it took: tokens where the service counts those, seconds where it counts time, neither where it is free. */
export type Transcript = {
  readonly text: string
  readonly model: string
  readonly used: { readonly tokens: TokenUsage } | { readonly seconds: number } | 'nothing'
}

export type TranscribeOptions = {
  readonly signal: AbortSignal
  /** Words that are likely to come: names of files, symbols, tasks. */
  readonly words?: readonly string[]
  /** Called with each piece of text as it is heard, where the service tells it early. */
  readonly onText?: (piece: string) => void
}

export interface Transcriber {
  readonly name: string
  readonly model: string
  /** Whether it can work here; if not, one sentence with the way out. `begun`: somebody has set it up in part, so the sentence is for them. */
  available(): { readonly ok: true } | { readonly ok: false; readonly why: string; readonly begun?: true }
  /**
   * Hears a recording once. Throws LughError `model.refused` (they said no), `model.unreachable` (could not ask, retryable), or the signal's
   * reason. An empty text is an answer: nothing was said.
   */
  transcribe(recording: Recording, options: TranscribeOptions): Promise<Transcript>
}
