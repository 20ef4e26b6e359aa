/** The hosts a project's commands may reach: what people allowed, what the repository proposes, and taking it back. */
import { LughError, b, code, join } from '#core'
import { appendEvent, hostRules, insertHostRule, revokeHost } from '#db'
import { parseHostPort, sameHost, showHost, type HostPort } from '#sandbox'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { day } from '../grant-text.ts'
import { readSettings } from '../project-settings.ts'
import { theProject } from './words.ts'

const HTTPS = 443
const Place = z.object({ host: z.string(), port: z.number() })
const InProject = z.object({ project: z.string().max(200).optional() })
const Named = InProject.extend({ host: z.string().trim().min(1, 'Which host? Say for example /network allow registry.npmjs.org').max(300) })
const Answer = z.object({ project: z.string(), place: z.string() })

/** What may be reached, and what `.lugh/config.yaml` asks for without having it. */
export const showNetwork = capability({
  name: 'show_network',
  describe: 'The hosts that commands of the project may reach.',
  input: InProject,
  output: z.object({
    project: z.string(),
    rules: z.array(Place.extend({ private: z.boolean(), task: z.number().nullable(), until: z.string().nullable() })),
    proposed: z.array(z.string()),
  }),
  kind: 'read',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: {
    telegram: {
      command: 'network',
      usage: '/network',
      example: '/network',
      parse: (words) => (words.trim() === '' ? {} : { project: words.trim() }),
    },
    cli: { verb: 'show_network', usage: 'show_network [PROJECT]', parse: ([project]) => (project === undefined ? {} : { project }) },
    mcp: {},
  },
  act: async (act, input) => {
    const project = await theProject(act, input.project)
    const rules = (await hostRules(act.tx, project.id)).map(({ host, port, private: own, taskNumber, expiresAt }) => ({
      host,
      port,
      private: own,
      task: taskNumber,
      until: expiresAt === null ? null : day(expiresAt),
    }))
    const { settings } = await readSettings(act.git, project)
    const held = new Set(rules.filter(({ task }) => task === null).map(showHost))
    const wanted = (settings.network ?? []).flatMap((text) => parseHostPort(text, HTTPS) ?? []).map(showHost)
    return { project: project.name, rules, proposed: [...new Set(wanted)].filter((place) => !held.has(place)) }
  },
  say: (o) =>
    join([
      b(`Network of ${o.project}`),
      o.rules.length === 0
        ? 'No host may be reached. A command that needs one is stopped there, and you are asked.'
        : join(
            o.rules.map((rule) => [
              code(showHost(rule)),
              rule.private ? ' (own network)' : '',
              rule.task === null ? '' : ` · T${rule.task} only`,
              rule.until === null ? '' : ` · until ${rule.until}`,
            ]),
          ),
      o.proposed.length > 0 &&
        join(['The repository would like (only you allow it):', ...o.proposed.map((place) => [code(place), ` → /network allow ${place}`])]),
      o.rules.length > 0 && `/network forget ${showHost(o.rules[0] ?? { host: 'HOST', port: HTTPS })} takes one back.`,
    ]),
})

/** Allows a host for every task of the project, before anybody asks. Addresses of the machine's own network are allowed on a card only, where it is said that they are. */
export const allowHost = capability({
  name: 'allow_host',
  describe: 'Let commands of the project reach a host.',
  input: Named,
  output: Answer,
  kind: 'decide',
  may: ['owner'],
  doors: {
    telegram: {
      command: 'network allow',
      usage: '/network allow HOST[:PORT]',
      example: '/network allow registry.npmjs.org',
      parse: (words) => ({ host: words }),
    },
    cli: { verb: 'allow_host', usage: 'allow_host HOST[:PORT] [PROJECT]', parse: ([host = '', project]) => Named.parse({ host, project }) },
    mcp: { none: 'a host is allowed for good by the owner, who reads the rule on a card; decide_host answers what an agent asks' },
  },
  act: async (act, input) => {
    const place = placeOf(input.host)
    const project = await theProject(act, input.project)
    const { personId, door } = act.caller
    const known = (await hostRules(act.tx, project.id)).some((rule) => rule.taskId === null && rule.expiresAt === null && sameHost(rule, place))
    if (!known)
      await insertHostRule(act.tx, {
        id: act.ids.uuid(),
        projectId: project.id,
        taskId: null,
        onceFor: null,
        ...place,
        private: false,
        by: personId,
        requestId: null,
        expiresAt: null,
      })
    await appendEvent(act.tx, { projectId: project.id, personId, door, kind: 'host.allowed', data: { ...place } })
    return { project: project.name, place: showHost(place) }
  },
  say: (o) => ['Commands of ', o.project, ' may reach ', code(o.place), '.'],
})

/** Takes a host back, from the project and from each of its tasks; what runs at the moment keeps it until it ends. */
export const forgetHost = capability({
  name: 'forget_host',
  describe: 'Take a host back from the project.',
  input: Named,
  output: Answer,
  kind: 'decide',
  may: ['owner', 'approver'],
  doors: {
    telegram: {
      command: 'network forget',
      usage: '/network forget HOST[:PORT]',
      example: '/network forget registry.npmjs.org',
      parse: (words) => ({ host: words }),
    },
    cli: { verb: 'forget_host', usage: 'forget_host HOST[:PORT] [PROJECT]', parse: ([host = '', project]) => Named.parse({ host, project }) },
    mcp: {},
  },
  act: async (act, input) => {
    const place = placeOf(input.host)
    const project = await theProject(act, input.project)
    const { personId, door } = act.caller
    if ((await revokeHost(act.tx, project.id, place)) === 0)
      throw new LughError('not-found', `${project.name} was not allowed to reach ${showHost(place)}. /network shows what it may reach.`)
    await appendEvent(act.tx, { projectId: project.id, personId, door, kind: 'host.forgotten', data: { ...place } })
    return { project: project.name, place: showHost(place) }
  },
  say: (o) => [o.project, ' may no longer reach ', code(o.place), '.'],
})

function placeOf(text: string): HostPort {
  const place = parseHostPort(text.replace(/^https:\/\/([^/]+)\/?$/u, '$1'), HTTPS)
  if (place === undefined)
    throw new LughError('input.invalid', `“${text.slice(0, 60)}” is no host. Say for example registry.npmjs.org or mirror.example.org:8443.`)
  return place
}
