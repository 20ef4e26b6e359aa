import { LughError, join, plain } from '#core'
import { postCard, searchRows } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { PAGE, hitLine, searchSubject } from '../cards/search-card.ts'

/** More is no search but a text; it is kept in the card's key. */
const MAX_WORDS = 200
const MAX_PAGE = 200

const Input = z.object({
  words: z.string().trim().min(1, 'What shall I look for? /search dark mode').max(MAX_WORDS),
  page: z.number().int().min(1).max(MAX_PAGE).optional(),
})
const Found = z.object({
  kind: z.string(),
  task: z.number(),
  title: z.string(),
  project: z.string(),
  at: z.string(),
  words: z.string(),
  line: z.string(),
})

/** Looks through wishes, what was said to agents and done by them, what they asked, and what was shown in chats; newest first. */
export const search = capability({
  name: 'search',
  describe: 'Look through tasks, messages, questions and diffs.',
  input: Input,
  output: z.object({ found: z.array(Found), more: z.boolean(), carded: z.boolean() }),
  kind: 'read',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: {
    telegram: { command: 'search', usage: '/search WORDS', example: '/search dark mode', parse: (words) => ({ words }) },
    cli: { verb: 'search', usage: 'search WORDS', parse: (argv) => ({ words: argv.join(' ') }) },
    // It looks through every project's words.
    mcp: { example: { words: 'dark mode' }, installation: true },
  },
  act: async (act, input) => {
    const page = input.page ?? 1
    const words = input.words.replaceAll(/\s+/gu, ' ')
    const here = act.caller.conversation
    const hits = await searchRows(act.tx, words, { limit: PAGE + 1, offset: (page - 1) * PAGE })
    if (hits.length === 0 && page > 1) throw new LughError('not-found', 'There is nothing more.')
    if (here !== undefined) {
      const place = { botId: here.botId, chatId: here.chatId, threadId: here.threadId }
      const reply = act.caller.messageId === undefined ? {} : { replyTo: act.caller.messageId }
      await postCard(act.tx, { ...place, ...reply, id: act.ids.uuid(), kind: 'search', subjectId: searchSubject(act.caller.callKey, page, words) })
    }
    return {
      found: hits.slice(0, PAGE).map((hit) => ({ ...hit, at: hit.at.toISOString(), line: plain(hitLine(hit)) })),
      more: hits.length > PAGE,
      carded: here !== undefined,
    }
  },
  say: (o) => (o.carded ? undefined : o.found.length === 0 ? 'Nothing was found.' : join(o.found.map(({ line }) => line))),
  toast: (o) => (o.found.length === 0 ? 'Nothing was found.' : ''),
})
