/** The tool that lists a directory of the worktree. It never follows a symbolic link and never shows git's own. */
import { z } from 'zod'
import { fileError } from './file-errors.ts'
import { worktreePath } from './path-rules.ts'
import { defineTool, line } from './tool.ts'
import { walk, type Visit } from './walk.ts'

/** Entries of one answer: a model reads no more, and narrower questions are cheap. */
const ENTRIES_MAX = 500
const Input = z.object({
  path: z.string().default('.').describe('Directory, relative to the project. Default: the project itself.'),
  depth: z.number().int().min(1).max(10).default(3).describe('How many levels down. Default 3.'),
})

export const listFiles = defineTool({
  name: 'list_files',
  description: 'Lists files and directories (these with a trailing slash) of the project. Dependencies and caches are named but not entered.',
  input: Input,
  call: ({ path }) => ({ kind: 'read', line: line(`list ${worktreePath(path)}`) }),
  run: async (input, context) => {
    const path = worktreePath(input.path)
    const { shown, more } = await list(context.worktree, path, input.depth, context.signal)
    if (shown.length === 0) return `${path} is empty.`
    return more ? `${shown.join('\n')}\n[more than ${ENTRIES_MAX} entries: list a subdirectory, or use a smaller depth]` : shown.join('\n')
  },
})

async function list(worktree: string, path: string, depth: number, signal: AbortSignal): Promise<{ shown: string[]; more: boolean }> {
  const shown: string[] = []
  try {
    for await (const visit of walk(worktree, path, depth)) {
      signal.throwIfAborted()
      if (shown.length === ENTRIES_MAX) return { shown, more: true }
      shown.push(show(visit))
    }
  } catch (error) {
    throw fileError(error, path)
  }
  return { shown, more: false }
}

function show({ path, kind, skipped }: Visit): string {
  if (kind === 'directory') return skipped ? `${path}/ (not listed)` : `${path}/`
  return kind === 'file' ? path : `${path} (${kind})`
}
