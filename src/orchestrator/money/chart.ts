/** Small charts of text, for a narrow screen. */

const BLOCKS = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'] as const

/** A share of the whole as `██████░░░░`; anything over the whole is full. */
export function bar(share: number, width: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width)
  return '█'.repeat(full) + '░'.repeat(width - full)
}

/** A length as `███▌`: of the longest of several, `width` blocks. Something is never nothing. */
export function column(value: number, most: number, width: number): string {
  const eighths = most <= 0 ? 0 : Math.max(value > 0 ? 1 : 0, Math.round((value / most) * width * 8))
  return '█'.repeat(Math.floor(eighths / 8)) + (eighths % 8 === 0 ? '' : (BLOCKS[(eighths % 8) - 1] ?? ''))
}
