import { LughError } from '#core'
import { snooze, waitingFor } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'

/** An hour: long enough to be worth it, short enough that nothing is forgotten over it. */
const LATER_MS = 3_600_000

/** Puts a waiting card off: it goes to the end of the inbox and is asked about again in an hour. Decides nothing. */
export const putOff = capability({
  name: 'put_off',
  describe: 'Ask me again in an hour.',
  input: z.object({ kind: z.string().max(40), subject: z.string().max(200) }),
  output: z.object({ task: z.number() }),
  kind: 'request',
  may: ['owner', 'approver', 'member'],
  doors: { telegram: {}, cli: { none: 'a terminal reminds nobody' }, mcp: { none: 'it rings a phone later' } },
  act: async (act, input) => {
    const here = act.caller.conversation
    const wait = (await waitingFor(act.tx)).find(({ kind, subjectId }) => kind === input.kind && subjectId === input.subject)
    if (wait === undefined || here === undefined) throw new LughError('conflict', 'That waits for nobody any more.')
    const { kind, subjectId } = wait
    await snooze(act.tx, { kind, subjectId, personId: act.caller.personId, conversationId: here.id, ms: LATER_MS })
    return { task: wait.task }
  },
  say: (o) => `⏰ T${o.task} keeps waiting; I ask again in an hour. Nothing was decided.`,
})
