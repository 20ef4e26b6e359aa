import { LughError } from '#core'
import { setConversationProject } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { theProject } from './words.ts'

export const useProject = capability({
  name: 'use_project',
  describe: 'Choose the project that wishes in this chat are about.',
  input: z.object({ project: z.string().trim().min(1, 'Which one? /project list shows the names.').max(200) }),
  output: z.object({ project: z.string(), target: z.string().nullable() }),
  kind: 'request',
  may: ['owner', 'approver', 'member'],
  doors: {
    telegram: { command: 'project use', usage: '/project use NAME', example: '/project use shop', parse: (words) => ({ project: words }) },
    cli: { none: 'the console has no current project; name it with --project' },
    mcp: { none: 'there is no current project here: each call names its own' },
  },
  act: async (act, input) => {
    const project = await theProject(act, input.project)
    if (act.caller.conversation === undefined) throw new LughError('input.invalid', 'There is no chat here that could use a project.')
    await setConversationProject(act.tx, act.caller.conversation.id, project.id)
    return { project: project.name, target: project.targetBranch }
  },
  say: (o) => `Wishes here are about ${o.project} now (target ${o.target ?? 'not known yet'}).`,
})
