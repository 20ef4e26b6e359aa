/** What an agent's `send_file` does: the file goes to the chat its task is spoken about in, once a call, under the caps of all files that leave. */
import { LughError, holdsKeyMark, nameHidden, oneLine } from '#core'
import { conversationById, countSteps, enqueueDocument } from '#db'
import type { ToolOutcome } from '#engines'
import { fileOut } from '../file-out.ts'
import { underClaim } from '../machinery.ts'
import type { Work } from './work.ts'

/** Of one task: an agent that goes in circles must not flood a phone. */
const FILES_MAX = 20

export type Outgoing = { readonly path: string; readonly bytes: Uint8Array; readonly note: string }

/** Sends it, or answers why not; sent again after a kill it is the same message. */
export async function sendFileOut({ m, claim }: Pick<Work, 'm' | 'claim'>, callId: string, { path, bytes, note }: Outgoing): Promise<ToolOutcome> {
  try {
    return await underClaim(m, claim, async (tx, task) => {
      if ((await countSteps(tx, task.id, 'send_file')) >= FILES_MAX)
        return refused(`${FILES_MAX} files were sent already, the most of one task: name this one in your summary.`)
      const here = task.conversationId === null ? undefined : await conversationById(tx, task.conversationId)
      if (here === undefined)
        return refused('This task was not asked for in a chat, so there is nobody to send it to: name the file in your summary.')
      const { botId, chatId, threadId } = here
      const file = fileOut(path, bytes, `T${task.number} sent this`, note)
      await enqueueDocument(tx, { botId, chatId, threadId, taskId: task.id, key: `sent:${task.id}:${callId}`, ...file })
      const flagged = 'text' in file && holdsKeyMark(file.text)
      return {
        output: `Sent ${oneLine(nameHidden(path), 200)} to the person.${flagged ? ' What looks like a key in it was left out.' : ''}`,
        isError: false,
      }
    })
  } catch (error) {
    if (error instanceof LughError && (error.code === 'input.invalid' || error.code === 'not-allowed')) return refused(error.say)
    throw error
  }
}

function refused(output: string): ToolOutcome {
  return { output, isError: true }
}
