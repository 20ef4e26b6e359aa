import { LughError, b, join } from '#core'
import { checkpointsWanted, writeSetting } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { CLEAN_NOW_SETTING, cleanNow, wouldGo } from '../checkpoints/clean-up.ts'
import { OFFER_HOURS, letGo } from '../checkpoints/let-go.ts'
import { repositoryOf } from '../machinery.ts'
import { CheckpointView, checkpointLine, checkpointWord, size, theCheckpoint, viewCheckpoint } from './checkpoint-words.ts'
import { theProject } from './words.ts'

const SHOWN = 15
const MAX_NAMED = 100 // more are named in several goes
const Wanted = z.object({
  project: z.string().max(200).optional(),
  checkpoints: z.array(z.number().int().positive()).max(MAX_NAMED).default([]),
  confirmed: z.boolean().default(false),
})

/** Lets checkpoints go that have had their time, or those that are named. Without `go` it only says which, and what that frees. */
export const cleanCheckpoints = capability({
  name: 'checkpoint_cleanup',
  describe: 'Let old checkpoints go; says first which, and what that frees.',
  input: Wanted,
  output: z.object({ project: z.string(), going: z.array(CheckpointView), bytes: z.number(), done: z.boolean() }),
  kind: 'decide',
  may: ['owner'],
  doors: {
    telegram: { command: 'checkpoint_cleanup', usage: '/checkpoint_cleanup [C3 C4 …] [go]', example: '/checkpoint_cleanup', parse: parseWords },
    cli: { verb: 'checkpoint_cleanup', usage: 'checkpoint_cleanup [--project PROJECT] [C3 C4 …] [go]', parse: parseArgv },
    mcp: { none: 'what is deleted for good is for a person at the phone to choose' },
  },
  act: async (act, input) => {
    const named = []
    for (const number of input.checkpoints) named.push(await theCheckpoint(act, number))
    const project = await theProject(act, input.project)
    if (named.some(({ projectId }) => projectId !== project.id))
      throw new LughError('input.invalid', `Not all of these are of ${project.name}. /checkpoints lists them.`)
    const wanted = await checkpointsWanted(act.tx, project.id, OFFER_HOURS)
    const needed = named.filter(({ id }) => wanted.has(id))
    if (needed.length > 0)
      throw new LughError(
        'conflict',
        `${needed.map(({ number }) => `C${number}`).join(', ')} cannot go now: a card offers the way back there, or it is being written into a file. Cancel that first.`,
      )
    const asked = named.map((checkpoint) => ({ checkpoint, why: 'asked' }))
    const all = asked.length > 0 ? asked : await wouldGo(act.tx, project, act.clock.now())
    const going = all.map(({ checkpoint }) => checkpoint)
    const bytes = await act.git.checkpoints.bytesOf(
      repositoryOf(project),
      going.map(({ id }) => id),
    )
    if (input.confirmed) {
      for (const { checkpoint, why } of all) await letGo(act.tx, checkpoint, why, { personId: act.caller.personId, door: act.caller.door })
      await writeSetting(act.tx, CLEAN_NOW_SETTING, [...new Set([...(await cleanNow(act.tx)), project.id])])
      await act.tx.notify('work', project.id)
    }
    return { project: project.name, going: going.map(viewCheckpoint), bytes, done: input.confirmed }
  },
  say: (o) => {
    if (o.going.length === 0)
      return o.done ? `Nothing of ${o.project} had its time; what nothing names any more is being freed.` : `Nothing of ${o.project} would go.`
    const more = o.going.length - SHOWN
    return join([
      b(o.done ? `Gone from ${o.project}; the space is being freed` : `🧪 Dry run: this would go from ${o.project}`),
      ...o.going.slice(0, SHOWN).map(checkpointLine),
      more > 0 && `… ${more} more`,
      `${o.going.length === 1 ? '1 checkpoint' : `${o.going.length} checkpoints`}, ${size(o.bytes)}`,
      !o.done && 'Say go behind it and they go: there is no way back to them then.',
    ])
  },
})

function parseWords(words: string): z.infer<typeof Wanted> {
  return parseArgv(words.trim() === '' ? [] : words.trim().split(/\s+/u))
}

function parseArgv(argv: readonly string[]): z.infer<typeof Wanted> {
  const rest = [...argv]
  const project = rest.includes('--project') ? rest.splice(rest.indexOf('--project'), 2)[1] : undefined
  const confirmed = rest.at(-1)?.toLowerCase() === 'go'
  const checkpoints = (confirmed ? rest.slice(0, -1) : rest).map(checkpointWord)
  return { checkpoints, confirmed, ...(project === undefined ? {} : { project }) }
}
