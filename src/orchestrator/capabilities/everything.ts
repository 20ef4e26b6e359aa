import { LughError, b, join } from '#core'
import { listProjects, wholeAt, type Project } from '#db'
import { z } from 'zod'
import { capability, type Act } from '../capability.ts'
import { CheckpointNumber, checkpointWord, theCheckpoint } from './checkpoint-words.ts'
import { NAME_CHARACTERS, askAndShow } from './create-checkpoint.ts'
import { askRestore } from './restore-checkpoint.ts'

const Each = z.array(z.object({ project: z.string(), checkpoint: z.number() }))

async function ready(act: Act): Promise<Project[]> {
  const projects = (await listProjects(act.tx)).filter(({ state, home }) => state === 'ready' && home === act.facts.home)
  if (projects.length === 0) throw new LughError('not-found', 'There is no project yet. /project add /path/to/repository adds one.')
  return projects
}

/** A checkpoint of every project at once, each with its own card. */
export const checkpointEverything = capability({
  name: 'checkpoint_everything',
  describe: 'Save every project as it is now.',
  input: z.object({ name: z.string().trim().max(NAME_CHARACTERS).optional() }),
  output: z.object({ made: Each, carded: z.boolean() }),
  kind: 'request',
  may: ['owner', 'approver', 'member'],
  doors: {
    telegram: {
      command: 'checkpoint all',
      usage: '/checkpoint all [NAME]',
      example: '/checkpoint all before the holidays',
      parse: (words) => (words.trim() === '' ? {} : { name: words.trim() }),
    },
    cli: {
      verb: 'checkpoint_everything',
      usage: 'checkpoint_everything [NAME]',
      parse: (argv) => (argv.length === 0 ? {} : { name: argv.join(' ') }),
    },
    mcp: { installation: true },
  },
  act: async (act, input) => {
    const made: z.infer<typeof Each> = []
    for (const project of await ready(act)) {
      const row = await askAndShow(act, project, `${act.caller.callKey}:${project.id}`, input.name)
      made.push({ project: project.name, checkpoint: row.number })
    }
    return { made, carded: act.caller.conversation !== undefined }
  },
  say: (o) => (o.carded ? undefined : join(o.made.map(({ project, checkpoint }) => `C${checkpoint} of ${project} is being made.`))),
})

/** What going back to that moment would change in every project: one card each, decided one by one, since each goes back whole or not at all. */
export const restoreEverything = capability({
  name: 'restore_everything',
  describe: 'Show what going back to that moment would change in every project.',
  input: z.object({ checkpoint: CheckpointNumber }),
  output: z.object({ looking: Each, without: z.array(z.string()) }),
  kind: 'request',
  may: ['owner', 'approver', 'member'],
  doors: {
    telegram: {
      command: 'restore all',
      usage: '/restore all C7',
      example: '/restore all C7',
      parse: (words) => ({ checkpoint: checkpointWord(words) }),
    },
    cli: { verb: 'restore_everything', usage: 'restore_everything C7', parse: ([word = '']) => ({ checkpoint: checkpointWord(word) }) },
    mcp: { installation: true },
  },
  act: async (act, input) => {
    const named = await theCheckpoint(act, input.checkpoint)
    const looking: z.infer<typeof Each> = []
    const without: string[] = []
    for (const project of await ready(act)) {
      // Asked for at once, those of other projects have the very same time.
      const to = project.id === named.projectId ? named : await wholeAt(act.tx, project.id, named.createdAt)
      if (to === undefined) {
        without.push(project.name)
        continue
      }
      await askRestore(act, to, { taskId: null, file: null })
      looking.push({ project: project.name, checkpoint: to.number })
    }
    return { looking, without }
  },
  say: (o) =>
    join([
      b('Back to that moment, project by project:'),
      ...o.looking.map(({ project, checkpoint }) => `${project}: C${checkpoint}`),
      ...o.without.map((project) => `${project} has no checkpoint as old as that; it stays as it is.`),
      'Each has a card; nothing is changed before you tap there.',
    ]),
})
