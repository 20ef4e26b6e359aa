/** What a card shows of a piece: whole lines, no keys, nothing hidden, and never the impression that it is all. */
import { plain } from '#core'
import { expect, it } from 'vitest'
import { hunkLines, shownHunk } from './hunk-text.ts'

const seen = (text: string): string => plain(hunkLines(shownHunk(text)))

it('shows a short piece as it is', () => {
  expect(seen('@@ -1 +1 @@\n-a\n+b')).toBe('@@ -1 +1 @@\n-a\n+b')
})

it('shows whole lines of a long one and says how many more there are, also of megabytes', () => {
  const long = Array.from({ length: 300_000 }, (_, n) => `+line ${n}`).join('\n')
  const text = seen(long)
  const shown = text.split('\n').filter((line) => /^\+line \d+$/.test(line)).length
  expect(text).toContain(`… and ${300_000 - shown} more lines: 👁 Diff has all of it.`)
  expect(Array.from(text).length).toBeLessThan(2600)
})

it('cuts a line that is too long by itself and says so', () => {
  const text = seen(`+${'x'.repeat(9000)}`)
  expect(text).toMatch(/x…\nCut: 👁 Diff has all of it\.$/)
  expect(seen(`+${'😀'.repeat(9000)}\n+next`)).toMatch(/😀…\n… and 1 more line/)
})

it('names hidden characters and holds no key', () => {
  const text = seen(`+a\u202Eb\n+token = "ghp_${'a1B2c3D4e5'.repeat(4).slice(0, 36)}"`)
  expect(text).toContain('⟦U+202E⟧')
  expect(text).not.toContain('ghp_')
})
