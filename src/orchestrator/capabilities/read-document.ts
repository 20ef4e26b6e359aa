import { LughError, nameHidden, redactKeys } from '#core'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { repositoryOf } from '../machinery.ts'
import { theProject } from './words.ts'

/** What an answer to a program may hold; what is longer is read in a worktree. */
const MAX_BYTES = 512 * 1024

/** One document that query_knowledge found: until there are other silos, a file of the project's repository. */
export const readDocument = capability({
  name: 'read_document',
  describe: 'One document whole: a file of the project’s repository, as query_knowledge names it.',
  input: z.object({ document: z.string().min(1).max(1000), project: z.string().max(200).optional() }),
  output: z.object({ project: z.string(), source: z.literal('repository'), commit: z.string(), document: z.string(), text: z.string() }),
  kind: 'read',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: {
    telegram: { none: 'a file fills a phone; `/ask` shows the lines that matter' },
    cli: {
      verb: 'read_document',
      usage: 'read_document [--project NAME] PATH',
      parse: (argv) => {
        const rest = [...argv]
        const project = rest.includes('--project') ? rest.splice(rest.indexOf('--project'), 2)[1] : undefined
        return { document: rest.join(' '), ...(project === undefined ? {} : { project }) }
      },
    },
    mcp: {
      example: { project: 'shop-api', document: 'src/cart.ts' },
      sayIsWhole: true,
      note: 'Of the branch that work lands on, as fetched last.',
    },
  },
  act: async (act, input) => {
    const project = await theProject(act, input.project)
    const repository = repositoryOf(project)
    const commit = project.targetBranch === null ? undefined : await act.git.tipOf(repository, project.targetBranch)
    if (commit === undefined)
      throw new LughError('not-found', `Nothing of ${project.name} was fetched yet; that happens with its first task. /new starts one.`)
    const text = await act.git.readFile(repository, commit, input.document, MAX_BYTES)
    if (text === undefined)
      throw new LughError(
        'not-found',
        `There is no file ${nameHidden(input.document.slice(0, 200))} of at most ${MAX_BYTES / 1024} kB in ${project.name}. query_knowledge names those that speak of something.`,
      )
    return { project: project.name, source: 'repository' as const, commit, document: input.document, text: redactKeys(text) }
  },
  say: (o) => o.text,
})
