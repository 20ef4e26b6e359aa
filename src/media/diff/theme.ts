/** The two looks of a picture. Tints are those people know from code hosts; the colours of the code itself are shiki's. */

export const LOOKS = ['dark', 'light'] as const
export type Look = (typeof LOOKS)[number]

export type Theme = {
  /** Shiki's theme of this look. */
  readonly code: 'github-dark-default' | 'github-light-default'
  readonly paper: string
  readonly ink: string
  readonly faint: string
  readonly bar: string
  readonly line: string
  readonly note: string
  readonly sides: Readonly<Record<'+' | '-', { readonly row: string; readonly gutter: string; readonly word: string; readonly ink: string }>>
  readonly badge: Readonly<Record<'A' | 'M' | 'D' | 'R' | 'C', string>>
  readonly box: { readonly paper: string; readonly frame: string; readonly ink: string }
  readonly disguise: string
}

export const THEMES: Readonly<Record<Look, Theme>> = {
  dark: {
    code: 'github-dark-default',
    paper: '#0d1117',
    ink: '#e6edf3',
    faint: '#7d8590',
    bar: '#1c2430',
    line: '#30363d',
    note: '#161b22',
    sides: {
      '+': { row: '#12261e', gutter: '#1a4228', word: '#1f6f3a', ink: '#56d364' },
      '-': { row: '#2a171b', gutter: '#542426', word: '#8c2f2f', ink: '#ff7b72' },
    },
    badge: { A: '#2ea043', M: '#9e6a03', D: '#da3633', R: '#8957e5', C: '#8957e5' },
    box: { paper: '#5c3d00', frame: '#e3b341', ink: '#ffdf8a' },
    disguise: '#b35900',
  },
  light: {
    code: 'github-light-default',
    paper: '#ffffff',
    ink: '#1f2328',
    faint: '#6e7781',
    bar: '#eaeef2',
    line: '#d0d7de',
    note: '#f6f8fa',
    sides: {
      '+': { row: '#e6ffec', gutter: '#ccffd8', word: '#94eba8', ink: '#1a7f37' },
      '-': { row: '#ffebe9', gutter: '#ffd7d5', word: '#ffb3ad', ink: '#cf222e' },
    },
    badge: { A: '#1a7f37', M: '#9a6700', D: '#cf222e', R: '#8250df', C: '#8250df' },
    box: { paper: '#fff3c4', frame: '#9a6700', ink: '#7a5200' },
    disguise: '#ffc680',
  },
}
