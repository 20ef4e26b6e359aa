/** What can stand on a button, read from the source of the cards. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..', '..', 'src', 'orchestrator')
/** `label: '…'`, `label: x ? '…' : '…'`, and what is handed to the small functions that make buttons: `turn(shown, '◀ Back', …)`. */
const WRITTEN = [
  /label: '([^'$]+)'/gu,
  /label: [^'\n]*\? '([^'$]+)' : '[^'$]+'/gu,
  /label: [^'\n]*\? '[^'$]+' : '([^'$]+)'/gu,
  /\b(?:step|judge|decide|turn|go|change|button|edit)\(\s*(?:\w+,\s*)?'([^'$]*[\p{So}\p{Lu}][^'$]*)'/gu,
]

/** The labels that are always the same; arrows and boxes alone are beginnings of others. */
export function labelsOfCards(): string[] {
  const files = readdirSync(ROOT, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  const text = files.map((file) => readFileSync(join(ROOT, file), 'utf8')).join('\n')
  return [...new Set(WRITTEN.flatMap((pattern) => [...text.matchAll(pattern)].map(([, label = '']) => label))).values()].filter((label) =>
    /\p{L}/u.test(label),
  )
}

/** Labels with a number, a name or a choice in them, a pattern for each kind. */
export const LABELS_MADE: readonly RegExp[] = [
  /^◀ file \d+\/\d+$/u,
  /^◀ hunk \d+\/\d+$/u,
  /^✂️ Leave \d+ out$/u,
  /^↩️ All \d+ hunks?$/u,
  /^▶️ Resume T\d+$/u,
  /^👁 Since C\d+$/u,
  /^🗑 Take back \d+$/u,
  /^[☑☐] (?:Code|Conversation|Tasks)$/u,
  /^☑ Keep what people said since$/u,
  /^☐ Keep what people said since$/u,
  /^◀ As its project$/u,
  /^◀ As installed$/u,
  /^T\d+$/u,
  /^T\d+ · /u,
  /^\d · /u,
  /^\/\w+/u,
  /^Only /u,
  /^(?:🔔|🔕|‼️|·) decisions$/u,
  /^(?:• )?22 to 7$/u,
  /^(?:• )?Off$/u,
  /^(?:• )?☀️ Light$/u,
  /^(?:• )?📄 Text$/u,
  /^(?:• )?plan$/u,
  /^(?:• )?safe$/u,
  /^(?:• )?30 min$/u,
]
