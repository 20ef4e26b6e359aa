/** One word of a command as the shell will see it. Never guesses: a word that depends on anything but its own text is not `known`. */
import type { Word, WordPart } from 'unbash'

export type ShellWord = {
  /** As written. */
  readonly text: string
  /** After the shell has taken the quotes away; only to be believed when `known`. */
  readonly value: string
  readonly known: boolean
  /** Only file names can vary, and they cannot become a flag: `src/*.ts`. */
  readonly glob: boolean
}

/** Reads a parsed word. */
export function shellWord(word: Word): ShellWord {
  const { text, value } = word
  const parts = word.parts ?? []
  const tilde = /(?:^|[=:])~/u.test(text)
  const known = !tilde && parts.every(isKnown)
  const glob = !tilde && !known && parts.every((part) => part.type === 'Glob' || isKnown(part))
  return { text, value, known, glob }
}

function isKnown(part: WordPart): boolean {
  switch (part.type) {
    case 'Literal':
    case 'SingleQuoted':
    case 'AnsiCQuoted':
      return true
    case 'DoubleQuoted':
      return part.parts.every((child) => child.type === 'Literal')
    case 'Glob':
    case 'LocaleString':
    case 'SimpleExpansion':
    case 'ParameterExpansion':
    case 'CommandExpansion':
    case 'ArithmeticExpansion':
    case 'ProcessSubstitution':
    case 'ExtendedGlob':
    case 'BraceExpansion':
      return false
    default:
      return part satisfies never
  }
}

/** The word's value when it is known. */
export function valueOf(word: ShellWord | undefined): string | undefined {
  return word?.known === true ? word.value : undefined
}
