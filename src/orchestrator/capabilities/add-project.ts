import { basename, isAbsolute, normalize } from 'node:path'
import { LughError, ProjectId, oneLine } from '#core'
import { insertProject, listProjects } from '#db'
import { z } from 'zod'
import { capability, type Act } from '../capability.ts'

const MAX_LOCATION = 2000
const MAX_NAME = 60
const URL_FORM = /^(https?|ssh|git|file):\/\//u
const SCP_FORM = /^[\w.-]+@[\w.-]+:[^\s]+$/u

/** Adds a repository by path or URL. The copying happens afterwards; a message says how it went. */
export const addProject = capability({
  name: 'add_project',
  describe: 'Add a git repository by path or URL.',
  input: z.object({ location: z.string().trim().min(1).max(MAX_LOCATION) }),
  output: z.object({ project_id: z.string(), name: z.string(), location: z.string() }),
  kind: 'request',
  may: ['owner'],
  doors: {
    telegram: {
      command: 'project add',
      usage: '/project add PATH|URL',
      example: '/project add /home/me/shop',
      parse: (words) => ({ location: words }),
    },
    cli: { verb: 'add_project', usage: 'add_project PATH|URL', parse: (argv) => ({ location: argv.join(' ') }) },
    mcp: { example: { location: '/home/me/shop-api' }, note: 'The path is one of the machine Lugh runs on; list_projects says when it is ready.' },
  },
  act: async (act, input) => {
    const { kind, location } = locate(input.location)
    const known = (await listProjects(act.tx)).find((project) => project.location === location)
    if (known !== undefined) throw new LughError('conflict', `That is the project ${known.name} already. /project use ${known.name}`)
    const name = await freeName(act, location)
    const project = await insertProject(act.tx, {
      id: ProjectId.parse(act.ids.uuid()),
      home: act.facts.home,
      name,
      kind,
      location,
      sample: false,
      conversationId: act.caller.conversation?.id ?? null,
    })
    if (project === undefined) throw new LughError('conflict', 'That project was added a moment ago. /project list')
    await act.tx.notify('work', '')
    return { project_id: project.id, name, location }
  },
  say: (o) => `Adding ${o.name} from ${oneLine(o.location, 200)}…`,
})

/** What kind of place it is. Secrets in a URL are refused: git's credential helper or an SSH key keeps them. */
export function locate(text: string): { kind: 'path' | 'url'; location: string } {
  const location = text.trim()
  if (URL_FORM.test(location)) {
    const parsed = URL.parse(location)
    if (parsed === null) throw new LughError('input.invalid', 'That is no URL git could clone. Example: https://github.com/me/shop.git')
    if (parsed.password !== '' || (parsed.username !== '' && parsed.protocol !== 'ssh:'))
      throw new LughError(
        'input.invalid',
        'Leave the user name and token out of the URL; Lugh uses the credential helper or SSH key of this machine.',
      )
    return { kind: 'url', location }
  }
  if (SCP_FORM.test(location)) return { kind: 'url', location }
  if (!isAbsolute(location))
    throw new LughError('input.invalid', `Write the whole path or a URL: /project add /home/me/shop. “${oneLine(location, 60)}” is neither.`)
  return { kind: 'path', location: normalize(location).replace(/(?<=.)\/+$/u, '') }
}

async function freeName(act: Act, location: string): Promise<string> {
  const taken = new Set((await listProjects(act.tx)).map((project) => project.name.toLowerCase()))
  const wanted = nameFor(location)
  for (let n = 1; ; n += 1) {
    const name = n === 1 ? wanted : `${wanted}-${n}`
    if (!taken.has(name.toLowerCase())) return name
  }
}

/** The last part of the place without `.git`, in characters that are easy to type. */
export function nameFor(location: string): string {
  const last = basename(
    location
      .replace(/\/+$/u, '')
      .replace(/(\/?\.git)$/u, '')
      .replace(/^.*:(?!\/)/u, ''),
  )
  const name = last
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^[-.]+|-+$/gu, '')
    .slice(0, MAX_NAME)
  return name === '' ? 'project' : name
}
