/** A process that does one thing in a scene made by its parent and is killed at the crash point it is told. Only tests start it. */
import { readFileSync } from 'node:fs'
import { ObjectName, ProjectId, armCrashPoint } from '#core'
import { createSandbox } from '#sandbox'
import { z } from 'zod'
import { createGit } from '../create-git.ts'

const silent = { info: () => {}, warn: () => {} }

const Plan = z.union([
  z.object({ how: z.literal('ref'), say: z.string() }),
  z.object({ how: z.literal('checkout'), checkout: z.string(), otherwise: z.string(), say: z.string() }),
  z.object({ how: z.literal('branch'), branch: z.string(), reason: z.string(), say: z.string() }),
])
const Work = z.discriminatedUnion('do', [
  z.object({ do: z.literal('create'), path: z.string(), branch: z.string(), base: ObjectName }),
  z.object({ do: z.literal('remove'), path: z.string(), branch: z.string() }),
  z.object({ do: z.literal('snapshot'), path: z.string(), base: ObjectName }),
  z.object({ do: z.literal('land'), targetBranch: z.string(), old: ObjectName, commit: ObjectName, message: z.string(), plan: Plan }),
])
export type Work = z.infer<typeof Work>

const Job = z.object({
  at: z.string(),
  path: z.string(),
  home: z.string(),
  personHome: z.string(),
  repository: z.object({ projectId: ProjectId, kind: z.enum(['path', 'url']), location: z.string() }),
  work: Work,
})
export type Job = z.infer<typeof Job>

const { at, path, home, personHome, repository, work } = Job.parse(JSON.parse(readFileSync(0, 'utf8')))
armCrashPoint(at)
const sandbox = await createSandbox({ mode: 'required', home, host: { path, home: personHome, lang: 'C.UTF-8' }, log: silent })
const git = createGit({ home, sandbox, hostEnvironment: { home: personHome } })
if (work.do === 'create') await git.createWorktree(repository, work)
else if (work.do === 'remove') await git.removeWorktree(repository, work)
else if (work.do === 'snapshot') await git.snapshot(repository, work.path, work.base)
else await git.land(repository, work)
await sandbox.close()
