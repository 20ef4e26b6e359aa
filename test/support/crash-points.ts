/** Every crash point there is, read from the source itself, so that a new one is died at without anybody listing it. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const SRC = fileURLToPath(new URL('../../src', import.meta.url))
const PARTS = ['before-intent', 'before-act', 'after-act', 'after-outcome'] as const
/** What the variable part of a name can be. */
const VARIANTS: Readonly<Record<string, readonly string[]>> = {
  'land.${landing.kind}': ['land.merge', 'land.undo', 'land.redo'],
  'outbox.${row.kind}': ['outbox.text', 'outbox.document', 'outbox.card', 'outbox.prompt', 'outbox.pictures', 'outbox.caption'],
  'outbox.${row.kind}.before-act': ['outbox.callback.before-act', 'outbox.reaction.before-act'],
  'outbox.${row.kind}.after-act': ['outbox.callback.after-act', 'outbox.reaction.after-act'],
}

/** The names, sorted. Throws when the source holds a variable name that is not listed above. */
export function crashPoints(): string[] {
  const names = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && file !== 'core/effect.ts')
    .flatMap((file) => namesIn(readFileSync(join(SRC, file), 'utf8')))
  return [...new Set(names)].toSorted()
}

function namesIn(text: string): string[] {
  const effects = [...text.matchAll(/\beffect\(\s*['`]([^'`]+)['`]/g)].flatMap(([, name = '']) => variantsOf(name))
  const points = [...text.matchAll(/\bcrashPoint\(\s*['`]([^'`]+)['`]/g)].flatMap(([, name = '']) => variantsOf(name))
  return [...effects.flatMap((name) => PARTS.map((part) => `${name}.${part}`)), ...points]
}

function variantsOf(name: string): readonly string[] {
  if (!name.includes('${')) return [name]
  const variants = VARIANTS[name]
  if (variants === undefined) throw new Error(`the crash point ${name} has a variable name that test/support/crash-points.ts does not know`)
  return variants
}
