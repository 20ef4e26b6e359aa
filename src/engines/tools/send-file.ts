/** The tool by which an agent sends one file of its worktree to the person's chat: a report, a picture, a build. What leaves is seen to by whoever sends it. */
import { z } from 'zod'
import { fileError } from './file-errors.ts'
import { worktreePath } from './path-rules.ts'
import { defineTool, line } from './tool.ts'
import { readBytes } from './worktree-files.ts'

/** Above what is sent, so that the refusal names the real limit. */
const READ_MAX_BYTES = 64 * 1024 * 1024
const NOTE_MAX = 200

const Input = z.object({
  path: z.string().describe('File, relative to the project. It may be one that git ignores.'),
  note: z.string().max(NOTE_MAX).default('').describe('One short sentence: what it is.'),
})

export const sendFile = defineTool({
  name: 'send_file',
  description:
    'Sends one file to the person’s phone, to be looked at: a report, a picture, a log, a build. Not for source you changed; that is shown in the review. Never a file with keys.',
  input: Input,
  call: ({ path }) => ({ kind: 'read', line: line(`send ${worktreePath(path)}`) }),
  run: async (input, context) => {
    const path = worktreePath(input.path)
    if (context.sendFile === undefined) return { output: 'Nothing is sent from here: name the file in your summary.', isError: true }
    const bytes = await readBytes(context.worktree, path, READ_MAX_BYTES).catch((error: unknown) => {
      throw fileError(error, path)
    })
    return context.sendFile({ path, bytes, note: input.note })
  },
})
