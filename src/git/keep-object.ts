/** References of the store that keep its objects. Names objects only; never moves what another reference points at. */
import { randomBytes } from 'node:crypto'
import { mkdir, rename, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ObjectName } from '#core'
import { own } from './command.ts'
import type { Context } from './command.ts'
import type { Places } from './places.ts'

/** Keeps an object of the store reachable, so that no tidying ever takes it. */
export async function keepObject(context: Context, places: Places, kind: 'trees' | 'commits', name: ObjectName): Promise<void> {
  const ref = `refs/lugh/${kind}/${name}`
  await own(context, places.store, ['update-ref', ref, name])
  await freshen(places, ref, name)
}

/** git leaves a reference alone that is right already; its age is what says that somebody needs it again. */
async function freshen(places: Places, ref: string, name: ObjectName): Promise<void> {
  const path = join(places.store, ref)
  const now = new Date()
  try {
    await utimes(path, now, now)
  } catch {
    // It was packed: a file by itself wins over that, and is young.
    const aside = join(places.scratch, `ref-${randomBytes(6).toString('hex')}`)
    await writeFile(aside, `${name}\n`)
    await mkdir(dirname(path), { recursive: true })
    await rename(aside, path)
  }
}
