/** What a command line is made of: each program it would start, wherever it stands, and whatever is no plain call of a program. */
import type { RiskClass } from './risk-class.ts'
import type { ShellWord } from './shell-word.ts'

export type Redirection = { readonly operator: string; readonly target: ShellWord | undefined; readonly body?: string }
/** `value`: where the whole variable becomes it; `words`: all that goes into it, of an array or at its end as well. */
export type Assignment = { readonly name: string; readonly value: ShellWord | undefined; readonly words: readonly ShellWord[] }

/** One call of a program, with what the shell does around it. */
export type CallSegment = {
  readonly kind: 'call'
  readonly text: string
  /** The program first; empty for a bare assignment or redirection. */
  readonly words: readonly ShellWord[]
  readonly assignments: readonly Assignment[]
  readonly redirections: readonly Redirection[]
  /** Its input comes from a pipe, a here document or a file. */
  readonly fed: boolean
}
/** A construct that is no call and still does something. */
export type OddSegment = { readonly kind: 'odd'; readonly text: string; readonly risk: RiskClass }
export type Segment = CallSegment | OddSegment
