import { LughError, MODES, holdsKeyMark } from '#core'
import { appendEvent, updateProject, type ProjectSettings } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { parseAuthor } from '../project-settings.ts'
import { firstWord, theProject } from './words.ts'

const KEYS = ['test', 'setup', 'target', 'fast-forward', 'author', 'mode'] as const
const MAX_VALUE = 2000
const Input = z.object({
  setting: z.enum(KEYS, `Settings are ${KEYS.join(', ')}.`),
  value: z.string().trim().max(MAX_VALUE),
  project: z.string().max(200).optional(),
})

/** Sets something for a project; an empty value goes back to what the repository's `.lugh/config.yaml` says. */
export const setProject = capability({
  name: 'set_project',
  describe: 'Set test, setup, target, fast-forward, author or mode of the current project.',
  input: Input,
  output: z.object({ project: z.string(), setting: z.string(), value: z.string() }),
  kind: 'request',
  may: ['owner'],
  doors: {
    telegram: { command: 'project set', usage: `/project set ${KEYS.join('|')} VALUE`, example: '/project set test npm test', parse: parseWords },
    cli: {
      verb: 'set_project',
      usage: 'set_project PROJECT SETTING VALUE',
      parse: ([project, ...words]) => ({ ...parseWords(words.join(' ')), ...(project === undefined ? {} : { project }) }),
    },
    mcp: { scope: 'admin' },
  },
  act: async (act, input) => {
    const project = await theProject(act, input.project)
    await updateProject(act.tx, project.id, settingsFor(input.setting, input.value))
    const data = { setting: input.setting, value: input.value }
    await appendEvent(act.tx, { projectId: project.id, personId: act.caller.personId, door: act.caller.door, kind: 'project.changed', data })
    return { project: project.name, ...data }
  },
  say: (o) => (o.value === '' ? `${o.project}: ${o.setting} goes back to what the repository says.` : `${o.project}: ${o.setting} is now ${o.value}`),
})

function parseWords(words: string): z.infer<typeof Input> {
  const [setting, value] = firstWord(words)
  const known = KEYS.find((key) => key === setting.toLowerCase().replace('_', '-'))
  if (known === undefined) throw new LughError('input.invalid', `Settings are ${KEYS.join(', ')}. Example: /project set test npm test`)
  return { setting: known, value }
}

function settingsFor(setting: (typeof KEYS)[number], value: string): ProjectSettings {
  const text = value === '' || value === 'default' ? null : value
  if (holdsKeyMark(value))
    throw new LughError(
      'input.invalid',
      'That holds what looks like a key, which a setting would show to everybody. Let the command read it from a file.',
    )
  switch (setting) {
    case 'test':
      return { testCommand: text }
    case 'setup':
      return { setupCommand: text }
    case 'target':
      return { targetBranch: branch(text) }
    case 'fast-forward':
      return { fastForward: text === null ? null : onOff(text) }
    case 'author':
      if (text !== null && parseAuthor(text) === undefined)
        throw new LughError('input.invalid', 'An author is written as: Ada Lovelace <ada@example.org>')
      return { author: text }
    case 'mode': {
      const mode = MODES.find((known) => known === text)
      if (text !== null && mode === undefined) throw new LughError('input.invalid', `A mode is ${MODES.join(', ')}.`)
      return { mode: mode ?? null }
    }
    default:
      return setting satisfies never
  }
}

function branch(text: string | null): string | null {
  if (text !== null && !/^(?![-/.])(?!.*(\.\.|\/\/|@\{|\.lock(\/|$)))[^\s~^:?*[\\\p{Cc}]{1,250}(?<![/.])$/u.test(text))
    throw new LughError('input.invalid', `“${text.slice(0, 60)}” is no branch name.`)
  return text
}

function onOff(text: string): boolean {
  if (/^(on|yes|true)$/iu.test(text)) return true
  if (/^(off|no|false)$/iu.test(text)) return false
  throw new LughError('input.invalid', 'fast-forward is on or off.')
}
