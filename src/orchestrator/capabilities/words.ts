/** Reading the words after a command. Every refusal says what would have been right. */
import { LughError, type ProjectId, type TaskId } from '#core'
import { listProjects, listTasks, projectById, projectByName, taskById, taskByNumber, type Project, type Task } from '#db'
import { z } from 'zod'
import type { Act } from '../capability.ts'

export const TaskNumber = z.coerce.number().int().positive().max(2_147_483_647)
export const OptionalTask = z.object({ task: TaskNumber.optional() })

/** `T12`, `t12` or `12` → 12; undefined when there is no word. Throws `input.invalid` for anything else. */
export function taskWord(words: string): number | undefined {
  const word = words.trim()
  if (word === '') return undefined
  const match = /^[tT]?(\d{1,9})$/u.exec(word)
  if (match?.[1] === undefined || Number(match[1]) === 0)
    throw new LughError('input.invalid', `“${word.slice(0, 40)}” is no task. Tasks are called T1, T2, …; /tasks lists them.`)
  return Number(match[1])
}

/** The named task, or the one that is meant when none is named: the newest that `fits`. Throws `not-found`. */
export async function theTask(act: Act, number: number | undefined, fits: (task: Task) => boolean, what: string): Promise<Task> {
  if (number !== undefined) {
    const task = await taskByNumber(act.tx, number)
    if (task === undefined) throw new LughError('not-found', `There is no T${number}. /tasks lists what there is.`)
    return task
  }
  const here = act.caller.conversation
  if (here?.taskId !== undefined) return theTopicsTask(act, here.taskId, fits, what)
  const tasks = await listTasks(act.tx, { limit: 50 })
  const task = tasks.find((candidate) => fits(candidate) && (here === undefined || candidate.conversationId === here.id)) ?? tasks.find(fits)
  if (task === undefined) throw new LughError('not-found', `There is no task ${what}. /tasks lists what there is.`)
  return task
}

/** In a task's own topic no other task is meant. */
async function theTopicsTask(act: Act, id: TaskId, fits: (task: Task) => boolean, what: string): Promise<Task> {
  const task = await taskById(act.tx, id)
  if (task === undefined) throw new LughError('not-found', 'The task of this topic is gone. /topic off frees it.')
  if (!fits(task)) throw new LughError('not-found', `T${task.number}, whose topic this is, is ${task.state}: there is no task ${what} here.`)
  return task
}

/** The project a request is about: the named one, the conversation's, or the only one. Throws `not-found` with what to do. */
export async function theProject(act: Act, name: string | undefined): Promise<Project> {
  if (name !== undefined) {
    const named = await projectByName(act.tx, name)
    if (named === undefined) throw new LughError('not-found', `There is no project “${name.slice(0, 60)}”. /project list shows what there is.`)
    return named
  }
  const current = act.caller.conversation?.projectId
  const chosen = current === null || current === undefined ? undefined : await liveProject(act, current)
  if (chosen !== undefined) return chosen
  const live = (await listProjects(act.tx)).filter((project) => project.state === 'ready' || project.state === 'adding')
  const own = live.filter((project) => !project.sample)
  if (own.length > 1)
    throw new LughError(
      'input.invalid',
      `Which project? /project use ${own
        .map((project) => project.name)
        .slice(0, 5)
        .join(' or ')}.`,
    )
  const only = own[0] ?? live[0]
  if (only === undefined) throw new LughError('not-found', 'There is no project yet. /project add /path/to/repository adds one.')
  return only
}

async function liveProject(act: Act, id: ProjectId): Promise<Project | undefined> {
  const project = await projectById(act.tx, id)
  return project?.state === 'ready' || project?.state === 'adding' ? project : undefined
}

/** The first word and the rest, both trimmed. */
export function firstWord(words: string): [string, string] {
  const match = /^\s*(\S*)\s*([\s\S]*)$/u.exec(words)
  return [match?.[1] ?? '', (match?.[2] ?? '').trim()]
}
