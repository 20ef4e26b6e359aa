import { b, code, join } from '#core'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { projectMode } from '../mode.ts'
import { authorAt, readSettings } from '../project-settings.ts'
import { theProject } from './words.ts'

/** What holds for the current project, and where each value comes from. */
export const showSettings = capability({
  name: 'show_settings',
  describe: 'The settings of the current project.',
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
    const project = await theProject(act, input.project)
    const { settings, tip } = await readSettings(act.git, project)
    const author = await authorAt(act.git, project, tip)
    return {
      project: project.name,
      location: project.location,
      target: settings.target,
      test: settings.test ?? null,
      setup: settings.setup ?? null,
      fastForward: settings.fastForward,
      author: `${author.name} <${author.email}>`,
      mode: projectMode(act.facts, project, settings.mode),
      problem: settings.problem ?? null,
    }
  },
  say: (o) =>
    join([
      b(o.project),
      code(o.location),
      ['target ', code(o.target), ` · fast-forward ${o.fastForward ? 'on' : 'off'} · mode ${o.mode}`],
      ['test ', o.test === null ? 'none' : code(o.test)],
      ['setup ', o.setup === null ? 'none' : code(o.setup)],
      `author ${o.author}`,
      o.problem !== null && `⚠️ ${o.problem}`,
      '/project set test npm test changes one; so does .lugh/config.yaml in the repository.',
    ]),
})
