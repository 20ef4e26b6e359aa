/** The tool that makes a file or replaces it whole. */
import { z } from 'zod'
import type { EditGuard, ToolContext } from '../port.ts'
import { errorCode, fileError, refusal } from './file-errors.ts'
import { worktreePath } from './path-rules.ts'
import { defineTool, line } from './tool.ts'
import { FILE_MAX_BYTES, readBytes, removeFile, sha256, writeBytes } from './worktree-files.ts'

const Input = z.object({
  path: z.string().describe('File, relative to the project. Directories on the way are made.'),
  content: z.string().describe('The whole new text of the file.'),
})

export const writeFile = defineTool({
  name: 'write_file',
  description: 'Makes a file or replaces its whole text. To change part of a file that exists use edit_file.',
  input: Input,
  call: ({ path: raw }) => {
    const path = target(raw)
    return { kind: 'edit', line: line(`write ${path}`), path }
  },
  guard: async (input, context) => {
    const path = target(input.path)
    return { path, before: await digestOf(context, path), after: sha256(Buffer.from(input.content)) }
  },
  run: async (input, context, guard) => {
    const path = target(input.path)
    const bytes = Buffer.from(input.content)
    if (bytes.length > FILE_MAX_BYTES) throw refusal('input.invalid', `The text has ${bytes.length} bytes; at most ${FILE_MAX_BYTES} can be written.`)
    const before = await digestOf(context, path)
    const fresh = (guard === undefined ? before : guard.before) === null
    if (guard === undefined || before !== guard.after) await write(context, path, bytes)
    return `${fresh ? 'Made' : 'Wrote'} ${path} (${countLines(input.content)} lines).`
  },
})

/** A path that can be written: not the project itself. */
export function target(raw: string): string {
  const path = worktreePath(raw)
  if (path === '.') throw refusal('input.invalid', 'Name a file, not the project itself.')
  return path
}

/** Writes with errors in words. */
export async function write(context: ToolContext, path: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeBytes(context.worktree, path, bytes)
  } catch (error) {
    throw fileError(error, path)
  }
}

/** Removes a file; a missing one is removed already. */
export async function remove(context: ToolContext, path: string): Promise<void> {
  try {
    await removeFile(context.worktree, path)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw fileError(error, path)
  }
}

/** SHA-256 of what is there now, whatever its kind of content; null when there is nothing. */
export async function digestOf(context: ToolContext, path: string): Promise<EditGuard['before']> {
  try {
    return sha256(await readBytes(context.worktree, path))
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw fileError(error, path)
  }
}

function countLines(text: string): number {
  return text === '' ? 0 : text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
}
