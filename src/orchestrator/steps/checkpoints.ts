/** The worker's share of checkpoints: makes what was asked for, and one a night of every project that was worked on. */
import { checkpointsToMake, listProjects, projectsWorkedOn } from '#db'
import { wantCheckpoint } from '../checkpoints/ask-checkpoint.ts'
import { cleanUpDaily } from '../checkpoints/clean-up.ts'
import { makeCheckpoint } from '../checkpoints/make-checkpoint.ts'
import type { Machinery } from '../machinery.ts'

/** Most machines and people are quiet then. A machine that was off makes up for it later in the day. */
const NIGHT_HOUR = 3
/** A project with a younger checkpoint than this needs none for the night. */
const NIGHT_HOURS = 20

/** Makes every checkpoint that was asked for. One that a step makes for itself may be made here too: both get the same. What fails says so in its row. */
export async function makeCheckpoints(m: Machinery): Promise<void> {
  for (const row of await checkpointsToMake(m.db, m.facts.home)) await makeCheckpoint(m, row.id).catch(() => undefined) // the row and the log say why
}

/** Lets go what has had its time, of the projects whose git lies here. */
export async function tidyCheckpoints(m: Machinery): Promise<void> {
  const projects = await listProjects(m.db)
  await cleanUpDaily(
    m,
    projects.filter(({ home, state }) => home === m.facts.home && state === 'ready'),
  )
}

/** Asks for the night's checkpoint of each project that was worked on since its last one. */
export async function wantNightly(m: Machinery): Promise<void> {
  const now = m.clock.now()
  if (now.getHours() < NIGHT_HOUR) return
  const day = now.toISOString().slice(0, 10)
  for (const project of await projectsWorkedOn(m.db, m.facts.home, NIGHT_HOURS))
    await m.db.tx((tx) => wantCheckpoint(tx, m.ids, { project, kind: 'nightly', key: `nightly:${day}:${project.id}` }))
}
