/** What an engine is told with every turn: who it is, where it works, and the repository's own guidance. */
import type { ObjectName } from '#core'
import type { Project } from '#db'
import { repositoryOf, type Machinery } from '../machinery.ts'
import type { Stance } from '../mode.ts'
import { commandsAt } from '../project-settings.ts'

const GUIDANCE_FILES = ['AGENTS.md', 'CLAUDE.md'] as const
const MAX_GUIDANCE_BYTES = 32 * 1024 // about 8,000 tokens in every request; a longer file is left out

/** The system prompt. Everything is read from the base commit: files the agent cannot have changed, and no fetch before a run goes on. */
export async function briefEngine(m: Machinery, stance: Stance, project: Project, base: ObjectName): Promise<string> {
  const [{ test }, ...found] = await Promise.all([
    commandsAt(m.git, project, base),
    ...GUIDANCE_FILES.map((file) => m.git.readFile(repositoryOf(project), base, file, MAX_GUIDANCE_BYTES)),
  ])
  const guidance = [...new Set(found.filter((text) => text !== undefined))].join('\n\n')
  return m.systemPrompt({
    projectName: project.name,
    guidance: guidance === '' ? undefined : m.redact(guidance),
    mode: stance,
    sandboxed: m.sandbox.status.walls === 'up',
    ...(test === undefined ? {} : { testCommand: m.redact(test) }),
  })
}
