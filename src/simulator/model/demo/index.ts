/** The script of the demo: starter wishes on the sample project, any other wish honestly, and what people say afterwards. */
import type { Script } from '../script.ts'
import { factsOf, type Facts } from './facts.ts'
import { playJob, type Job } from './flow.ts'
import { followUp } from './follow-up.ts'
import { describePictures, isLooking } from './looking.ts'
import { isPlanning, playPlanning } from './planning.ts'
import { starterJobs } from './starter-jobs.ts'
import { freeWish } from './wishes.ts'

/** Milliseconds before each answer of the demo: slow enough to be watched, quick enough for a first minute. */
export const DEMO_PACE_MS = [300, 700] as const

/** The demo's script; it matches everything. */
export function demoScript(): Script {
  return {
    name: 'demo',
    match: () => true,
    turns: (conversation) => {
      if (isLooking(conversation)) return describePictures(conversation)
      const facts = factsOf(conversation)
      return isPlanning(facts) ? playPlanning(jobFor(facts), facts) : playJob(jobFor(facts), facts)
    },
  }
}

function jobFor(facts: Facts): Job {
  if (facts.conversation.rounds.length > 1) return followUp
  const job = starterJobs.find(({ match }) => match.test(facts.now.request))
  // Before the files are listed every job begins alike, by listing them.
  return job !== undefined && (facts.files === undefined || job.fits(facts)) ? job : freeWish
}
