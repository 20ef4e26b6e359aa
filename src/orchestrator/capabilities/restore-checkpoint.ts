import { CardId, LughError, RestoreId, join, oneLine } from '#core'
import {
  checkpointNamed,
  holdCheckpoint,
  insertRestore,
  mergedTasks,
  postCard,
  taskByNumber,
  type Checkpoint,
  type Merged,
  type Project,
  type Restore,
} from '#db'
import { z } from 'zod'
import { capability, type Act } from '../capability.ts'
import type { CardKind } from '../card.ts'
import { mergesSubject } from '../cards/merges-card.ts'
import { PARTS } from '../checkpoints/parts.ts'
import { MERGES_LOOKED_AT, mergeLine, mergesMeant } from './before-merge.ts'
import { CheckpointNumber, checkpointWord, theCheckpoint } from './checkpoint-words.ts'
import { NAME_CHARACTERS } from './create-checkpoint.ts'
import { TaskNumber, theProject } from './words.ts'

const PATH_CHARACTERS = 1000

const Wanted = z
  .object({
    checkpoint: CheckpointNumber.optional(),
    /** In place of its number, as people remember it; of `project`, or of the one that is in use. */
    name: z.string().trim().min(1).max(NAME_CHARACTERS).optional(),
    project: z.string().max(200).optional(),
    task: TaskNumber.optional(),
    file: z.string().max(PATH_CHARACTERS).optional(),
  })
  .refine(({ checkpoint, name }) => (checkpoint === undefined) !== (name === undefined), 'Name the checkpoint: by its number or by its name.')

/** Shows what going back to a checkpoint would change. Nothing is changed before a person says how. */
export const restoreCheckpoint = capability({
  name: 'restore_checkpoint',
  describe: 'Show what going back to a checkpoint would change, and offer it.',
  input: Wanted,
  output: z.object({
    /** Absent where the words mean several: `meant` has them, and nothing was asked for yet. */
    restore: RestoreId.exactOptional(),
    checkpoint: z.number().exactOptional(),
    meant: z.array(z.object({ checkpoint: z.number(), task: z.number(), title: z.string(), line: z.string() })).exactOptional(),
    carded: z.boolean(),
  }),
  kind: 'request',
  may: ['owner', 'approver', 'member'],
  doors: {
    telegram: { command: 'restore', usage: '/restore C7 [T12] [FILE] or /restore NAME', example: '/restore C7', parse: parseWords },
    cli: { verb: 'restore_checkpoint', usage: 'restore_checkpoint C7 [T12] [FILE] | NAME', parse: (argv) => parseWords(argv.join(' ')) },
    mcp: { example: { checkpoint: 7 }, note: 'Changes nothing: show_restore shows what it would change, carry_out_restore does it.' },
  },
  act: async (act, input) => {
    const named = input.checkpoint === undefined ? await namedCheckpoint(act, input) : await theCheckpoint(act, input.checkpoint)
    const carded = act.caller.conversation !== undefined
    if ('meant' in named) return { ...named, carded }
    const checkpoint = named
    const task = input.task === undefined ? undefined : await taskByNumber(act.tx, input.task)
    if (input.task !== undefined && (task === undefined || task.projectId !== checkpoint.projectId))
      throw new LughError('not-found', `There is no T${input.task} in C${checkpoint.number}. Its card names what it holds.`)
    const row = await askRestore(act, checkpoint, { taskId: task?.id ?? null, file: input.file ?? null })
    return { restore: row.id, checkpoint: checkpoint.number, carded }
  },
  say: (o) => {
    if (o.carded) return undefined
    if (o.meant !== undefined) return join(['Which one? Name its checkpoint.', ...o.meant.map(({ line }) => line)])
    return `What it would change is being worked out: show_restore ${o.restore ?? ''}`
  },
  toast: () => 'Looking…',
})

function parseWords(words: string): z.infer<typeof Wanted> {
  const [first = '', ...rest] = words.trim().split(/\s+/u)
  if (first === '') throw new LughError('input.invalid', 'Back to which checkpoint? /checkpoints lists them; /restore C7 shows what it would change.')
  if (!/^[cC]?\d{1,9}$/u.test(first)) return { name: words.trim() }
  const named = /^[tT]\d{1,9}$/u.test(rest[0] ?? '') ? rest.shift() : undefined
  const file = rest.join(' ')
  return {
    checkpoint: checkpointWord(first),
    ...(named === undefined ? {} : { task: Number(named.slice(1)) }),
    ...(file === '' ? {} : { file }),
  }
}

type Several = { meant: { checkpoint: number; task: number; title: string; line: string }[] }

/** The newest one of that name, or the one made before the merge of the task that is called so. Throws `not-found` with what there is. */
async function namedCheckpoint(act: Act, { name = '', project: of }: z.infer<typeof Wanted>): Promise<Checkpoint | Several> {
  const project = await theProject(act, of)
  const merged = mergesMeant(name, await mergedTasks(act.tx, project.id, MERGES_LOOKED_AT))
  const [only, ...more] = merged.filter(({ state }) => state === 'whole')
  const found =
    (await checkpointNamed(act.tx, project.id, name)) ?? (only === undefined || more.length > 0 ? undefined : await beforeMerge(act, only))
  if (found !== undefined) return found
  if (only !== undefined) return several(act, project, name, [only, ...more])
  const [gone] = merged
  throw new LughError(
    'not-found',
    gone === undefined
      ? `No checkpoint of ${project.name} is called “${oneLine(name, 60)}”. /checkpoints lists them; if an agent is to do it: /new ${oneLine(name, 60)}`
      : `What was kept before the merge of T${gone.task} is gone. /undo T${gone.task} takes the merge back; /checkpoints lists what there is.`,
  )
}

function beforeMerge(act: Act, { checkpoint }: Merged): Promise<Checkpoint | undefined> {
  return checkpoint === null ? Promise.resolve(undefined) : theCheckpoint(act, checkpoint)
}

/** Asks which, with a button for each. */
async function several(act: Act, project: Project, words: string, merged: readonly Merged[]): Promise<Several> {
  await post(act, 'merges', mergesSubject(act.caller.callKey, project.id, words))
  return {
    meant: merged.flatMap((one) =>
      one.checkpoint === null ? [] : [{ checkpoint: one.checkpoint, task: one.task, title: one.title, line: mergeLine(one) }],
    ),
  }
}

/** Has the worker look at a way back, and shows it where it was asked for. */
export async function askRestore(act: Act, checkpoint: Checkpoint, only: Pick<Restore, 'taskId' | 'file'>): Promise<Restore> {
  const { caller } = act
  if ((await holdCheckpoint(act.tx, checkpoint.id))?.state !== 'whole')
    throw new LughError('not-found', `C${checkpoint.number} was kept for its time and is gone. /checkpoints lists what there is.`)
  const row = await insertRestore(act.tx, {
    ...only,
    id: RestoreId.parse(act.ids.uuid()),
    checkpointId: checkpoint.id,
    projectId: checkpoint.projectId,
    parts: only.file === null ? PARTS.map(({ name }) => name) : ['code'],
    how: 'beside',
    state: 'looking',
    undoesId: null,
    personId: caller.personId,
    door: caller.door,
    conversationId: caller.conversation?.id ?? null,
  })
  if (row === undefined) throw new LughError('internal', 'Something went wrong inside Lugh; the log has the details.', { detail: 'no restore row' })
  await postRestoreCard(act, row.id)
  await act.tx.notify('work', row.id)
  return row
}

/** Shows the way back where it was asked for. */
export function postRestoreCard(act: Act, id: RestoreId): Promise<void> {
  return post(act, 'restore', id)
}

async function post(act: Act, kind: CardKind, subjectId: string): Promise<void> {
  const here = act.caller.conversation
  if (here === undefined) return
  const { botId, chatId, threadId } = here
  await postCard(act.tx, { id: CardId.parse(act.ids.uuid()), botId, chatId, threadId, kind, subjectId, replyTo: act.caller.messageId })
}
