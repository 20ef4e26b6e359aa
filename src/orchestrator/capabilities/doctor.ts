import { b, join, type Text } from '#core'
import { botFace, listGroups } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { groupProblems } from '../group-problems.ts'

const Check = z.object({ what: z.string(), well: z.boolean(), say: z.string() })

/** What works and what does not, each fault with the way out. Reads only what Lugh knows; it tries nothing. */
export const doctor = capability({
  name: 'doctor',
  describe: 'What is wrong, and what to do about it.',
  input: z.object({}),
  output: z.object({ checks: z.array(Check) }),
  kind: 'read',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: {
    telegram: { command: 'doctor', usage: '/doctor', example: '/doctor', parse: () => ({}) },
    cli: { verb: 'doctor', usage: 'doctor', parse: () => ({}) },
    mcp: { none: 'show_status tells a program what works' },
  },
  act: async (act) => {
    const { facts } = act
    const problem = facts.engineProblem?.()
    const checks: z.infer<typeof Check>[] = [
      { what: 'Engine', well: problem === undefined, say: problem ?? facts.engine },
      { what: 'Sandbox', well: !facts.sandbox.includes(': none'), say: facts.sandbox },
      { what: 'Store', well: true, say: facts.store },
    ]
    for (const { title, state, botId, ...rights } of await listGroups(act.tx)) {
      if (state !== 'admitted') {
        checks.push({ what: title, well: false, say: 'a group that waits for its owner’s word: /groups' })
        continue
      }
      const problems = groupProblems(rights, await botFace(act.tx, botId))
      checks.push({ what: title, well: problems.length === 0, say: problems.join('\n') || 'I see what I need to see in this group.' })
    }
    return { checks }
  },
  say: (o) => join([b('Doctor'), ...o.checks.map(({ what, well, say }): Text => [well ? '✓ ' : '⚠️ ', b(what), ` · ${say}`])]),
})
