/** The bot in groups: added, made an administrator, taken out, or the group became another. Who was added decides nothing; the owner does. */
import { z } from 'zod'

const STATUSES = ['creator', 'administrator', 'member', 'restricted', 'left', 'kicked'] as const

/** The bot's own place in a chat, as Telegram says it. Undefined: an update of another shape, which is of no consequence. */
export const Membership = z
  .looseObject({ status: z.enum(STATUSES), can_manage_topics: z.boolean().optional().catch(undefined), is_member: z.boolean().optional() })
  .optional()
  .catch(undefined)
type Membership = z.infer<typeof Membership>

export const MembershipBody = z.object({
  kind: z.literal('membership'),
  urgent: z.boolean(),
  /** Who did it; they need not be listed. */
  from: z.number().int(),
  title: z.string(),
  forum: z.boolean(),
  present: z.boolean(),
  administrator: z.boolean(),
  managesTopics: z.boolean(),
})
export type MembershipBody = z.infer<typeof MembershipBody>

/** The group has another number from now on. */
export const MoveBody = z.object({ kind: z.literal('moved'), urgent: z.boolean(), from: z.number().int(), to: z.number().int() })

type Chat = { readonly type: string; readonly title?: string | undefined; readonly is_forum?: boolean | undefined }

/** What an update of membership in a group holds; nothing in a channel, where Lugh has no work. */
export function bodyOfMembership(chat: Chat, from: number, now: Membership): { body?: MembershipBody } {
  if (now === undefined || (chat.type !== 'group' && chat.type !== 'supergroup')) return {}
  const administrator = now.status === 'administrator' || now.status === 'creator'
  const present = administrator || now.status === 'member' || (now.status === 'restricted' && now.is_member === true)
  const managesTopics = administrator && now.can_manage_topics === true
  return {
    body: { kind: 'membership', urgent: false, from, title: chat.title ?? '', forum: chat.is_forum === true, present, administrator, managesTopics },
  }
}

export function bodyOfMove(to: number): z.infer<typeof MoveBody> {
  return { kind: 'moved', urgent: false, from: 0, to }
}
