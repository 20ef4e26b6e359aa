import { LughError, b, code, join, nameHidden, oneLine, redactKeys, type Text } from '#core'
import { enqueueDocument, projectById } from '#db'
import { z } from 'zod'
import { capability, type Act } from '../capability.ts'
import { pairs } from '../checkpoints/changed.ts'
import { repositoryOf } from '../machinery.ts'
import { CheckpointNumber, checkpointWord, theCheckpoint } from './checkpoint-words.ts'

/** About two screens of a phone for all places together; the file that comes with it has the rest. */
const SHOWN_FILES = 24
const SHOWN_PLACES = 8
const Two = z.object({ from: CheckpointNumber, to: CheckpointNumber })
const Difference = z.object({
  where: z.string(),
  insertions: z.number(),
  deletions: z.number(),
  files: z.array(z.object({ path: z.string(), status: z.string(), insertions: z.number(), deletions: z.number() })),
})

/** What differs between two checkpoints of a project: the target's files, and each task's. */
export const compareCheckpoints = capability({
  name: 'compare_checkpoints',
  describe: 'What differs between two checkpoints.',
  input: Two,
  output: z.object({
    from: z.number(),
    to: z.number(),
    differences: z.array(Difference),
    only_from: z.array(z.number()),
    only_to: z.array(z.number()),
  }),
  kind: 'read',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: {
    telegram: { command: 'compare', usage: '/compare C3 C7', example: '/compare C3 C7', parse: (words) => parseWords(words) },
    cli: { verb: 'compare_checkpoints', usage: 'compare_checkpoints C3 C7', parse: (argv) => parseWords(argv.join(' ')) },
    mcp: {},
  },
  act: async (act, input) => {
    const from = await theCheckpoint(act, input.from)
    const to = await theCheckpoint(act, input.to)
    const project = await projectById(act.tx, to.projectId)
    if (project === undefined || from.projectId !== to.projectId || from.manifest === null || to.manifest === null)
      throw new LughError('input.invalid', `C${input.from} and C${input.to} are of different projects.`)
    const differences: z.infer<typeof Difference>[] = []
    const patches: string[] = []
    for (const pair of pairs(from.manifest, to.manifest)) {
      if (pair.from === pair.to) continue
      const { insertions, deletions, files, patch } = await act.git.diff(repositoryOf(project), pair.from, pair.to)
      patches.push(`# ${pair.where}\n${patch}`)
      differences.push({
        where: pair.where,
        insertions,
        deletions,
        files: files.map((file) => ({ path: file.path, status: file.status, insertions: file.insertions, deletions: file.deletions })),
      })
    }
    await sendPatches(act, `C${from.number}-C${to.number}.diff`, patches)
    const tasks = (manifest: typeof from.manifest): number[] => manifest?.tasks.map(({ number }) => number) ?? []
    const without = (one: readonly number[], other: readonly number[]): number[] => one.filter((number) => !other.includes(number))
    return {
      from: from.number,
      to: to.number,
      differences,
      only_from: without(tasks(from.manifest), tasks(to.manifest)),
      only_to: without(tasks(to.manifest), tasks(from.manifest)),
    }
  },
  say: (o) => {
    const named = (numbers: readonly number[]): string => numbers.map((number) => `T${number}`).join(', ')
    return join([
      b(`C${o.from} → C${o.to}`),
      o.differences.length === 0 && 'No file differs.',
      ...o.differences.slice(0, SHOWN_PLACES).map((difference) => sayDifference(difference, o.differences.length)),
      o.differences.length > SHOWN_PLACES && `… ${o.differences.length - SHOWN_PLACES} more tasks`,
      o.only_to.length > 0 && `Open only in C${o.to}: ${named(o.only_to)}`,
      o.only_from.length > 0 && `Open only in C${o.from}: ${named(o.only_from)}`,
    ])
  },
})

function parseWords(words: string): z.infer<typeof Two> {
  const [from, to, ...more] = words.trim().split(/\s+/u)
  if (from === undefined || to === undefined || more.length > 0)
    throw new LughError('input.invalid', 'Which two? /compare C3 C7; /checkpoints lists them.')
  return { from: checkpointWord(from), to: checkpointWord(to) }
}

/** Whole, as a file where the question was asked; at a console the names say enough. */
async function sendPatches(act: Act, filename: string, patches: readonly string[]): Promise<void> {
  const here = act.caller.conversation
  if (here === undefined || patches.length === 0) return
  const { botId, chatId, threadId } = here
  const text = redactKeys(nameHidden(patches.join('\n')))
  await enqueueDocument(act.tx, { botId, chatId, threadId, key: `compare:${act.caller.callKey}`, filename, text })
}

function sayDifference(difference: z.infer<typeof Difference>, places: number): Text {
  const shown = difference.files.slice(0, Math.max(2, Math.floor(SHOWN_FILES / places)))
  return join([
    `${oneLine(difference.where, 60)} +${difference.insertions} −${difference.deletions}`,
    ...shown.map((file): Text => ['· ', code(oneLine(file.path, 100)), ` ${file.status} +${file.insertions} −${file.deletions}`]),
    difference.files.length > shown.length && `… ${difference.files.length - shown.length} more files`,
  ])
}
