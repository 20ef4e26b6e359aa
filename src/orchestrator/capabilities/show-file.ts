import { LughError, ObjectName, nameHidden, oneLine, redactKeys, type Text } from '#core'
import { enqueueDocument, latestChange, liveWorktree, projectById, taskByNumber, type Project } from '#db'
import type { FileAt } from '#git'
import { z } from 'zod'
import { capability, type Act } from '../capability.ts'
import { MAX_FILE_OUT, fileOut, refuseByName, tooLarge } from '../file-out.ts'
import { repositoryOf } from '../machinery.ts'
import { TaskNumber, firstWord, theProject } from './words.ts'

const MAX_TEXT = 1_000_000 // what an answer to a program may hold

const Input = z.object({
  path: z.string().trim().min(1, 'Name a file, as in /file src/index.js.').max(1024),
  task: TaskNumber.optional(),
  project: z.string().optional(),
})

/** One file, as it stands in a task's worktree or on the project's branch: to the chat as a file, elsewhere as text. */
export const showFile = capability({
  name: 'show_file',
  describe: 'One file of a project, or of a task’s worktree, as it is now.',
  input: Input,
  output: z.object({ path: z.string(), from: z.string(), bytes: z.number(), text: z.string().optional(), cut: z.boolean() }),
  kind: 'read',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: {
    telegram: { command: 'file', usage: '/file [T12] PATH', example: '/file T12 src/cart.ts', parse: (words) => parse(words) },
    cli: { verb: 'show_file', usage: 'show_file [T12] PATH', parse: (argv) => parse(argv.join(' ')) },
    mcp: { example: { path: 'src/cart.ts', task: 12 }, note: 'What git ignores, and files that keep keys, are never given out.' },
  },
  act: async (act, input) => {
    const { project, at, from } = await whereOf(act, input)
    const { path, bytes } = await find(act, project, at, input.path)
    const out = fileOut(path, bytes, from)
    const here = act.caller.conversation
    if (here === undefined) {
      const text = 'text' in out ? out.text : undefined
      if (text === undefined)
        throw new LughError('input.invalid', `${oneLine(path, 120)} is no text (${bytes.length} bytes). Ask for it in the chat: /file sends it.`)
      return { path, from, bytes: bytes.length, text: text.slice(0, MAX_TEXT), cut: text.length > MAX_TEXT }
    }
    const replyTo = act.caller.messageId === undefined ? {} : { replyTo: act.caller.messageId }
    const { botId, chatId, threadId } = here
    await enqueueDocument(act.tx, { botId, chatId, threadId, key: `file:${act.caller.callKey}`, ...replyTo, ...out })
    return { path, from, bytes: bytes.length, cut: false }
  },
  say: (o): Text | undefined => o.text,
})

function parse(words: string): z.output<typeof Input> {
  const [first, rest] = firstWord(words)
  const number = /^[tT](\d{1,9})$/u.exec(first)?.[1]
  return number === undefined || rest === '' ? { path: words.trim() } : { path: rest, task: Number(number) }
}

type Where = { readonly project: Project; readonly at: { readonly branch: string } | { readonly tree: ObjectName }; readonly from: string }

/** A task's files as they lie there now, its change once the worktree is gone; without a task the branch that work lands on. */
async function whereOf(act: Act, { task: number, project: named }: z.output<typeof Input>): Promise<Where> {
  if (number === undefined) {
    const project = await theProject(act, named)
    if (project.targetBranch === null) throw unfetched(project.name)
    return { project, at: { branch: project.targetBranch }, from: `${project.name}, ${project.targetBranch}` }
  }
  const task = await taskByNumber(act.tx, number)
  const project = task === undefined ? undefined : await projectById(act.tx, task.projectId)
  if (task === undefined || project === undefined) throw new LughError('not-found', `There is no T${number}. /tasks lists what there is.`)
  const worktree = await liveWorktree(act.tx, task.id)
  if (worktree?.state === 'ready' && task.baseCommit !== null) {
    const tree = await act.git.snapshot(repositoryOf(project), worktree.path, ObjectName.parse(task.baseCommit))
    return { project, at: { tree }, from: `T${number}, as it is now` }
  }
  const change = await latestChange(act.tx, task.id)
  if (change === undefined) throw new LughError('not-found', `T${number} has no files yet; it is ${task.state}.`)
  return { project, at: { tree: ObjectName.parse(change.tree) }, from: `T${number}, change ${change.number}` }
}

/** The file of that path, or the only one that ends so. */
async function find(act: Act, project: Project, at: Where['at'], wanted: string): Promise<{ path: string; bytes: Uint8Array }> {
  refuseByName(wanted)
  let path = wanted.replace(/^\.\//u, '')
  let found = await act.git.fileAt(repositoryOf(project), at, path, MAX_FILE_OUT)
  const [only] = found.kind === 'missing' ? found.near : []
  if (found.kind === 'missing' && only !== undefined && found.near.length === 1) {
    path = only
    refuseByName(path)
    found = await act.git.fileAt(repositoryOf(project), at, path, MAX_FILE_OUT)
  }
  if (found.kind === 'file') return { path, bytes: found.bytes }
  throw absent(path, found, project.name)
}

function absent(path: string, found: Exclude<FileAt, { kind: 'file' }>, project: string): LughError {
  const name = oneLine(nameHidden(redactKeys(path)), 120)
  if (found.kind === 'large') return tooLarge(path, found.bytes)
  if (found.kind === 'unknown') return unfetched(project)
  if (found.kind === 'link') return new LughError('input.invalid', `${name} is a link, and links are not followed: name the file it points to.`)
  if (found.kind === 'folder') return new LughError('input.invalid', `${name} is a folder: name a file in it.`)
  if (found.kind !== 'missing') return new LughError('input.invalid', `${name} is a repository of its own, which Lugh does not hold.`)
  if (found.near.length > 0) return new LughError('input.invalid', `Which one? ${found.near.map((one) => oneLine(nameHidden(one), 120)).join(', ')}`)
  return new LughError('not-found', `There is no ${name} there. Files that git ignores are never sent; /ask finds places by words.`)
}

function unfetched(project: string): LughError {
  return new LughError('not-found', `Nothing of ${project} was fetched yet; that happens with its first task. /new starts one.`)
}
