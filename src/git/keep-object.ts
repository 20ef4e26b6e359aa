/** References of the store that keep its objects. Names objects only; never moves what another reference points at. */
import type { ObjectName } from '#core'
import { own } from './command.ts'
import type { Context } from './command.ts'
import type { Places } from './places.ts'

/** Keeps an object of the store reachable, so that no tidying ever takes it. */
export async function keepObject(context: Context, places: Places, kind: 'trees' | 'commits', name: ObjectName): Promise<void> {
  await own(context, places.store, ['update-ref', `refs/lugh/${kind}/${name}`, name])
}
