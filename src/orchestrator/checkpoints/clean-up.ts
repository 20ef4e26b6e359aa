/** Lets checkpoints go that have had their time, and frees what nothing names any more. What is removed first loses its row's word, then its objects. */
import { errorText } from '#core'
import {
  checkpointsInStore,
  checkpointsWanted,
  projectById,
  readSetting,
  treesInUse,
  wholeCheckpoints,
  writeSetting,
  type Project,
  type Sql,
} from '#db'
import type { Collected } from '#git'
import { z } from 'zod'
import { repositoryOf } from '../machinery.ts'
import { DEFAULT_KEEPING, KEEPING_SETTING, Keeping, goingNow, type Going } from './keeping.ts'
import { OFFER_HOURS, letGo } from './let-go.ts'
import type { Keeper } from './make-checkpoint.ts'

/** A snapshot is named by its row within seconds; an hour is for a machine under great load. */
const YOUNG_MS = 3_600_000
/** Once a day is enough: what a day makes is some hundred small objects. */
const EVERY_MS = 86_400_000

/** How long things are kept here: what a person has set, else what is usual. */
export async function keepingNow(sql: Sql): Promise<Keeping> {
  return Keeping.safeParse(await readSetting(sql, KEEPING_SETTING)).data ?? DEFAULT_KEEPING
}

/** Which checkpoints of a project would go now. One that a way back is using, or that an open card offers, stays. */
export async function wouldGo(sql: Sql, project: Pick<Project, 'id'>, now: Date): Promise<Going[]> {
  const busy = await checkpointsWanted(sql, project.id, OFFER_HOURS)
  const all = await wholeCheckpoints(sql, project.id)
  return goingNow(all, await keepingNow(sql), now).filter(({ checkpoint }) => !busy.has(checkpoint.id))
}

export type Cleaned = { readonly removed: readonly number[] } & Collected

/** Lets go what has had its time, and frees it. `youngMs`: for tests, which do not wait a day. */
export async function cleanUpProject(m: Keeper, project: Project, youngMs = YOUNG_MS): Promise<Cleaned> {
  const removed: number[] = []
  for (const { checkpoint, why } of await wouldGo(m.db, project, m.clock.now()))
    if (await m.db.tx((tx) => letGo(tx, checkpoint, why))) removed.push(checkpoint.number)
  const collected = await m.git.checkpoints.collect(repositoryOf(project), {
    checkpoints: await checkpointsInStore(m.db, project.id),
    ...(await treesInUse(m.db, project.id, (await keepingNow(m.db)).stepHours)),
    youngMs,
  })
  return { removed, ...collected }
}

/** Projects that a person wants cleaned up now. */
export const CLEAN_NOW_SETTING = 'checkpoint.clean-now'

export async function cleanNow(sql: Sql): Promise<string[]> {
  return z.array(z.string()).safeParse(await readSetting(sql, CLEAN_NOW_SETTING)).data ?? []
}

const Times = z.record(z.string(), z.number())
const TIMES_SETTING = 'checkpoint.collected'

/** Cleans up every project of this home that was not within a day, or is to be now. A failure is logged, and tried again the next day. */
export async function cleanUpDaily(m: Keeper, projects: readonly Pick<Project, 'id'>[]): Promise<void> {
  const times = Times.safeParse(await readSetting(m.db, TIMES_SETTING)).data ?? {}
  const wanted = await cleanNow(m.db)
  if (wanted.length > 0) await writeSetting(m.db, CLEAN_NOW_SETTING, [])
  const now = m.clock.now().getTime()
  for (const { id } of projects.filter((project) => wanted.includes(project.id) || now - (times[project.id] ?? 0) > EVERY_MS)) {
    const project = await projectById(m.db, id)
    if (project?.state !== 'ready') continue
    await cleanUpProject(m, project).then(
      ({ removed, bytesBefore, bytesAfter }) => m.log.info({ project: id, removed: removed.length, bytesBefore, bytesAfter }, 'checkpoints.cleaned'),
      (error: unknown) => m.log.warn({ project: id, error: errorText(error) }, 'checkpoints.clean-failed'),
    )
    await writeSetting(m.db, TIMES_SETTING, { ...Times.safeParse(await readSetting(m.db, TIMES_SETTING)).data, [id]: now })
  }
}
