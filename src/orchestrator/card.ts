/**
 * Cards are projections: a card row says which message shows what, and its words and buttons are made from rows when the
 * sender's turn comes. This file says what a card's content is; one file per kind makes it.
 */
import type { Json, Text } from '#core'

/** A button is a capability with its input, bound (inside the input) to the digest of what the card shows. */
export type Button = {
  readonly label: string
  readonly capability: string
  readonly input: { readonly [key: string]: Json | undefined }
  /** Asks for words first, by a forced reply; they become this field of the input. */
  readonly ask?: { readonly field: string; readonly prompt: string }
  /** What it does cannot be had back: a press of it counts, a reaction or a voice alone does not. */
  readonly tap?: boolean
}

export type CardContent = {
  readonly text: Text
  readonly buttons: readonly (readonly Button[])[]
}

export const CARD_KINDS = [
  'task',
  'plan',
  'approval',
  'host',
  'question',
  'review',
  'dryrun',
  'starter',
  'checkpoint',
  'grants',
  'engine',
  'budget',
  'restore',
  'merges',
  'attention',
  'voice',
  'search',
  'upload',
  'group',
  'settings',
  'connector',
  'connectors',
  'servers',
] as const
export type CardKind = (typeof CARD_KINDS)[number]
