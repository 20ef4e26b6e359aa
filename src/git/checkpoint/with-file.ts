/** One path of one tree put into another, in the object store. No working tree of anybody's is touched. */
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ObjectName } from '#core'
import { fields, toBytes } from '../bytes.ts'
import { objectName, own, ownIn } from '../command.ts'
import type { Context } from '../command.ts'
import { placesOf } from '../places.ts'
import type { Repository } from '../port.ts'
import { withIndex } from '../private-index.ts'
import { isReserved } from '../reserved-name.ts'
import { keepObject } from '../keep-object.ts'

/** See `Checkpoints.withFile`. */
export async function withFile(
  context: Context,
  repository: Repository,
  onto: ObjectName,
  from: ObjectName,
  path: string,
): Promise<ObjectName | undefined> {
  const places = placesOf(context.home, repository.projectId)
  if (isReserved(path)) return undefined
  const wanted = fields((await own(context, places.store, ['ls-tree', '-r', '-z', '--full-tree', from, '--', path])).raw).filter(
    (line) => line !== '',
  )
  if (wanted.length === 0) return undefined
  const empty = await mkdtemp(join(places.scratch, 'empty-'))
  try {
    return await withIndex(places, undefined, async (index) => {
      const at = { gitDir: places.store, workTree: empty, index }
      await ownIn(context, at, ['read-tree', onto])
      const there = fields((await ownIn(context, at, ['ls-files', '-z', '--', path])).raw).filter((name) => name !== '')
      const none = '0'.repeat(onto.length)
      const lines = [...there.map((name) => `0 ${none}\t${name}\0`), ...wanted.map((line) => `${line.replace(/^(\d+) \w+ /, '$1 ')}\0`)]
      await ownIn(context, at, ['update-index', '-z', '--index-info'], { stdin: toBytes(lines.join('')) })
      const tree = objectName(await ownIn(context, at, ['write-tree']))
      await keepObject(context, places, 'trees', tree)
      return tree
    })
  } finally {
    await rm(empty, { recursive: true, force: true })
  }
}
