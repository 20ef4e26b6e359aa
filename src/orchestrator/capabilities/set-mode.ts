import { LughError, MODES, type Mode } from '#core'
import { appendEvent, outdatePlans, projectById, setTaskMode, touchCards, updateProject, type Project, type Task } from '#db'
import { z } from 'zod'
import { capability, type Act } from '../capability.ts'
import { projectMode } from '../mode.ts'
import { readSettings } from '../project-settings.ts'
import { TaskNumber, firstWord, taskWord, theProject, theTask } from './words.ts'

const EXPLAINED = {
  plan: 'nothing is written before you say Go to a plan; then as ask',
  ask: 'commands outside a small read-only list ask first',
  auto: 'sandboxed commands run by themselves; pushes, installs, deletions outside and the merge still ask',
} as const

/** Sets how much an agent may do by itself: for the current project, or for one task. */
export const setMode = capability({
  name: 'set_mode',
  describe: 'How much agents may do by themselves: plan, ask or auto.',
  input: z.object({ mode: z.enum(MODES).optional(), task: TaskNumber.optional() }),
  output: z.object({ of: z.string(), mode: z.enum(MODES), set: z.boolean() }),
  kind: 'request',
  may: ['owner', 'approver'],
  doors: {
    telegram: { command: 'mode', menu: true, usage: `/mode ${MODES.join('|')} [T12]`, example: '/mode plan T12', parse: parseWords },
    cli: { verb: 'set_mode', usage: `set_mode ${MODES.join('|')} [T12]`, parse: (argv) => parseWords(argv.join(' ')) },
    mcp: { none: 'how much agents may do by themselves is for a person at the phone to loosen' },
  },
  act: async (act, input) => {
    if (input.task !== undefined) return ofTask(act, await theTask(act, input.task, () => true, ''), input.mode)
    const project = await theProject(act, undefined)
    if (input.mode === undefined) return { of: project.name, mode: await modeOfProject(act, project), set: false }
    await updateProject(act.tx, project.id, { mode: input.mode })
    const { personId, door } = act.caller
    await appendEvent(act.tx, { projectId: project.id, personId, door, kind: 'project.changed', data: { setting: 'mode', value: input.mode } })
    return { of: project.name, mode: input.mode, set: true }
  },
  say: (o) => `${o.of} ${o.set ? 'is now' : 'is'} in ${o.mode} mode: ${EXPLAINED[o.mode]}.${o.set ? '' : ` /mode ${MODES.join('|')} changes it.`}`,
})

/** A task that is to plan again has no Go any more, whatever was said to an earlier plan of it. */
async function ofTask(act: Act, task: Task, mode: Mode | undefined): Promise<{ of: string; mode: Mode; set: boolean }> {
  const of = `T${task.number}`
  if (mode === undefined) return { of, mode: task.mode ?? (await modeOfTasks(act, task)), set: false }
  await setTaskMode(act.tx, task.id, mode)
  if (mode === 'plan') await outdatePlans(act.tx, task.id)
  const { personId, door } = act.caller
  await appendEvent(act.tx, { taskId: task.id, projectId: task.projectId, personId, door, kind: 'task.mode-set', data: { mode } })
  await touchCards(act.tx, { taskId: task.id })
  return { of, mode, set: true }
}

async function modeOfTasks(act: Act, task: Task): Promise<Mode> {
  const project = await projectById(act.tx, task.projectId)
  return project === undefined ? act.facts.mode : modeOfProject(act, project)
}

/** A repository that cannot be read just now says nothing. */
async function modeOfProject(act: Act, project: Project): Promise<Mode> {
  const file = project.mode === null ? await readSettings(act.git, project).catch(() => undefined) : undefined
  return projectMode(act.facts, project, file?.settings.mode)
}

function parseWords(words: string): { mode?: (typeof MODES)[number]; task?: number } {
  const [first, rest] = firstWord(words)
  if (first === '') return {}
  const mode = MODES.find((known) => known === first.toLowerCase())
  if (mode === undefined) throw new LughError('input.invalid', `A mode is ${MODES.join(', ')}. Example: /mode plan T12`)
  const task = taskWord(rest)
  return task === undefined ? { mode } : { mode, task }
}
