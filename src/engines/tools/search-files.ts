/**
 * The tool that searches the worktree's text files for a regular expression. The search runs in a thread that can be ended; ripgrep, where
 * it is there, says which of many files are worth reading, and never what a match is: the answers are the same without it.
 */
import { Worker } from 'node:worker_threads'
import { z } from 'zod'
import { fileError, refusal } from './file-errors.ts'
import { globTest } from './glob.ts'
import { worktreePath } from './path-rules.ts'
import { requiredText } from './required-text.ts'
import { SearchAnswer, type Narrowed, type SearchFound, type SearchOrder } from './search-worker.ts'
import { defineTool, line } from './tool.ts'
import type { ToolContext } from '../port.ts'
import { SKIPPED } from './walk.ts'

/** Matches of one answer; a model that needs more has asked too widely. */
const MATCHES_MAX = 200
/** Directories that are not entered unless named outright; ripgrep need not read what is left out anyway. */
const SKIPPED_GLOBS = [...SKIPPED].flatMap((name) => ['--glob', `!${name}`])
/** Longest search. A large repository takes two or three seconds; what takes longer is a pattern that never ends. */
const SEARCH_MS = 15_000

const Input = z.object({
  pattern: z.string().min(1).max(500).describe('JavaScript regular expression, tried on each line.'),
  path: z.string().default('.').describe('Directory or file to search. Default: the whole project.'),
  glob: z.string().optional().describe('Only files that fit, as in *.ts or src/**/*.{js,css}.'),
  ignore_case: z.boolean().default(false),
})

export const searchFiles = defineTool({
  name: 'search_files',
  description:
    'Searches text files for a regular expression and answers the lines that match as path:line: text. Dependencies, caches and binary files are left out.',
  input: Input,
  call: ({ pattern, path, glob }) => {
    flagsOf(pattern, false)
    if (glob !== undefined && globTest(glob) === undefined) throw refusal('input.invalid', 'The glob is too long.')
    const where = worktreePath(path)
    return { kind: 'read', line: line(`search ${where === '.' ? '' : `${where} `}for ${pattern}`) }
  },
  run: async (input, context) => {
    const path = worktreePath(input.path)
    const flags = flagsOf(input.pattern, input.ignore_case)
    const text = requiredText(input.pattern, input.ignore_case)
    const { ripgrep } = context
    const narrow = text === undefined || ripgrep === undefined ? undefined : () => filesWith(ripgrep, text, path, input.ignore_case)
    const order = { worktree: context.worktree, path, pattern: input.pattern, flags, max: MATCHES_MAX, narrows: narrow !== undefined }
    return say(await searchApart(input.glob === undefined ? order : { ...order, glob: input.glob }, context.signal, narrow))
  },
})

/** The flags a pattern is good with: with `u` emoji are whole characters, but needless escapes are errors, and such patterns go without. */
function flagsOf(pattern: string, ignoreCase: boolean): string {
  const flags = ['u', ''].find((flag) => problemOf(pattern, flag) === undefined)
  if (flags !== undefined) return ignoreCase ? `${flags}i` : flags
  throw refusal('input.invalid', `The pattern is no regular expression (${problemOf(pattern, '')}). Escape special characters with a backslash.`)
}

function problemOf(pattern: string, flags: string): string | undefined {
  try {
    return RegExp(pattern, flags).source === '' ? 'it is empty' : undefined
  } catch (error) {
    return error instanceof Error ? error.message : 'it cannot be read'
  }
}

/** Asks ripgrep which files hold this text. More than hold a match is right, fewer never: so neither its settings nor what git ignores count. */
async function filesWith(ripgrep: NonNullable<ToolContext['ripgrep']>, text: string, path: string, ignoreCase: boolean): Promise<Narrowed> {
  const flags = [
    '--files-with-matches',
    '--null',
    '--no-config',
    '--no-ignore',
    '--hidden',
    '--text',
    '--no-messages',
    '--encoding',
    'none',
    '--fixed-strings',
  ]
  const found = await ripgrep([...flags, ...SKIPPED_GLOBS, ...(ignoreCase ? ['--ignore-case'] : []), '-e', text, '--', path])
  return { files: found?.split('\0').map((each) => each.replace(/^\.\//u, '')) ?? null }
}

function say({ lines, more }: SearchFound): string {
  if (lines.length === 0) return 'No match in any text file.'
  return more ? `${lines.join('\n')}\n[more than ${MATCHES_MAX} matches: narrow the pattern, the path or the glob]` : lines.join('\n')
}

/** Runs the search in a thread; ends it on abort (throws the signal's reason) and after SEARCH_MS. */
function searchApart(order: SearchOrder, signal: AbortSignal, narrow: (() => Promise<Narrowed>) | undefined): Promise<SearchFound> {
  const file = import.meta.url.endsWith('.ts') ? './search-worker.ts' : './search-worker.js'
  const worker = new Worker(new URL(file, import.meta.url), { workerData: order, env: {} })
  const found = new Promise<SearchFound>((resolve, reject) => {
    const tooLong = (): void =>
      reject(refusal('input.invalid', `The search took longer than ${SEARCH_MS / 1000} s and was ended: use a simpler pattern or a narrower path.`))
    const timer = setTimeout(tooLong, SEARCH_MS)
    const abort = (): void => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    worker.once('error', reject)
    worker.on('message', (message: unknown) => {
      const answer = SearchAnswer.parse(message)
      if ('lines' in answer) resolve(answer)
      else if ('narrow' in answer) void (narrow?.() ?? Promise.resolve({ files: null })).then((narrowed) => worker.postMessage(narrowed, []), reject)
      else reject(fileError(Object.assign(new Error(answer.message), { code: answer.code }), order.path))
    })
    worker.once('exit', () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
    })
  })
  return found.finally(() => void worker.terminate())
}
