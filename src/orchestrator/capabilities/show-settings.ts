import { CardId, b, code, join, nameHidden, oneLine, type ProjectId } from '#core'
import { insertPanel, postCard } from '#db'
import { z } from 'zod'
import { capability, type Act } from '../capability.ts'
import { projectMode } from '../mode.ts'
import { authorAt, readSettings } from '../project-settings.ts'
import { theProject } from './words.ts'

/** What holds for whoever asks and for the current project; at Telegram a panel of buttons that changes it. */
export const showSettings = capability({
  name: 'show_settings',
  describe: 'Your settings and those of the current project, to change by a tap.',
  input: z.object({ project: z.string().max(200).optional() }),
  output: z.object({
    project: z.string(),
    location: z.string(),
    target: z.string(),
    test: z.string().nullable(),
    setup: z.string().nullable(),
    fastForward: z.boolean(),
    author: z.string(),
    mode: z.string(),
    problem: z.string().nullable(),
    carded: z.boolean(),
  }),
  kind: 'read',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: {
    telegram: {
      command: 'settings',
      menu: true,
      usage: '/settings',
      example: '/settings',
      parse: (words) => (words.trim() === '' ? {} : { project: words.trim() }),
    },
    cli: { verb: 'show_settings', usage: 'show_settings [PROJECT]', parse: (argv) => (argv[0] === undefined ? {} : { project: argv[0] }) },
    mcp: {},
  },
  act: async (act, input) => {
    const here = act.caller.conversation
    const project = await theProject(act, input.project).catch((error: unknown) => {
      // Somebody without a project has settings all the same.
      if (here === undefined || input.project !== undefined) throw error
    })
    if (project === undefined) {
      await open(act, null, 'There is no project yet: /project add /path/to/repository adds one.')
      return { ...NOTHING, carded: true }
    }
    const { settings, tip } = await readSettings(act.git, project)
    const author = await authorAt(act.git, project, tip)
    const found = {
      project: project.name,
      location: project.location,
      target: settings.target,
      test: settings.test ?? null,
      setup: settings.setup ?? null,
      fastForward: settings.fastForward,
      author: `${author.name} <${author.email}>`,
      mode: projectMode(act.facts, project, settings.mode),
      problem: settings.problem ?? null,
      carded: here !== undefined,
    }
    if (here !== undefined) await open(act, project.id, nameHidden(noteOf(found, settings.mode)))
    return found
  },
  say: (o) =>
    o.carded
      ? undefined
      : join([
          b(o.project),
          code(o.location),
          ['target ', code(o.target), ` · fast-forward ${o.fastForward ? 'on' : 'off'} · mode ${o.mode}`],
          ['test ', o.test === null ? 'none' : code(o.test)],
          ['setup ', o.setup === null ? 'none' : code(o.setup)],
          `author ${o.author}`,
          o.problem !== null && `⚠️ ${o.problem}`,
          CHANGES_ONE,
        ]),
})

const CHANGES_ONE = '/project set test npm test changes one; so does .lugh/config.yaml in the repository.'
const NOTE_LINE = 120
const NOTHING = { project: '', location: '', target: '', test: null, setup: null, fastForward: true, author: '', mode: '', problem: null }

type Found = {
  location: string
  target: string
  test: string | null
  setup: string | null
  fastForward: boolean
  author: string
  problem: string | null
}

/** What the repository itself says, read once: a card is drawn from rows. */
function noteOf(o: Found, fileMode: string | undefined): string {
  const lines = [
    oneLine(o.location, NOTE_LINE),
    `target ${o.target} · fast-forward ${o.fastForward ? 'on' : 'off'}`,
    `test ${o.test === null ? 'none' : oneLine(o.test, NOTE_LINE)} · setup ${o.setup === null ? 'none' : oneLine(o.setup, NOTE_LINE)}`,
    `author ${oneLine(o.author, NOTE_LINE)}`,
    ...(fileMode === undefined ? [] : [`mode ${fileMode} at most, says .lugh/config.yaml`]),
    ...(o.problem === null ? [] : [`⚠️ ${oneLine(o.problem, NOTE_LINE)}`]),
    CHANGES_ONE,
  ]
  return lines.join('\n')
}

async function open(act: Act, projectId: ProjectId | null, note: string): Promise<void> {
  const { conversation, personId, messageId } = act.caller
  if (conversation === undefined) return
  const id = act.ids.uuid()
  await insertPanel(act.tx, { id, personId, projectId, note })
  await postCard(act.tx, {
    id: CardId.parse(act.ids.uuid()),
    botId: conversation.botId,
    chatId: conversation.chatId,
    threadId: conversation.threadId,
    kind: 'settings',
    subjectId: id,
    replyTo: messageId,
  })
}
