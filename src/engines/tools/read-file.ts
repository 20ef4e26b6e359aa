/** The tool that reads a text file of the worktree, in parts when it is long. */
import { z } from 'zod'
import type { ToolOutcome } from '../port.ts'
import { fileError } from './file-errors.ts'
import { worktreePath } from './path-rules.ts'
import { showPicture } from './picture-of.ts'
import { readText } from './text-files.ts'
import { defineTool, line } from './tool.ts'
import { readBytes } from './worktree-files.ts'

/** Lines of one answer; long enough for nearly every source file, short enough to leave room for the others. */
const LINES_MAX = 1000
/** Characters of one answer, its line of place included; under the cap of every tool's output, so that a file is never cut in its middle. */
const TEXT_MAX = 50_000
/** Characters of one line; minified files have lines of megabytes. */
const COLUMNS_MAX = 2000

const Input = z.object({
  path: z.string().describe('File, relative to the project.'),
  from_line: z.number().int().min(1).default(1).describe('First line, counted from 1. Default 1.'),
  to_line: z.number().int().min(1).optional().describe(`Last line. Default: as many as fit (${LINES_MAX}).`),
})

export const readFile = defineTool({
  name: 'read_file',
  description:
    'Reads a text file, or shows a picture (PNG, JPEG, GIF, WebP). The first line of a text’s answer says which lines follow; after it comes the text exactly as it is in the file.',
  input: Input,
  call: ({ path, from_line: from, to_line: to }) => {
    const lines = to !== undefined ? `:${from}-${to}` : from > 1 ? `:${from}-` : ''
    return { kind: 'read', line: line(`read ${worktreePath(path)}${lines}`) }
  },
  run: async (input, context) => {
    const path = worktreePath(input.path)
    const picture = await lookAt(context.worktree, path)
    if (picture !== undefined) return picture
    const { text } = await readText(context.worktree, path)
    return text === '' ? `${path} is empty.` : excerpt(path, text, input.from_line, input.to_line)
  },
})

/** Only what is named like a picture is tried as one: everything else is read once, as text. */
async function lookAt(worktree: string, path: string): Promise<ToolOutcome | undefined> {
  if (!/\.(png|jpe?g|gif|webp)$/i.test(path)) return undefined
  try {
    return showPicture(path, await readBytes(worktree, path))
  } catch (error) {
    throw fileError(error, path)
  }
}

function excerpt(path: string, text: string, from: number, to: number | undefined): string {
  const lines = text.split('\n')
  // The line feed that ends a file starts no line of its own.
  if (lines.at(-1) === '') lines.pop()
  if (from > lines.length) return `${path} has only ${lines.length} lines.`
  const kept = fit(lines.slice(from - 1, Math.min(to ?? lines.length, from - 1 + LINES_MAX)))
  const last = from - 1 + kept.length
  const body = kept.join('\n')
  const more = last < Math.min(to ?? lines.length, lines.length) ? `\n[${lines.length - last} more lines: read on with from_line ${last + 1}]` : ''
  return `${path} (lines ${from}-${last} of ${lines.length})\n${body}${more}`
}

/** As many of the lines as fit, at least one, over-long ones cut with a word about it. */
function fit(lines: readonly string[]): string[] {
  const kept: string[] = []
  let size = 0
  for (const text of lines) {
    const shown =
      text.length <= COLUMNS_MAX ? text : `${text.slice(0, COLUMNS_MAX).toWellFormed()} [… ${text.length - COLUMNS_MAX} more characters in this line]`
    size += shown.length + 1
    if (kept.length > 0 && size > TEXT_MAX) break
    kept.push(shown)
  }
  return kept
}
