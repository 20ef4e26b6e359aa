/** Plays a job while nothing may be written: it reads what it would read, then proposes its plan. Which tools were offered says that it is so. */
import { call, type ScriptedAnswer } from '../script.ts'
import type { Facts } from './facts.ts'
import type { Job } from './flow.ts'

const READING = ['list_files', 'search_files', 'read_file']
const NO_PLAN_OF_ITS_OWN = ['Look at what you said', 'Write it down in WISHES.md']

/** Whether the tools of this moment are those for planning. */
export function isPlanning({ conversation }: Facts): boolean {
  return conversation.tools.includes('propose_plan')
}

/** The answer due now. A script cannot think a plan over: what people say to it becomes a step that writes it down. */
export function playPlanning(job: Job, facts: Facts): ScriptedAnswer {
  for (const step of job.steps) {
    const calls = step.calls(facts).filter((wanted) => wanted !== undefined)
    const reads = calls.filter((wanted) => READING.includes(wanted.name))
    if (reads.length < calls.length) break
    const fresh = reads.filter((wanted) => !facts.tried(wanted))
    if (fresh.length > 0) return step.say === undefined ? { calls: fresh } : { calls: fresh, say: step.say }
  }
  const steps = job.plan.length > 0 ? job.plan : NO_PLAN_OF_ITS_OWN
  const said = facts.now.steers.map((words) => `I play scripts, so I can only write down in WISHES.md: ${words.slice(0, 120)}`)
  return { say: 'This is what I would do.', calls: [call('propose_plan', { steps: [...steps, ...said].slice(0, 12) })] }
}
