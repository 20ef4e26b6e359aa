/** The tool that applies one patch to several files. All of it is applied, or nothing. */
import { z } from 'zod'
import type { EditGuard, FileGuard, ToolContext } from '../port.ts'
import { refusal } from './file-errors.ts'
import { applyHunks, parsePatch, type FilePatch } from './parse-patch.ts'
import { readText } from './text-files.ts'
import { defineTool, line } from './tool.ts'
import { sha256 } from './worktree-files.ts'
import { digestOf, remove, target, write } from './write-file.ts'

/** Files of one patch; more is a new way of working, not a patch. */
const FILES_MAX = 50
const PATCH_MAX = 500_000

const Input = z.object({
  patch: z
    .string()
    .min(1)
    .max(PATCH_MAX)
    .describe(
      'From "*** Begin Patch" to "*** End Patch"; for each file "*** Add File: PATH" with + lines, "*** Update File: PATH" (then "*** Move to: PATH" to rename) with @@ hunks of unchanged ( ), removed (-) and added (+) lines, or "*** Delete File: PATH".',
    ),
})

export const applyPatch = defineTool({
  name: 'apply_patch',
  description: 'Adds, changes, renames and deletes several files by one patch: all of it, or nothing when a part does not fit.',
  input: Input,
  call: ({ patch }) => {
    const paths = filesOf(patch).map(({ path }) => target(path))
    return { kind: 'edit', line: line(`patch ${paths.join(', ')}`), path: paths[0] ?? '.', paths }
  },
  guard: async ({ patch }, context) => guardOf(await changesOf(filesOf(patch), context, undefined)),
  run: async ({ patch }, context, guard) => {
    const changes = await changesOf(filesOf(patch), context, guard)
    for (const { path, bytes } of changes) {
      if (bytes === undefined) continue
      if (bytes === null) await remove(context, path)
      else await write(context, path, bytes)
    }
    return `Patched ${changes.map(({ path }) => path).join(', ')}.`
  },
})

function filesOf(patch: string): readonly FilePatch[] {
  const parsed = parsePatch(patch)
  if ('say' in parsed) throw refusal('input.invalid', parsed.say)
  if (parsed.files.length > FILES_MAX)
    throw refusal('input.invalid', `A patch may change ${FILES_MAX} files; this one changes ${parsed.files.length}.`)
  const paths = parsed.files.flatMap((file) => (file.kind === 'update' && file.moveTo !== undefined ? [file.path, file.moveTo] : [file.path]))
  if (new Set(paths.map(target)).size < paths.length) throw refusal('input.invalid', 'The patch names a file twice: put its hunks together.')
  return parsed.files
}

/** What a file will be. `bytes`: its new content, null when it goes, undefined when it is as it shall be already (a repeat after a kill). */
type Change = FileGuard & { readonly bytes: Uint8Array | null | undefined }

async function changesOf(files: readonly FilePatch[], context: ToolContext, guard: EditGuard | undefined): Promise<Change[]> {
  const changes: Change[] = []
  for (const file of files) changes.push(...(await changeOf(file, context, guard)))
  return changes
}

async function changeOf(file: FilePatch, context: ToolContext, guard: EditGuard | undefined): Promise<Change[]> {
  const path = target(file.path)
  const paths = file.kind === 'update' && file.moveTo !== undefined ? [path, target(file.moveTo)] : [path]
  const known = await Promise.all(paths.map((each) => doneAlready(each, context, guard)))
  const [first, second] = known
  if (first !== undefined && (paths.length === 1 || second !== undefined)) return known.filter((change) => change !== undefined)
  const before = await digestOf(context, path)
  if (file.kind === 'delete') {
    if (before === null) throw refusal('not-found', `${path} does not exist, so it cannot be deleted. Nothing was changed.`)
    return [{ path, before, after: null, bytes: null }]
  }
  if (file.kind === 'add') {
    if (before !== null) throw refusal('input.invalid', `${path} exists already: use *** Update File. Nothing was changed.`)
    return [asChange(path, before, file.text)]
  }
  const { text } = await readText(context.worktree, path)
  const patched = applyHunks(text, file.hunks)
  if ('say' in patched) throw refusal('input.invalid', `${path}: ${patched.say} Nothing was changed.`)
  const to = paths[1]
  if (to === undefined) return [asChange(path, before, patched.text)]
  if (second === undefined && (await digestOf(context, to)) !== null) throw refusal('input.invalid', `${to} exists already. Nothing was changed.`)
  // The new file first: a kill between the two leaves both, and the old one is then still the patch's own text.
  return [second ?? asChange(to, null, patched.text), { path, before, after: null, bytes: null }]
}

/** A file that a first run of this very call brought to its end. */
async function doneAlready(path: string, context: ToolContext, guard: EditGuard | undefined): Promise<Change | undefined> {
  const mine = guard === undefined ? undefined : [guard, ...(guard.also ?? [])].find((each) => each.path === path)
  if (mine === undefined || mine.before === mine.after || (await digestOf(context, path)) !== mine.after) return undefined
  return { path, before: mine.before, after: mine.after, bytes: undefined }
}

function asChange(path: string, before: string | null, text: string): Change {
  const bytes = Buffer.from(text)
  return { path, before, after: sha256(bytes), bytes }
}

function guardOf(changes: readonly Change[]): EditGuard | undefined {
  const [first, ...also] = changes.map(({ path, before, after }) => ({ path, before, after }))
  return first === undefined ? undefined : { ...first, also }
}
