/** Plays a job step by step: the next answer is the first step with calls not made yet. Nothing is counted or kept, so it resumes anywhere. */
import { call, type ScriptedAnswer, type ScriptedCall } from '../script.ts'
import type { Facts } from './facts.ts'

export type Step = {
  /** Which line of the plan it belongs to, counted from 0. */
  readonly part: number
  readonly say?: string
  /** The calls it needs, as far as can be known now; those made already are passed over. */
  readonly calls: (facts: Facts) => readonly (ScriptedCall | undefined)[]
}

export type Job = {
  readonly plan: readonly string[]
  readonly steps: readonly Step[]
  /** The last words, which become the summary of the review card. */
  readonly summary: (facts: Facts) => string
}

/** The answer due now. */
export function playJob(job: Job, facts: Facts): ScriptedAnswer {
  for (const step of job.steps) {
    const calls = step.calls(facts).filter((wanted): wanted is ScriptedCall => wanted !== undefined && !facts.tried(wanted))
    if (calls.length === 0) continue
    const answer = { calls: [...planUpdate(job, facts, step.part), ...calls] }
    return step.say === undefined ? answer : { ...answer, say: step.say }
  }
  const done = planUpdate(job, facts, job.plan.length)
  return done.length > 0 && facts.now.calls.length > 0 ? { calls: done } : { say: job.summary(facts) }
}

/** The plan with everything before `part` done, unless it was shown like that already. */
function planUpdate({ plan }: Job, facts: Facts, part: number): ScriptedCall[] {
  const steps = plan.map((text, at) => ({ text, state: at < part ? 'done' : at === part ? 'doing' : 'todo' }))
  const update = call('update_plan', { steps })
  return plan.length === 0 || facts.tried(update) ? [] : [update]
}

/** Said at the end of every demo summary: nobody shall take the scripted model for a real one. */
export const HONESTY =
  'This was the scripted model that plays while no API key is set. For a real agent put ANTHROPIC_API_KEY or OPENAI_API_KEY into .env and restart Lugh.'

/** One sentence on what the test run came to. */
export function sayTests(facts: Facts): string {
  const run = facts.now.calls.findLast(({ name, input }) => name === 'run_command' && input['command'] === facts.testCommand)
  if (run === undefined) return 'The tests were not run.'
  if (!run.isError) return 'The tests pass.'
  if (/did not allow|denied|not allowed/i.test(run.output)) return 'I was not allowed to run the tests, so nothing was checked.'
  if (run.output.startsWith('Withheld')) return 'The test run was withheld, so nothing was checked.'
  if (/^Interrupted|was restarted/.test(run.output)) return 'The test run was interrupted, so nothing was checked.'
  return `The tests do not pass: ${run.output.split('\n')[0] ?? ''}.`
}

/** The step that runs the project's tests. */
export function testStep(part: number, why: string): Step {
  return { part, say: 'Now the tests.', calls: ({ testCommand }) => [call('run_command', { command: testCommand, why })] }
}

/** The step that lists the project's files. */
export const look: Step = { part: 0, say: 'I will look around first.', calls: () => [call('list_files', {})] }

/** A step that reads the files that fit, once they are known. */
export function readStep(...patterns: readonly RegExp[]): Step {
  return {
    part: 0,
    calls: (facts) =>
      patterns
        .map((pattern) => facts.files?.find((path) => pattern.test(path)))
        .map((path) => (path === undefined ? undefined : call('read_file', { path }))),
  }
}
