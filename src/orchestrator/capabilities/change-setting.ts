import { AWAY_WAYS, LughError, MODES, NOTICE_CLASSES, RINGINGS } from '#core'
import { LOOK_CHOICES, PANEL_PAGES, lockPanel, projectById, setLook, touchCards, turnPanel, type Panel } from '#db'
import { z } from 'zod'
import { callCapability } from '../call-capability.ts'
import { capability, type Act, type Capability } from '../capability.ts'
import { notify } from './notify.ts'
import { quiet } from './quiet.ts'
import { setAwayWay } from './set-away.ts'
import { setEngine } from './set-engine.ts'
import { setMode } from './set-mode.ts'

const Input = z.object({
  panel: z.string().regex(/^[0-9a-f-]{36}$/),
  page: z.enum(PANEL_PAGES).optional(),
  notice: z.object({ about: z.enum(NOTICE_CLASSES), how: z.enum([...RINGINGS, 'default']), project: z.boolean().optional() }).optional(),
  hours: z.string().max(40).optional(),
  zone: z.string().trim().max(60).optional(),
  look: z.enum([...LOOK_CHOICES, 'default']).optional(),
  mode: z.enum(MODES).optional(),
  engine: z.string().max(60).optional(),
  away: z.object({ way: z.enum(AWAY_WAYS), minutes: z.number().int() }).optional(),
})
type Input = z.infer<typeof Input>

/** One tap on the panel of settings: turns a page, or sets what its own command sets, by the same rights. */
export const changeSetting = capability({
  name: 'change_setting',
  describe: 'A tap on the panel of settings.',
  input: Input,
  output: z.object({ changed: z.boolean() }),
  kind: 'request',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: { telegram: {}, cli: { none: 'each setting has its own verb' }, mcp: { none: 'what a person likes is theirs to say' } },
  act: async (act, input) => {
    const panel = await lockPanel(act.tx, input.panel)
    if (panel === undefined) throw new LughError('not-found', 'This panel is gone. /settings opens a new one.')
    if (panel.personId !== act.caller.personId) throw new LughError('not-allowed', 'This panel is somebody else’s. /settings opens your own.')
    if (input.page !== undefined) await turnPanel(act.tx, panel.id, input.page)
    else await set(act, panel, input)
    await touchCards(act.tx, { kind: 'settings', subjectId: panel.id })
    return { changed: input.page === undefined }
  },
  say: () => undefined,
  toast: (o) => (o.changed ? 'Set.' : ''),
})

async function set(act: Act, panel: Panel, input: Input): Promise<void> {
  const { notice, hours, zone, look, mode, engine, away } = input
  const project = async (): Promise<string> => {
    const row = panel.projectId === null ? undefined : await projectById(act.tx, panel.projectId)
    if (row === undefined || row.state === 'removed') throw new LughError('not-found', 'That project is gone. /settings opens a new panel.')
    return row.name
  }
  const call = (what: Capability, words: unknown): Promise<unknown> => callCapability(what, inProject(act, panel), words)
  if (notice !== undefined)
    await call(notify, { about: notice.about, how: notice.how, ...(notice.project === true ? { project: await project() } : {}) })
  else if (hours !== undefined) await call(quiet, { hours })
  else if (zone !== undefined) await call(quiet, { hours: undefined, zone })
  else if (look !== undefined) await setLook(act.tx, panel.personId, look === 'default' ? null : look)
  else if (mode !== undefined) {
    await project()
    await call(setMode, { mode })
  } else if (engine !== undefined) await call(setEngine, { engine, project: await project() })
  else if (away !== undefined) await call(setAwayWay, { ...away, project: await project() })
  else throw new LughError('input.invalid', 'That button sets nothing.')
}

/** The project the panel was opened about, whatever the chat has turned to since. */
function inProject(act: Act, panel: Panel): Act {
  const { conversation } = act.caller
  return conversation === undefined ? act : { ...act, caller: { ...act.caller, conversation: { ...conversation, projectId: panel.projectId } } }
}
