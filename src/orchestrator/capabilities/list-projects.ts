import { b, code, join } from '#core'
import { listProjects as projectRows } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'

export const listProjects = capability({
  name: 'list_projects',
  describe: 'The projects, and which one is used here.',
  input: z.object({}),
  output: z.object({
    projects: z.array(z.object({ name: z.string(), location: z.string(), target: z.string().nullable(), state: z.string(), current: z.boolean() })),
  }),
  kind: 'read',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: {
    telegram: { command: 'project list', usage: '/project list', example: '/project list', parse: () => ({}) },
    cli: { verb: 'list_projects', usage: 'list_projects', parse: () => ({}) },
    mcp: { note: 'Start here: other tools take a project by its name.' },
  },
  act: async (act) => ({
    projects: (await projectRows(act.tx))
      .filter((project) => act.caller.token?.projects?.includes(project.id) ?? true)
      .map((project) => ({
        name: project.name,
        location: project.location,
        target: project.targetBranch,
        state: project.state,
        current: act.caller.conversation?.projectId === project.id,
      })),
  }),
  say: (o) =>
    join([
      b('Projects'),
      ...o.projects.map((project) => [
        project.current ? '▸ ' : '· ',
        b(project.name),
        ` ${project.target ?? ''} `,
        code(project.location),
        project.state === 'ready' ? '' : ` (${project.state})`,
      ]),
      o.projects.length < 2 && '/project add /path/or/url adds your own.',
    ]),
})
