import { LughError, MODES } from '#core'
import { appendEvent, setTaskMode, touchCards, updateProject } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { TaskNumber, firstWord, taskWord, theProject, theTask } from './words.ts'

const EXPLAINED = {
  ask: 'commands outside a small read-only list ask first',
  auto: 'sandboxed commands run by themselves; pushes, installs, deletions outside and the merge still ask',
} as const

/** Sets how much an agent may do by itself: for the current project, or for one task. */
export const setMode = capability({
  name: 'set_mode',
  describe: 'How much agents may do by themselves: ask or auto.',
  input: z.object({ mode: z.enum(MODES).optional(), task: TaskNumber.optional() }),
  output: z.object({ of: z.string(), mode: z.enum(MODES), set: z.boolean() }),
  kind: 'request',
  may: ['owner', 'approver'],
  doors: {
    telegram: { command: 'mode', menu: true, usage: `/mode ${MODES.join('|')} [T12]`, example: '/mode auto T12', parse: parseWords },
    cli: { verb: 'set_mode', usage: `set_mode ${MODES.join('|')} [T12]`, parse: (argv) => parseWords(argv.join(' ')) },
  },
  act: async (act, input) => {
    if (input.task !== undefined) {
      const task = await theTask(act, input.task, () => true, '')
      if (input.mode !== undefined) await setTaskMode(act.tx, task.id, input.mode)
      await touchCards(act.tx, { taskId: task.id })
      return { of: `T${task.number}`, mode: input.mode ?? task.mode ?? act.facts.mode, set: input.mode !== undefined }
    }
    const project = await theProject(act, undefined)
    if (input.mode !== undefined) {
      await updateProject(act.tx, project.id, { mode: input.mode })
      await appendEvent(act.tx, {
        projectId: project.id,
        personId: act.caller.personId,
        door: act.caller.door,
        kind: 'project.changed',
        data: { setting: 'mode', value: input.mode },
      })
    }
    return { of: project.name, mode: input.mode ?? project.mode ?? act.facts.mode, set: input.mode !== undefined }
  },
  say: (o) =>
    `${o.of} ${o.set ? 'is now' : 'is'} in ${o.mode} mode: ${EXPLAINED[o.mode]}.${o.set ? '' : ` /mode ${o.mode === 'ask' ? 'auto' : 'ask'} changes it.`}`,
})

function parseWords(words: string): { mode?: (typeof MODES)[number]; task?: number } {
  const [first, rest] = firstWord(words)
  if (first === '') return {}
  const mode = MODES.find((known) => known === first.toLowerCase())
  if (mode === undefined) throw new LughError('input.invalid', `A mode is ${MODES.join(' or ')}. Example: /mode auto T12`)
  const task = taskWord(rest)
  return task === undefined ? { mode } : { mode, task }
}
