import { CardId, LughError } from '#core'
import { postCard, type Checkpoint, type Project } from '#db'
import { z } from 'zod'
import { capability, type Act } from '../capability.ts'
import { wantCheckpoint } from '../checkpoints/ask-checkpoint.ts'
import { theProject } from './words.ts'

export const NAME_CHARACTERS = 200

/** Saves everything that belongs to a project as it is now. The card says when it is whole. */
export const createCheckpoint = capability({
  name: 'create_checkpoint',
  describe: 'Save the project as it is now: code, conversations, tasks.',
  input: z.object({ name: z.string().trim().max(NAME_CHARACTERS).optional(), project: z.string().max(200).optional() }),
  output: z.object({ checkpoint: z.number(), checkpoint_id: z.string(), project: z.string(), carded: z.boolean() }),
  kind: 'request',
  may: ['owner', 'approver', 'member'],
  doors: {
    telegram: {
      command: 'checkpoint',
      menu: true,
      usage: '/checkpoint [NAME]',
      example: '/checkpoint before stripe',
      parse: (words) => (words.trim() === '' ? {} : { name: words.trim() }),
    },
    cli: {
      verb: 'create_checkpoint',
      usage: 'create_checkpoint [--project PROJECT] [NAME]',
      parse: (argv) => {
        const rest = [...argv]
        const project = rest.includes('--project') ? rest.splice(rest.indexOf('--project'), 2)[1] : undefined
        const name = rest.join(' ').trim()
        return { ...(name === '' ? {} : { name }), ...(project === undefined ? {} : { project }) }
      },
    },
    mcp: { example: { name: 'before stripe', project: 'shop-api' }, note: 'list_checkpoints says when it is whole.' },
  },
  act: async (act, input) => {
    const project = await theProject(act, input.project)
    if (project.state !== 'ready') throw new LughError('conflict', `${project.name} is still being added; try again in a moment.`)
    const row = await askAndShow(act, project, act.caller.callKey, input.name)
    return { checkpoint: row.number, checkpoint_id: row.id, project: project.name, carded: act.caller.conversation !== undefined }
  },
  say: (o) => (o.carded ? undefined : `C${o.checkpoint} of ${o.project} is being made; list_checkpoints says when it is whole.`),
})

/** Asks for one by hand, and shows its card where it was asked for. */
export async function askAndShow(act: Act, project: Project, key: string, name: string | undefined): Promise<Checkpoint> {
  const here = act.caller.conversation
  const row = await wantCheckpoint(act.tx, act.ids, {
    project,
    kind: 'manual',
    key,
    personId: act.caller.personId,
    ...(name === undefined || name === '' ? {} : { name }),
    ...(here === undefined ? {} : { conversationId: here.id }),
  })
  if (here !== undefined) {
    const { botId, chatId, threadId } = here
    const id = CardId.parse(act.ids.uuid())
    await postCard(act.tx, { id, botId, chatId, threadId, kind: 'checkpoint', subjectId: row.id, replyTo: act.caller.messageId })
  }
  return row
}
