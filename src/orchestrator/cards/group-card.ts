/** A group Lugh was added to, as its owner sees it in private: who added it, what it can see there, and the two answers. */
import { BotId, TelegramChatId, TelegramUserId, b, join } from '#core'
import { botFace, groupOf, personByTelegramId, type Group, type Sql } from '#db'
import { z } from 'zod'
import type { Facts } from '../capability.ts'
import type { CardContent } from '../card.ts'
import { groupProblems } from '../group-problems.ts'
import { decidedWords } from './decided.ts'

const Subject = z.tuple([z.coerce.number().pipe(BotId), z.coerce.number().pipe(TelegramChatId), z.coerce.number().int()])

export async function groupCard(sql: Sql, _facts: Facts, subjectId: string): Promise<CardContent | undefined> {
  const subject = Subject.safeParse(subjectId.split(':'))
  if (!subject.success) return undefined
  const [botId, chatId, asked] = subject.data
  const group = await groupOf(sql, botId, chatId)
  if (group === undefined) return undefined
  const title = b(`👥 ${group.title}`)
  // A later card asks about the same group.
  if (group.asked !== asked) return { text: join([title, 'Lugh was taken out and added again since.']), buttons: [] }
  const input = { chat: Number(chatId), asked }
  const leave = { label: 'Leave', capability: 'leave_group', input, tap: true }
  const by = await decidedWords(sql, { by: group.decidedBy, door: group.decidedDoor, at: group.decidedAt })
  switch (group.state) {
    case 'asked': {
      const who = await addedBy(sql, group)
      const text = join([
        [b('👥 Lugh was added to the group '), b(group.title)],
        `Added by ${who}.`,
        'I say and keep nothing there until you decide. What I show in a group is seen by everybody in it; only people with a role can ask or decide: /people.',
      ])
      return { text, buttons: [[{ label: 'Admit', capability: 'admit_group', input, tap: true }, leave]] }
    }
    case 'admitted': {
      const problems = groupProblems(group, await botFace(sql, botId))
      return { text: join([title, `✅ Admitted ${by}.`, ...problems.map((problem) => `⚠️ ${problem}`)]), buttons: [[leave]] }
    }
    case 'refused':
      return { text: join([title, `🚪 Left ${by}.`]), buttons: [] }
    case 'gone':
      return { text: join([title, 'Lugh was taken out of it.']), buttons: [] }
    case 'moved':
      return { text: join([title, 'It became a supergroup; everything goes on there.']), buttons: [] }
    default:
      return group.state satisfies never
  }
}

async function addedBy(sql: Sql, group: Group): Promise<string> {
  if (group.addedBy === null) return 'somebody'
  const person = await personByTelegramId(sql, TelegramUserId.parse(group.addedBy))
  return person === undefined ? `somebody who is not on your list (number ${group.addedBy})` : `${person.name} (${person.role})`
}
