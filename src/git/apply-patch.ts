/** A patch that somebody sent becomes a tree, through a private index of the store. No working tree is near it, and what it names is git's to judge. */
import { oneLine, type ObjectName } from '#core'
import { objectName, own, type Context } from './command.ts'
import { keepObject } from './keep-object.ts'
import { placesOf } from './places.ts'
import type { Repository } from './port.ts'
import { withIndex } from './private-index.ts'
import { treeOf } from './trees.ts'

/** Lines of git's own words that name what does not fit; the first tells most. */
const REASON_CHARACTERS = 160
const APPLY_TIMEOUT_MS = 60_000

/** See `Git.applyPatch`. */
export async function applyPatch(
  context: Context,
  repository: Repository,
  base: ObjectName,
  patch: Uint8Array,
): Promise<{ readonly tree: ObjectName } | { readonly refused: string }> {
  const places = placesOf(context.home, repository.projectId)
  const before = await treeOf(context, repository, base)
  return withIndex(places, undefined, async (index) => {
    const env = { GIT_INDEX_FILE: index }
    await own(context, places.store, ['read-tree', before], { env })
    const options = { env, stdin: patch, answers: [1, 128], timeoutMs: APPLY_TIMEOUT_MS }
    const applied = await own(context, places.store, ['apply', '--cached', '--whitespace=nowarn', '-'], options)
    if (applied.exitCode !== 0) return { refused: sentenceOf(applied.stderr) }
    // A path of git's own, or an object that is missing, shows here.
    const written = await own(context, places.store, ['write-tree'], { env, answers: [1, 128] })
    if (written.exitCode !== 0) return { refused: sentenceOf(written.stderr) }
    const tree = objectName(written)
    if (tree === before) return { refused: 'The patch changes nothing here: what it does is done already.' }
    await keepObject(context, places, 'trees', tree)
    return { tree }
  })
}

function sentenceOf(stderr: string): string {
  const lines = stderr.split('\n').flatMap((line) => /^(?:error|fatal): (.+)$/u.exec(line)?.[1] ?? [])
  if (lines.some((line) => /No valid patches|unrecognized input/u.test(line))) return 'That file holds no patch that git understands.'
  if (lines.some((line) => /corrupt patch|patch fragment without header/u.test(line)))
    return `The patch is damaged (${oneLine(lines[0] ?? '', REASON_CHARACTERS)}). Make it anew with git diff.`
  const missing = lines.flatMap((line) => /^(.+): does not exist in index$/u.exec(line)?.[1] ?? [])[0]
  if (missing !== undefined) return `The patch does not apply: there is no ${oneLine(missing, REASON_CHARACTERS)} here.`
  const failed = lines.flatMap((line) => /^patch failed: (.+):(\d+)$/u.exec(line) ?? []).slice(1, 3)
  if (failed.length === 2)
    return `The patch does not apply: ${oneLine(failed[0] ?? '', REASON_CHARACTERS)} is different around line ${failed[1]}. Make it anew on the newest state, or attach it to a task.`
  return `The patch does not apply: ${oneLine(lines[0] ?? 'git refused it', REASON_CHARACTERS)}.`
}
