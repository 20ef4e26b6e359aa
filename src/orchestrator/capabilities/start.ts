import { CardId, LughError } from '#core'
import { listProjects, postCard } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { STARTERS } from '../cards/starter-card.ts'
import { newTask } from './new-task.ts'

/** Greets, and shows the starter buttons. */
export const start = capability({
  name: 'start',
  describe: 'Greet, and show four things to try.',
  input: z.object({}),
  output: z.object({}),
  kind: 'read',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: {
    telegram: { command: 'start', usage: '/start', example: '/start', parse: () => ({}) },
    cli: { none: 'the console has no chat to greet' },
    mcp: { none: 'it greets a person on a phone' },
  },
  act: async (act) => {
    const here = act.caller.conversation
    if (here === undefined) throw new LughError('input.invalid', 'There is no chat here to greet.')
    const { botId, chatId, threadId } = here
    await postCard(act.tx, {
      id: CardId.parse(act.ids.uuid()),
      botId,
      chatId,
      threadId,
      kind: 'starter',
      subjectId: act.caller.callKey,
      replyTo: act.caller.messageId,
    })
    return {}
  },
  say: () => undefined,
})

/** One of the starter wishes, on the sample project. */
export const startSample = capability({
  name: 'start_sample',
  describe: 'Start one of the four starter tasks on the sample project.',
  input: z.object({ starter: z.number().int().min(1).max(STARTERS.length) }),
  output: z.object({ task: z.number() }),
  kind: 'request',
  may: ['owner', 'approver', 'member'],
  doors: {
    telegram: {},
    cli: { none: 'assign_task --project sample does the same' },
    mcp: { none: 'a starter button of the phone; spawn_agent does the same in any project' },
  },
  act: async (act, input) => {
    const sample = (await listProjects(act.tx)).find((project) => project.sample)
    const starter = STARTERS[input.starter - 1]
    if (sample === undefined || starter === undefined)
      throw new LughError('not-found', 'The sample project was removed. Write a wish for one of your own: /project list')
    return { task: (await newTask(act, { wish: starter.wish, project: sample })).number }
  },
  say: () => undefined,
  toast: (o) => `T${o.task} starts.`,
})
