import { b, join } from '#core'
import { listCheckpoints as checkpointRows } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { CheckpointView, checkpointLine, viewCheckpoint } from './checkpoint-words.ts'
import { theProject } from './words.ts'

const SHOWN = 20 // two screens of a phone

/** The timeline of a project: what was saved when, and what changed from each to the next. */
export const listCheckpoints = capability({
  name: 'list_checkpoints',
  describe: 'The checkpoints, and what changed between them.',
  input: z.object({ project: z.string().max(200).optional(), limit: z.number().int().min(1).max(200).default(SHOWN) }),
  output: z.object({ project: z.string(), checkpoints: z.array(CheckpointView) }),
  kind: 'read',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: {
    telegram: {
      command: 'checkpoints',
      menu: true,
      usage: '/checkpoints [PROJECT]',
      example: '/checkpoints',
      parse: (words) => ({ limit: SHOWN, ...(words.trim() === '' ? {} : { project: words.trim() }) }),
    },
    cli: {
      verb: 'list_checkpoints',
      usage: 'list_checkpoints [PROJECT]',
      parse: ([project]) => ({ limit: SHOWN, ...(project === undefined ? {} : { project }) }),
    },
    mcp: { example: { project: 'shop-api' } },
  },
  act: async (act, input) => {
    const project = await theProject(act, input.project)
    return { project: project.name, checkpoints: (await checkpointRows(act.tx, project.id, input.limit)).map(viewCheckpoint) }
  },
  say: (o) =>
    o.checkpoints.length === 0
      ? `${o.project} has no checkpoints yet. /checkpoint makes one.`
      : join([b(`Checkpoints of ${o.project}`), ...o.checkpoints.map(checkpointLine)]),
})
