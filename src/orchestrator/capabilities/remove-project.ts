import { CLAIMABLE, LughError, NEEDS_PERSON } from '#core'
import { appendEvent, listTasks, removeProject as removeRow } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { theProject } from './words.ts'

/** Forgets a project. The person's repository stays as it is; Lugh's own copies go. */
export const removeProject = capability({
  name: 'remove_project',
  describe: 'Forget a project; your repository stays as it is.',
  input: z.object({ project: z.string().trim().min(1, 'Which one? /project list shows the names.').max(200) }),
  output: z.object({ project: z.string() }),
  kind: 'request',
  may: ['owner'],
  doors: {
    telegram: { command: 'project remove', usage: '/project remove NAME', example: '/project remove shop', parse: (words) => ({ project: words }) },
    cli: { verb: 'remove_project', usage: 'remove_project NAME', parse: (argv) => ({ project: argv.join(' ') }) },
    mcp: { destroys: true },
  },
  act: async (act, input) => {
    const project = await theProject(act, input.project)
    const open = await listTasks(act.tx, { projectId: project.id, states: [...CLAIMABLE, ...NEEDS_PERSON, 'paused'], limit: 5 })
    if (open.length > 0)
      throw new LughError(
        'conflict',
        `${project.name} still has open tasks: ${open.map((task) => `T${task.number}`).join(', ')}. Finish or /stop them first.`,
      )
    await removeRow(act.tx, project.id)
    await appendEvent(act.tx, {
      projectId: project.id,
      personId: act.caller.personId,
      door: act.caller.door,
      kind: 'project.removed',
      data: { name: project.name },
    })
    await act.tx.notify('work', '')
    return { project: project.name }
  },
  say: (o) => `${o.project} is forgotten. Your repository stays as it is.`,
})
