/** Finds characters that show nothing or reorder their neighbours, so that the page can show each as a box. Never changes a text with entities. */
import { countHidden } from '#core'
import type { EntityView } from './views.ts'

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })
/** Joiners and selectors belong to these; core's rule knows the simple ones, a keyboard makes all of them. */
const EMOJI = /^\p{RGI_Emoji}$/v

/** The hidden characters of `text` as `hidden` entities, neighbours joined. */
export function hiddenEntities(text: string): EntityView[] {
  if (countHidden(text) === 0) return []
  const found: { type: 'hidden'; offset: number; length: number }[] = []
  for (const { segment, index } of graphemes.segment(text)) {
    if (EMOJI.test(segment) || countHidden(segment) === 0) continue
    let offset = index
    for (const char of segment) {
      if (countHidden(char) > 0) {
        const last = found.at(-1)
        if (last !== undefined && last.offset + last.length === offset) last.length += char.length
        else found.push({ type: 'hidden', offset, length: char.length })
      }
      offset += char.length
    }
  }
  return found
}

/** A label (name, button, toast) with each hidden character named in place. */
export function namedLabel(text: string): string {
  return hiddenEntities(text).reduceRight((out, { offset, length }) => {
    const names = Array.from(
      out.slice(offset, offset + length),
      (char) => `⟦U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟧`,
    )
    return out.slice(0, offset) + names.join('') + out.slice(offset + length)
  }, text)
}
