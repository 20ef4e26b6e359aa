/** The sample project: a small real repository in LUGH_HOME that the starter buttons work on. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ProjectId, type Ids } from '#core'
import { insertProject, listProjects, readSetting, writeSetting, type Db, type Tx } from '#db'
import { createSampleRepository } from '#git'
import type { Sandbox } from '#sandbox'
import { z } from 'zod'

/** Makes repository and project once per home; a sample that somebody removed stays removed. */
export async function ensureSample(db: Db, sandbox: Sandbox, home: { path: string; id: string }, ids: Ids): Promise<void> {
  const key = `sample:${home.id}`
  const location = join(home.path, 'sample')
  if (!existsSync(join(location, '.git'))) await createSampleRepository(sandbox, location)
  if (z.boolean().safeParse(await readSetting(db, key)).success) return
  await db.tx(async (tx) => {
    await insertProject(tx, {
      id: ProjectId.parse(ids.uuid()),
      home: home.id,
      name: await nameFor(tx),
      kind: 'path',
      location,
      sample: true,
      conversationId: null,
    })
    await writeSetting(tx, key, true)
  })
}

/** `sample`; where homes share a database, the later ones get a number. */
async function nameFor(tx: Tx): Promise<string> {
  const taken = new Set((await listProjects(tx)).map((project) => project.name))
  for (let n = 1; ; n += 1) {
    const name = n === 1 ? 'sample' : `sample-${n}`
    if (!taken.has(name)) return name
  }
}
