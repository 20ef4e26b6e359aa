/** `find` that hands what it found to programs which only read. Apart from find.ts, which those programs' own list needs. */
import type { ShellWord } from '../shell-word.ts'
import { isReadingFind } from './find.ts'
import { readingOf } from './read-only.ts'

/**
 * `find` whose every `-exec` only reads. What stands for `{}` begins with a starting point of the worktree, so it is neither a
 * flag nor outside.
 */
export function isSearchingFind(args: readonly ShellWord[]): boolean {
  const tests: ShellWord[] = []
  const calls: ShellWord[][] = []
  let call: ShellWord[] | undefined
  for (const arg of args) {
    if (call !== undefined && (arg.value === ';' || arg.value === '+')) call = undefined
    else if (call !== undefined) call.push(arg)
    else if (arg.value === '-exec') calls.push((call = []))
    else tests.push(arg)
  }
  return calls.length > 0 && call === undefined && tests.some(({ value }) => !value.startsWith('-')) && isReadingFind(tests) && calls.every(onlyReads)
}

function onlyReads([program, ...args]: readonly ShellWord[]): boolean {
  return (
    program?.known === true &&
    args.every(({ known }) => known) &&
    !['cd', 'find'].includes(program.value) &&
    readingOf(program.value, args) === 'read'
  )
}
