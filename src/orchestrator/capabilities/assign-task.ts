import { z } from 'zod'
import { agentByName } from '#db'
import { LughError } from '#core'
import { capability } from '../capability.ts'
import { picturesMeant } from '../uploads/pictures-meant.ts'
import { showPictures } from '../uploads/use-upload.ts'
import { MAX_WISH_CHARACTERS, newTask } from './new-task.ts'
import { theProject } from './words.ts'

/** Gives a wish to an agent, or to the project's next free one. */
export const assignTask = capability({
  name: 'assign_task',
  describe: 'Start a task: an agent works on it in its own worktree.',
  input: z.object({ wish: z.string().max(MAX_WISH_CHARACTERS * 4), project: z.string().max(200).optional(), agent: z.string().max(100).optional() }),
  output: z.object({ task: z.number(), task_id: z.string(), title: z.string(), project: z.string(), carded: z.boolean() }),
  kind: 'request',
  may: ['owner', 'approver', 'member'],
  doors: {
    telegram: {
      command: 'new',
      menu: true,
      usage: '/new WISH',
      example: '/new Add a dark mode to the settings page',
      parse: (words) => ({ wish: words }),
    },
    cli: {
      verb: 'assign_task',
      usage: 'assign_task [--project NAME] [--agent NAME] WISH',
      parse: (argv) => {
        const rest = [...argv]
        const take = (flag: string): string | undefined => (rest.includes(flag) ? rest.splice(rest.indexOf(flag), 2)[1] : undefined)
        const project = take('--project')
        const agent = take('--agent')
        return { wish: rest.join(' '), ...(project === undefined ? {} : { project }), ...(agent === undefined ? {} : { agent }) }
      },
    },
    mcp: {
      example: { wish: 'Add a dark mode to the settings page', project: 'shop-api' },
      note: 'Answers at once with a handle that outlives this connection; follow it with wait_for_task.',
    },
  },
  act: async (act, input) => {
    const project = await theProject(act, input.project)
    const agent = input.agent === undefined ? undefined : await agentByName(act.tx, project.id, input.agent)
    if (input.agent !== undefined && agent === undefined)
      throw new LughError('not-found', `${project.name} has no agent “${input.agent}”. /agents lists them.`)
    const task = await newTask(act, { wish: input.wish, project, ...(agent === undefined ? {} : { agent }) })
    const pictures = await picturesMeant(act.tx, act.caller, input.wish)
    if (pictures !== undefined) await showPictures(act, task, pictures)
    return { task: task.number, task_id: task.id, title: task.title, project: project.name, carded: act.caller.conversation !== undefined }
  },
  say: (output) => (output.carded ? undefined : `T${output.task} started on ${output.project}: ${output.title}`),
})
