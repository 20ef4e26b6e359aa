import { isAbsolute } from 'node:path'
import { LughError, code, type Text } from '#core'
import { checkpointFileById, insertCheckpointFile, type CheckpointFile } from '#db'
import { z } from 'zod'
import { capability, type Act } from '../capability.ts'
import { CheckpointNumber, checkpointWord, theCheckpoint } from './checkpoint-words.ts'

const PATH_CHARACTERS = 4000
const Path = z
  .string()
  .max(PATH_CHARACTERS)
  .refine(isAbsolute, 'Name the file by its whole path, from / on: the running Lugh has another current folder than you.')

const FileView = z.object({ file: z.string(), direction: z.string(), state: z.string(), path: z.string().nullable(), failure: z.string().nullable() })

function view(row: CheckpointFile): z.infer<typeof FileView> {
  return { file: row.id, direction: row.direction, state: row.state, path: row.path, failure: row.failure }
}

/** Writes a checkpoint as one file: to the chat, or where it is wanted at the machine. */
export const exportCheckpoint = capability({
  name: 'export_checkpoint',
  describe: 'A checkpoint as one file, for another machine or a bug report.',
  input: z.object({ checkpoint: CheckpointNumber, path: Path.optional() }),
  output: FileView.extend({ checkpoint: z.number() }),
  kind: 'request',
  // Everything anybody ever said to an agent of the project is in it.
  may: ['owner'],
  doors: {
    telegram: {
      command: 'checkpoint export',
      usage: '/checkpoint export C7',
      example: '/checkpoint export C7',
      parse: (words) => ({ checkpoint: checkpointWord(words) }),
    },
    cli: {
      verb: 'export_checkpoint',
      usage: 'export_checkpoint C7 /path/to/C7.lugh',
      parse: ([checkpoint = '', path]) => {
        if (path === undefined) throw new LughError('input.invalid', 'Into which file? export_checkpoint C7 /path/to/C7.lugh')
        return { checkpoint: checkpointWord(checkpoint), path }
      },
    },
    mcp: { none: 'a checkpoint file holds everything of a project and leaves the machine by the hand of its owner' },
  },
  act: async (act, input) => {
    const checkpoint = await theCheckpoint(act, input.checkpoint)
    const here = act.caller.conversation
    if (input.path === undefined && here === undefined) throw new LughError('input.invalid', 'Into which file?')
    const row = await ask(act, { direction: 'out', checkpointId: checkpoint.id, path: input.path ?? null, telegramFile: null, project: null })
    return { ...view(row), checkpoint: checkpoint.number }
  },
  say: (o): Text =>
    o.path === null
      ? `C${o.checkpoint} is being written into a file; it comes here.`
      : [`C${o.checkpoint} is being written to `, code(o.path), `; it is there once it is whole: show_checkpoint_file ${o.file}`],
  toast: () => 'Being written…',
})

/** Takes a checkpoint in that another Lugh has written. It is proven first; nothing of a project changes by it. */
export const importCheckpointFile = capability({
  name: 'import_checkpoint',
  describe: 'Take in a checkpoint that another Lugh has written as a file.',
  input: z.object({
    path: Path.optional(),
    telegram_file: z.string().max(300).optional(),
    project: z.string().max(200).optional(),
  }),
  output: FileView,
  kind: 'request',
  // What is in it becomes the transcript and the files of agents: only who answers for the machine may bring that.
  may: ['owner'],
  doors: {
    // Reached by sending the file.
    telegram: {},
    cli: {
      verb: 'import_checkpoint',
      usage: 'import_checkpoint /path/to/C7.lugh [PROJECT]',
      parse: ([path = '', project]) => ({ path, ...(project === undefined ? {} : { project }) }),
    },
    mcp: { none: 'a checkpoint file comes in by the hand of the owner of the machine' },
  },
  act: async (act, input) => {
    const telegramFile = input.telegram_file ?? null
    if ((input.path === undefined) === (telegramFile === null)) throw new LughError('input.invalid', 'Which file?')
    if (input.path !== undefined && act.caller.conversation !== undefined)
      throw new LughError('not-allowed', 'From a chat only a file that was sent there can be taken in.')
    return view(await ask(act, { direction: 'in', checkpointId: null, path: input.path ?? null, telegramFile, project: input.project ?? null }))
  },
  say: (o) => (o.path === null ? 'Got the file; it is being looked at.' : `Being taken in: show_checkpoint_file ${o.file}`),
})

/** What became of a file that was asked for at the console. */
export const showCheckpointFile = capability({
  name: 'show_checkpoint_file',
  describe: 'What became of a checkpoint’s file.',
  input: z.object({ file: z.uuid() }),
  output: FileView,
  kind: 'read',
  may: ['owner'],
  doors: {
    telegram: { none: 'the file, its card or what went wrong comes by itself' },
    cli: { verb: 'show_checkpoint_file', usage: 'show_checkpoint_file FILE', parse: ([file = '']) => ({ file }) },
    mcp: { none: 'files of checkpoints are made and taken by the owner of the machine' },
  },
  act: async (act, input) => {
    const row = await checkpointFileById(act.tx, input.file)
    if (row === undefined) throw new LughError('not-found', 'There is no such file.')
    return view(row)
  },
  say: (o) => `It is ${o.state}${o.failure === null ? '.' : `: ${o.failure}`}`,
})

async function ask(
  act: Act,
  file: Pick<CheckpointFile, 'direction' | 'checkpointId' | 'path' | 'telegramFile' | 'project'>,
): Promise<CheckpointFile> {
  const { caller } = act
  const id = act.ids.uuid()
  const row = await insertCheckpointFile(act.tx, {
    ...file,
    id,
    home: act.facts.home,
    botId: caller.conversation?.botId ?? null,
    callKey: caller.callKey,
    personId: caller.personId,
    door: caller.door,
    conversationId: caller.conversation?.id ?? null,
    replyTo: caller.messageId ?? null,
  })
  if (row === undefined) throw new LughError('internal', 'Something went wrong inside Lugh; the log has the details.', { detail: 'no file row' })
  await act.tx.notify('work', row.id)
  return row
}
