/** The tool that replaces exact pieces of a text file. All of its edits are made, or none. */
import { z } from 'zod'
import { applyEdits } from './apply-edits.ts'
import { refusal } from './file-errors.ts'
import { readText } from './text-files.ts'
import { defineTool, line } from './tool.ts'
import { sha256 } from './worktree-files.ts'
import { target, write } from './write-file.ts'

/** Edits of one call; more is a new file. */
const EDITS_MAX = 50
const Input = z.object({
  path: z.string().describe('File, relative to the project.'),
  edits: z
    .array(
      z.object({
        old_text: z.string().describe('Text as it is in the file now, to the letter, white space included. It must be there exactly once.'),
        new_text: z.string().describe('What takes its place.'),
        replace_all: z.boolean().default(false).describe('Replace every occurrence.'),
      }),
    )
    .min(1)
    .max(EDITS_MAX)
    .describe('Made in this order, each on what the one before left. If one does not fit, none is made.'),
})

export const editFile = defineTool({
  name: 'edit_file',
  description: 'Replaces exact pieces of a text file; several at once. Read the file first.',
  input: Input,
  call: ({ path: raw }) => {
    const path = target(raw)
    return { kind: 'edit', line: line(`edit ${path}`), path }
  },
  guard: async (input, context) => {
    const path = target(input.path)
    const { text, bytes } = await readText(context.worktree, path)
    const edited = applyEdits(text, input.edits)
    return 'text' in edited ? { path, before: sha256(bytes), after: sha256(Buffer.from(edited.text)) } : undefined
  },
  run: async (input, context, guard) => {
    const path = target(input.path)
    const { text, bytes } = await readText(context.worktree, path)
    const done = `Edited ${path} (${input.edits.length === 1 ? '1 edit' : `${input.edits.length} edits`}).`
    if (guard !== undefined && sha256(bytes) === guard.after) return done
    const edited = applyEdits(text, input.edits)
    if ('say' in edited) throw refusal('input.invalid', edited.say)
    await write(context, path, Buffer.from(edited.text))
    return done
  },
})
