/**
 * Text as a small tree, so that words are written once and every door renders them its own way: Telegram as entities
 * (nothing a model or repository says can become markup), the command line as plain characters.
 */

export type Span =
  | string
  | { readonly b: Text }
  | { readonly i: Text }
  | { readonly code: string }
  | { readonly pre: string; readonly lang?: string }
  | { readonly quote: Text; readonly expandable?: boolean }
  | { readonly link: Text; readonly url: string }
export type Text = Span | readonly Text[]

export const b = (text: Text): Span => ({ b: text })
export const i = (text: Text): Span => ({ i: text })
export const code = (text: string): Span => ({ code: text })
export const pre = (text: string, lang?: string): Span => (lang === undefined ? { pre: text } : { pre: text, lang })
export const quote = (text: Text, expandable = false): Span => ({ quote: text, expandable })

/** Phones show three lines of a folded quote; a tap opens it. */
const FOLD_LINES = 3

/** A part of what asks a person, folded where it is longer than a fold: the whole must stay a glance. */
export function fold(text: Text): Text {
  return plain(text).split('\n').length > FOLD_LINES ? quote(text, true) : text
}

/** Joins texts by a separator, leaving out `undefined`, `false` and empty strings. */
export function join(parts: readonly (Text | undefined | false)[], separator = '\n'): Text {
  const kept = parts.filter((part): part is Text => part !== undefined && part !== false && part !== '')
  return kept.flatMap((part, index) => (index === 0 ? [part] : [separator, part]))
}

/** The characters alone. */
export function plain(text: Text): string {
  if (typeof text === 'string') return text
  if (isTexts(text)) return text.map(plain).join('')
  if ('b' in text) return plain(text.b)
  if ('i' in text) return plain(text.i)
  if ('code' in text) return text.code
  if ('pre' in text) return text.pre
  if ('quote' in text) return plain(text.quote)
  return plain(text.link)
}

export function isTexts(text: Text): text is readonly Text[] {
  return Array.isArray(text)
}
