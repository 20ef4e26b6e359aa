import { LughError } from '#core'
import { appendEvent, refreshTopics, rewordSteer, rewordTask, steerOfMessage, taskById, taskOfMessage, touchCards } from '#db'
import { z } from 'zod'
import { capability, type Act } from '../capability.ts'
import { MAX_WISH_CHARACTERS, branchName, checkWish, titleOf } from './new-task.ts'
import { steerTask } from './steer-task.ts'

const Input = z.object({ text: z.string().max(MAX_WISH_CHARACTERS * 4) })
const Output = z.object({ task: z.number(), became: z.enum(['same', 'wish', 'words', 'next-step', 'answer', 'again']) })
type Output = z.infer<typeof Output>

/** `/new Add a dark mode` asks for the same as the words alone. */
const COMMAND = /^\/\w+(?:@\w+)?\s+/u

/**
 * What a person wrote, written anew in the same message: a wish that nobody has begun with is changed, words that no agent has heard are
 * changed, and what is under way is told to the agent as a correction. Never lost, never applied twice.
 */
export const amend = capability({
  name: 'amend',
  describe: 'An edited message: changes a wish not yet begun, or tells its agent.',
  input: Input,
  output: Output,
  kind: 'request',
  may: ['owner', 'approver', 'member'],
  doors: { telegram: {}, cli: { none: 'a message is edited where it was written' }, mcp: { none: 'a message is edited where it was written' } },
  act: async (act, input) => {
    const { conversation, messageId } = act.caller
    if (conversation === undefined || messageId === undefined) throw new LughError('input.invalid', 'Only a message can be edited.')
    const text = input.text.trim()
    const said = await steerOfMessage(act.tx, conversation.id, messageId)
    if (said !== undefined) return amendWords(act, said, text)
    const task = await taskOfMessage(act.tx, conversation.id, messageId)
    if (task === undefined)
      throw new LughError('input.invalid', 'I keep to what you sent first. To change it, reply to the task card or send a new message.')
    return amendWish(act, task, text.replace(COMMAND, ''))
  },
  say: (o) => {
    switch (o.became) {
      case 'same':
      case 'answer':
        return undefined
      case 'wish':
        return `✏️ T${o.task} had not begun: it is now what you wrote.`
      case 'words':
        return `✏️ T${o.task} had not heard it yet: it hears the new words.`
      case 'next-step':
        return `💬 T${o.task} is under way: it hears your change at its next step.`
      case 'again':
        return `💬 T${o.task} goes back to work with your change.`
      default:
        return o.became satisfies never
    }
  },
})

type Said = NonNullable<Awaited<ReturnType<typeof steerOfMessage>>>

async function amendWords(act: Act, said: Said, text: string): Promise<Output> {
  const task = await taskById(act.tx, said.taskId)
  if (task === undefined) throw new LughError('not-found', 'That task is gone.')
  if (said.text === text) return { task: task.number, became: 'same' }
  if (text === '') throw new LughError('input.invalid', 'Nothing is left of that message; the agent keeps what it was told.')
  if (!said.taken && (await rewordSteer(act.tx, said.id, text)) === 1) return { task: task.number, became: 'words' }
  return tell(act, task.number, `I have changed what I told you before (“${said.text}”). It now reads: ${text}`)
}

async function amendWish(act: Act, task: NonNullable<Awaited<ReturnType<typeof taskOfMessage>>>, wish: string): Promise<Output> {
  if (task.wish === wish) return { task: task.number, became: 'same' }
  checkWish(wish)
  const title = titleOf(wish)
  if ((await rewordTask(act.tx, task.id, { wish, title, branch: branchName(task.number, title) })) !== undefined) {
    const scope = { taskId: task.id, projectId: task.projectId, personId: act.caller.personId, door: act.caller.door }
    await appendEvent(act.tx, { ...scope, kind: 'task.reworded', data: { title } })
    await touchCards(act.tx, { taskId: task.id })
    await refreshTopics(act.tx, task.id)
    return { task: task.number, became: 'wish' }
  }
  return tell(act, task.number, `I have changed my wish. It now reads: ${wish}`)
}

/** As if said in reply to the task's card. */
async function tell(act: Act, task: number, text: string): Promise<Output> {
  const { heard } = await steerTask.act(act, { task, text })
  return { task, became: heard }
}
