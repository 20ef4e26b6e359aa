/** Groups: the owner admits one, or has Lugh leave it. Until then Lugh is silent there. */
import { LughError, TelegramChatId, b, join, type Text } from '#core'
import { appendEvent, botFace, enqueueLeave, enqueueText, groupSubject, listGroups, moveGroup, touchCards, type Group } from '#db'
import { z } from 'zod'
import { capability, type Act } from '../capability.ts'
import { groupProblems } from '../group-problems.ts'

const Chosen = z.object({ chat: z.number().int(), asked: z.number().int().optional() })
const View = z.object({ chat: z.number(), title: z.string(), state: z.string(), problems: z.array(z.string()) })
const none = 'who is let in is for the owner to say, at the phone or the console'

/** Lists the groups Lugh is in, and what it cannot see or do there. */
export const groupList = capability({
  name: 'list_groups',
  describe: 'The groups Lugh works in.',
  input: z.object({}),
  output: z.object({ groups: z.array(View) }),
  kind: 'read',
  may: ['owner'],
  doors: {
    telegram: { command: 'groups', usage: '/groups', example: '/groups', parse: () => ({}) },
    cli: { verb: 'list_groups', usage: 'list_groups', parse: () => ({}) },
    mcp: { none },
  },
  act: async (act) => {
    const groups = await listGroups(act.tx)
    return { groups: await Promise.all(groups.map((group) => view(act, group))) }
  },
  say: (o) =>
    o.groups.length === 0
      ? 'Lugh is in no group. Add it to one, and I ask you here whether to work there.'
      : join([
          b('Groups'),
          ...o.groups.flatMap(({ title, state, problems }): Text[] => [`${title} · ${state}`, ...problems.map((one) => `⚠️ ${one}`)]),
        ]),
})

async function view(act: Act, group: Group): Promise<z.infer<typeof View>> {
  const problems = group.state === 'admitted' ? groupProblems(group, await botFace(act.tx, group.botId)) : []
  return { chat: group.chatId, title: group.title, state: group.state === 'asked' ? 'waits for your word' : group.state, problems }
}

/** Lets Lugh work in a group it was added to. */
export const admitGroup = capability({
  name: 'admit_group',
  describe: 'Let Lugh work in a group it was added to.',
  input: Chosen,
  output: z.object({ title: z.string() }),
  kind: 'decide',
  may: ['owner'],
  doors: {
    telegram: {},
    cli: { verb: 'admit_group', usage: 'admit_group NUMBER', parse: parseNumber },
    mcp: { none },
  },
  act: async (act, input) => {
    const group = await theGroup(act, input)
    if (group.state === 'admitted') throw new LughError('conflict', `“${group.title}” is admitted already.`)
    if ((await moveGroup(act.tx, group, ['asked'], 'admitted', act.caller)) === 0) throw new LughError('conflict', 'That was decided meanwhile.')
    await noted(act, group, 'group.admitted')
    const face = await botFace(act.tx, group.botId)
    await enqueueText(act.tx, {
      botId: group.botId,
      chatId: group.chatId,
      key: `group-admitted:${group.chatId}:${group.asked}`,
      text: join([
        `Lugh works here now: ${act.caller.name} admitted this group.`,
        `Send me a command, mention ${face === undefined ? 'me' : `@${face.username}`}, or reply to a message of mine; I keep nothing else that is said here. Who may ask and decide: /people.`,
      ]),
    })
    return { title: group.title }
  },
  say: (o) => `Admitted “${o.title}”.`,
  toast: () => 'Admitted.',
})

/** Makes Lugh leave a group; what was asked for there goes on. */
export const leaveGroup = capability({
  name: 'leave_group',
  describe: 'Have Lugh leave a group.',
  input: Chosen,
  output: z.object({ title: z.string() }),
  kind: 'decide',
  may: ['owner'],
  doors: {
    telegram: {},
    cli: { verb: 'leave_group', usage: 'leave_group NUMBER', parse: parseNumber },
    mcp: { none },
  },
  act: async (act, input) => {
    const group = await theGroup(act, input)
    if ((await moveGroup(act.tx, group, ['asked', 'admitted'], 'refused', act.caller)) === 0)
      throw new LughError('conflict', 'That was decided meanwhile.')
    await noted(act, group, 'group.refused')
    const { botId, chatId, asked } = group
    await enqueueLeave(act.tx, { botId, chatId, key: `group-left:${chatId}:${asked}` })
    return { title: group.title }
  },
  say: (o) => `Left “${o.title}”.`,
  toast: () => 'Left.',
})

function parseNumber(argv: readonly string[]): { chat: number } {
  const chat = Number(argv[0])
  if (!Number.isSafeInteger(chat) || chat >= 0)
    throw new LughError('input.invalid', 'Which group? Its number begins with a minus: list_groups --json shows it.')
  return { chat }
}

async function theGroup(act: Act, { chat, asked }: z.infer<typeof Chosen>): Promise<Group> {
  const id = TelegramChatId.parse(chat)
  const group = (await listGroups(act.tx)).find(({ chatId }) => chatId === id)
  if (group === undefined) throw new LughError('not-found', 'Lugh is not in that group any more.')
  if (asked !== undefined && asked !== group.asked) throw new LughError('conflict', 'Lugh was added there again since: answer on the newer card.')
  return group
}

async function noted(act: Act, group: Group, kind: 'group.admitted' | 'group.refused'): Promise<void> {
  const { personId, door } = act.caller
  await appendEvent(act.tx, { personId, door, kind, data: { chatId: group.chatId } })
  await touchCards(act.tx, { kind: 'group', subjectId: groupSubject(group) })
}
