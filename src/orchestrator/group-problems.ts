/** What keeps Lugh from working as it could in a group, each with the way out. Telegram's own rules; nothing here asks Telegram. */
import type { BotFace, Group } from '#db'

/** Sentences, the most important first; none when all is well. `face`: what Telegram says of the bot, when known. */
export function groupProblems(group: Pick<Group, 'forum' | 'administrator' | 'managesTopics'>, face: BotFace | undefined): string[] {
  const problems: string[] = []
  if (face !== undefined && !face.readsAll && !group.administrator)
    problems.push(
      `Privacy mode is on, so I see only commands, replies to me and messages that mention @${face.username}; in a topic bound to a project I miss the rest, and reactions everywhere. Make me an administrator of the group, or switch it off: @BotFather, /setprivacy, Disable, then take me out and add me again.`,
    )
  else if (!group.administrator)
    problems.push('Telegram tells only administrators of reactions, so 👍 on a card does nothing here. Make me an administrator for that.')
  if (group.forum && !group.managesTopics)
    problems.push(
      'The group has topics, and I may not open any. Make me an administrator with the right to manage topics, and every task gets its own.',
    )
  return problems
}
