import { ChangeId, LughError } from '#core'
import { z } from 'zod'
import { capability, type Act } from '../capability.ts'
import { discardChange } from './discard-change.ts'
import { mergeChange } from './merge-change.ts'
import { requestChange } from './request-change.ts'

const Input = z.object({
  change: ChangeId,
  digest: z.string(),
  decision: z.enum(['merge', 'change', 'discard']),
  /** For `change`: what shall be different. */
  comment: z.string().max(20_000).optional(),
  /** For `merge`: that what looks like a key has been read. */
  keys_read: z.boolean().optional(),
})

/** Decides about a reviewed change, by the three capabilities that buttons on a phone are bound to. */
export const reviewChange = capability({
  name: 'review',
  describe: 'Decide about a change: merge it, send it back with a comment, or discard it.',
  input: Input,
  output: z.object({ task: z.number(), outcome: z.enum(['merging', 'asked', 'sent-back', 'discarded']) }),
  kind: 'decide',
  may: ['owner', 'approver'],
  doors: {
    telegram: { none: 'the review card has a button for each decision' },
    cli: { none: 'merge_change, request_change and discard_change are verbs of their own' },
    mcp: {
      example: { change: '1f3c…', digest: '9f2c…', decision: 'merge' },
      destroys: true,
      note: 'First get_diff, whose change and digest it takes: what was not shown whole is not merged. `asked`: the change adds what looks like a key; call again with keys_read: true once a person has looked.',
    },
  },
  act: async (act: Act, { change, digest, decision, comment, keys_read: confirmed }) => {
    if (decision === 'merge') {
      const { task, merging } = await mergeChange.act(act, { change, digest, ...(confirmed === true ? { confirmed } : {}) })
      return { task, outcome: merging ? ('merging' as const) : ('asked' as const) }
    }
    if (decision === 'discard') {
      const { task } = await discardChange.act(act, { change, digest, confirmed: true })
      return { task, outcome: 'discarded' as const }
    }
    const text = comment?.trim() ?? ''
    if (text === '') throw new LughError('input.invalid', 'Say in `comment` what shall be different.')
    const { task } = await requestChange.act(act, { change, digest, text })
    return { task, outcome: 'sent-back' as const }
  },
  say: (o) =>
    ({
      merging: `T${o.task} is landing; get_task says when it has.`,
      asked: `T${o.task} adds what looks like a key; look at it first.`,
      'sent-back': `T${o.task} goes back to work.`,
      discarded: `T${o.task} was discarded.`,
    })[o.outcome],
})
