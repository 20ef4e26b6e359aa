import { LughError, b, code, join, nameHidden, redactKeys } from '#core'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { repositoryOf } from '../machinery.ts'
import { rankLines } from './rank-lines.ts'
import { theProject } from './words.ts'

const MAX_QUESTION = 2000
const SHOWN = 10
const MOST = 50
/** Words a question is searched by; further ones find nothing new. */
const MAX_WORDS = 12
/** Lines of one file: enough to see what it is about. */
const LINES_OF_A_FILE = 40
/** Words that stand in every text and tell nothing. */
const COMMON = new Set(
  'a an and are as at be by can do does for from has have how i if in into is it its me my no not of on or our please show so tell than that the their then there these this to us was we were what when where which who why will with you your'.split(
    ' ',
  ),
)

/** Answers a question from what the project's repository says, best places first, and says where. */
export const queryKnowledge = capability({
  name: 'query_knowledge',
  describe: 'Find the places of a project’s repository that a question is about.',
  input: z.object({
    question: z.string().trim().min(1).max(MAX_QUESTION),
    project: z.string().max(200).optional(),
    limit: z.number().int().min(1).max(MOST).default(SHOWN),
  }),
  output: z.object({
    project: z.string(),
    /** Where the answer comes from: the repository's own files, searched by words. */
    source: z.literal('repository'),
    commit: z.string(),
    words: z.array(z.string()),
    places: z.array(
      z.object({ path: z.string(), line: z.number(), lines: z.array(z.object({ line: z.number(), text: z.string() })), score: z.number() }),
    ),
    cut: z.boolean(),
  }),
  kind: 'read',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: {
    telegram: {
      command: 'ask',
      usage: '/ask QUESTION',
      example: '/ask where is the cart total computed',
      parse: (words) => ({ question: words, limit: SHOWN }),
    },
    cli: {
      verb: 'query_knowledge',
      usage: 'query_knowledge [--project NAME] QUESTION',
      parse: (argv) => {
        const rest = [...argv]
        const project = rest.includes('--project') ? rest.splice(rest.indexOf('--project'), 2)[1] : undefined
        return { question: rest.join(' '), limit: SHOWN, ...(project === undefined ? {} : { project }) }
      },
    },
    mcp: {
      example: { question: 'where is the cart total computed', project: 'shop-api' },
      note: 'Searches the words of the question in the files of the branch that work lands on, as fetched last; file names and lines come back, ranked.',
    },
  },
  act: async (act, input) => {
    const project = await theProject(act, input.project)
    const words = wordsOf(input.question)
    if (words.length === 0) throw new LughError('input.invalid', 'Name what you look for: a word, a function, a part of a file name.')
    const branch = project.targetBranch
    const found = branch === null ? undefined : await act.git.search(repositoryOf(project), branch, words, LINES_OF_A_FILE)
    if (found === undefined)
      throw new LughError('not-found', `Nothing of ${project.name} was fetched yet; that happens with its first task. /new starts one.`)
    const places = rankLines(found.lines, words, input.limit)
    return { project: project.name, source: 'repository' as const, commit: found.commit, words, places, cut: found.cut }
  },
  say: (o) =>
    join([
      b(o.places.length === 0 ? `Nothing in ${o.project} speaks of that` : `In ${o.project}`),
      ...o.places.map((place) => [code(`${place.path}:${place.line}`), ` ${nameHidden(redactKeys(place.lines[0]?.text.trim() ?? ''))}`]),
      `Searched the repository’s files at ${o.commit.slice(0, 10)} for ${o.words.join(', ')}.`,
    ]),
})

/** What of a question is worth searching: names first, then the rarer words. */
export function wordsOf(question: string): string[] {
  const all = question.match(/[\p{L}\p{N}_$][\p{L}\p{N}_$.-]*[\p{L}\p{N}_$]|[\p{L}\p{N}]/gu) ?? []
  const telling = all.filter((word) => word.length > 1 && !COMMON.has(word.toLowerCase()))
  return [...new Set((telling.length === 0 ? all : telling).map((word) => word.toLowerCase()))].slice(0, MAX_WORDS)
}
