/** A command line → its segments, by a real parser of bash. What it cannot parse without an error is `unreadable`; nothing is ever skipped. */
import {
  forEachChild,
  parse,
  type Command,
  type ParameterExpansionPart,
  type Redirection as RedirectionNode,
  type SyntaxNode,
  type Word,
} from 'unbash'
import { isDisguised } from './disguise.ts'
import type { Assignment, Redirection, Segment } from './segment.ts'
import { shellWord, type ShellWord } from './shell-word.ts'

/** A longer one is worth a look, whatever it is; the parser takes milliseconds for it. */
const MAX_LENGTH = 8000

export type Parsed = { readonly readable: true; readonly segments: readonly Segment[] } | { readonly readable: false; readonly why: string }

class Unreadable extends Error {}

/** Every segment of the command, those inside substitutions and bodies too. */
export function parseCommand(source: string): Parsed {
  if (source.length > MAX_LENGTH) return { readable: false, why: 'it is very long' }
  if (isDisguised(source)) return { readable: false, why: 'it holds characters that look like others, or cannot be seen' }
  // A backslash at the very end joins whatever comes next; bash and the parser need not agree on what that is.
  if (/\\\s*$/u.test(source)) return { readable: false, why: 'it ends in the middle' }
  const segments: Segment[] = []
  try {
    visit(parse(source), { source, fed: false }, segments)
  } catch (error) {
    if (error instanceof Unreadable) return { readable: false, why: error.message }
    return { readable: false, why: 'the shell’s grammar does not hold it' }
  }
  return segments.length === 0 ? { readable: false, why: 'there is nothing in it' } : { readable: true, segments }
}

type Place = { readonly source: string; readonly fed: boolean }

function visit(node: SyntaxNode, place: Place, out: Segment[]): void {
  const inside = (at: Place = place): void => forEachChild(node, (child) => visit(child, at, out))
  const odd = (risk: 'hidden' | 'project'): void => void out.push({ kind: 'odd', text: place.source.slice(node.pos, node.end), risk })
  switch (node.type) {
    case 'Script':
      if ('errors' in node && node.errors !== undefined && node.errors.length > 0)
        throw new Unreadable(`the shell’s grammar does not hold it: ${node.errors[0]?.message ?? ''}`)
      return inside(node.source === undefined ? place : { ...place, source: node.source })
    case 'Command':
      out.push(callOf(node, place))
      return inside()
    case 'Pipeline':
      return forEachChild(node, (child) => visit(child, { ...place, fed: place.fed || child !== node.commands[0] }, out))
    case 'Redirected': {
      const redirections = node.redirects.map(redirectionOf)
      out.push({ kind: 'call', text: place.source.slice(node.pos, node.end), words: [], assignments: [], redirections, fed: false })
      return inside({ ...place, fed: place.fed || redirections.some(feeds) })
    }
    case 'Statement':
      if (node.background === true) odd('project')
      return inside()
    case 'CommandExpansion':
    case 'ProcessSubstitution':
    case 'ArithmeticCommandExpansion':
      if (node.script === undefined) throw new Unreadable('a substitution in it cannot be read')
      return inside({ ...place, fed: false })
    case 'ParameterExpansion':
      if (bendsLater(node)) odd('hidden')
      return inside()
    case 'LocaleString': // what it says is looked up in a file, and expanded once more by older shells
      odd('hidden')
      return inside()
    case 'HereDoc':
      if (node.closing === undefined) throw new Unreadable('a here document in it has no end')
      return inside()
    case 'FileDescriptorVariable':
      odd('hidden')
      return inside()
    case 'TestCommand':
    case 'Function':
    case 'Coproc':
    case 'Select':
    case 'ArithmeticCommand':
    case 'ArithmeticFor':
    case 'ArithmeticExpansion':
    case 'For':
      odd('project')
      return inside()
    default:
      return inside()
  }
}

/**
 * `${!x}` and `${x@P}` run what a variable holds. So do an index and the bounds of a slice, since they are sums and a sum runs the
 * subscripts it finds; `${x:=…}` puts the text there, or another meaning into `CDPATH`.
 */
function bendsLater({ prefix, index, operation }: ParameterExpansionPart): boolean {
  if (prefix === '!' || (index !== undefined && !/^(?:@|\*|\d+)$/u.test(index.text))) return true
  switch (operation?.type) {
    case 'Transform':
    case 'Unknown':
      return true
    case 'Default':
      return operation.operator.endsWith('=')
    case 'Slice':
      return !isNumber(operation.offset) || (operation.length !== undefined && !isNumber(operation.length))
    default:
      return false
  }
}

function isNumber({ text }: Word): boolean {
  return /^\s*-?\d+\s*$/u.test(text)
}

function callOf(node: Command, place: Place): Segment {
  const redirections = node.redirects.map(redirectionOf)
  const words: ShellWord[] = node.name === undefined ? [] : [shellWord(node.name)]
  const assignments: Assignment[] = []
  for (const item of [...node.prefix, ...node.args]) {
    if (item.type === 'Assignment') assignments.push(assignmentOf(item))
    else if (item.type === 'Word') words.push(shellWord(item))
  }
  return {
    kind: 'call',
    text: place.source.slice(node.pos, node.end),
    words,
    assignments,
    redirections,
    fed: place.fed || redirections.some(feeds),
  }
}

function assignmentOf(node: Extract<Command['prefix'][number], { type: 'Assignment' }>): Assignment {
  const plain = node.value.type === 'Word' && node.index === undefined && node.append !== true
  const words = (node.value.type === 'Word' ? [node.value] : node.value.elements).map(shellWord)
  return { name: node.name, value: plain ? words[0] : undefined, words }
}

function redirectionOf(node: RedirectionNode): Redirection {
  if (node.type === 'HereDoc') return { operator: node.operator, target: undefined, body: node.body.text }
  return { operator: node.operator, target: node.target === undefined ? undefined : shellWord(node.target) }
}

function feeds({ operator }: Redirection): boolean {
  return operator.startsWith('<')
}
