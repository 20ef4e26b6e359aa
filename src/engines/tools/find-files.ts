/** The tool that finds files of the worktree by a pattern of their names. It never follows a symbolic link and never shows git's own. */
import { z } from 'zod'
import { fileError, refusal } from './file-errors.ts'
import { globTest } from './glob.ts'
import { worktreePath } from './path-rules.ts'
import { defineTool, line } from './tool.ts'
import { walk } from './walk.ts'

/** Files of one answer: more is a question asked too widely. */
const FILES_MAX = 300
/** Deeper than any repository that people still find their way in. */
const DEPTH_MAX = 50

const Input = z.object({
  pattern: z.string().min(1).describe('As in *.ts, src/**/*.test.js or {package,tsconfig}.json; without a slash it is tried on the name alone.'),
  path: z.string().default('.').describe('Directory to look in. Default: the whole project.'),
})

export const findFiles = defineTool({
  name: 'find_files',
  description: 'Finds files by a pattern of their paths. Dependencies and caches are left out.',
  input: Input,
  call: ({ pattern, path }) => {
    testOf(pattern)
    const where = worktreePath(path)
    return { kind: 'read', line: line(`find ${pattern}${where === '.' ? '' : ` in ${where}`}`) }
  },
  run: async ({ pattern, path: raw }, context) => {
    const path = worktreePath(raw)
    const fits = testOf(pattern)
    const found: string[] = []
    try {
      for await (const visit of walk(context.worktree, path, DEPTH_MAX)) {
        context.signal.throwIfAborted()
        if (visit.kind !== 'file' || !fits(visit.path)) continue
        if (found.length === FILES_MAX) return `${found.join('\n')}\n[more than ${FILES_MAX} files: narrow the pattern or the path]`
        found.push(visit.path)
      }
    } catch (error) {
      throw fileError(error, path)
    }
    return found.length === 0 ? `No file fits ${pattern}.` : found.join('\n')
  },
})

function testOf(pattern: string): (path: string) => boolean {
  const test = globTest(pattern)
  if (test === undefined) throw refusal('input.invalid', 'The pattern is too long.')
  return test
}
