import { expect, test } from 'vitest'
import type { ObjectName } from '#core'
import { commitAll, openScene, person, tip, treeFiles } from './testing/scene.ts'
import type { Files, Scene } from './testing/scene.ts'

/** One base and two steps from it, on branches of their own. */
async function forked(before: Files, ours: Files, theirs: Files): Promise<{ scene: Scene; base: ObjectName; us: ObjectName; them: ObjectName }> {
  const scene = await openScene(before)
  await scene.git.addRepository(scene.repository)
  const base = tip(scene.theirs, 'HEAD')
  const us = commitAll(scene.theirs, 'ours', ours)
  await scene.git.fetch(scene.repository, 'main')
  person(scene.theirs, ['checkout', '-q', '-B', 'main', base])
  const them = commitAll(scene.theirs, 'theirs', theirs)
  await scene.git.fetch(scene.repository, 'main')
  return { scene, base, us, them }
}

test('steps that do not meet merge, also as bare trees and across a rename', async () => {
  const long = Array.from({ length: 30 }, (_, i) => `${i}\n`).join('')
  const { scene, base, us, them } = await forked({ long, b: 'b\n' }, { long: null, moved: long }, { long: long.replace('15\n', 'fifteen\n') })
  await using _ = scene
  const merged = await scene.git.merge(scene.repository, base, us, them)
  expect(merged).toMatchObject({ outcome: 'clean' })
  expect(treeFiles(scene.places.store, merged.tree)).toEqual({ '100644 b': 'b', '100644 moved': long.replace('15\n', 'fifteen\n').trimEnd() })
  const trees = await Promise.all([base, us, them].map((name) => scene.git.treeOf(scene.repository, name)))
  const [one = base, two = base, three = base] = trees
  expect(await scene.git.merge(scene.repository, one, two, three)).toEqual(merged)
})

test('steps that meet are a conflict that names the files, with markers in the tree', async () => {
  const odd = 'ü "x"\n.txt'
  const { scene, base, us, them } = await forked(
    { a: 'a\n', [odd]: 'o\n', c: 'c\n' },
    { a: 'ours\n', [odd]: 'ours\n' },
    { a: 'theirs\n', [odd]: null, c: 'their c\n' },
  )
  await using _ = scene
  const merged = await scene.git.merge(scene.repository, base, us, them)
  expect(merged).toMatchObject({ outcome: 'conflict', files: ['a', odd], say: 'Both sides changed a, ü "x" .txt in the same places.' })
  const files = treeFiles(scene.places.store, merged.tree)
  expect(files['100644 a']).toMatch(/^<{7} [0-9a-f]+\nours\n={7}\ntheirs\n>{7} [0-9a-f]+$/)
  expect(files['100644 c']).toBe('their c')
})

test('an inverse step takes a change back and keeps what came after', async () => {
  const { scene, base, us } = await forked({ a: 'a\n', b: 'b\n' }, { a: 'landed\n' }, { b: 'later\n' })
  await using _ = scene
  person(scene.theirs, ['checkout', '-q', '-B', 'main', us])
  const later = commitAll(scene.theirs, 'later', { b: 'later\n' })
  await scene.git.fetch(scene.repository, 'main')
  const undone = await scene.git.merge(scene.repository, us, later, base)
  expect(treeFiles(scene.places.store, undone.tree)).toEqual({ '100644 a': 'a', '100644 b': 'later' })
})

test('the same merge makes no new objects the second time', async () => {
  const { scene, base, us, them } = await forked({ a: 'a\n' }, { b: 'b\n' }, { c: 'c\n' })
  await using _ = scene
  const count = (): string => person(scene.places.store, ['--git-dir=.', 'count-objects', '-v'])
  const first = await scene.git.merge(scene.repository, base, us, them)
  const before = count()
  expect([await scene.git.merge(scene.repository, base, us, them), count()]).toEqual([first, before])
})

test('what was snapshot, merged or committed survives a gc of the store', async () => {
  const { scene, base, us, them } = await forked({ a: 'a\n' }, { b: 'b\n' }, { c: 'c\n' })
  await using _ = scene
  const { tree } = await scene.git.merge(scene.repository, base, us, them)
  const commit = await scene.git.commit(scene.repository, { tree, parent: us, message: 'm', author: { name: 'x', email: 'x@x' }, date: 1 })
  person(scene.places.store, ['--git-dir=.', 'gc', '-q', '--prune=now'])
  expect(Object.keys(treeFiles(scene.places.store, commit))).toEqual(['100644 a', '100644 b', '100644 c'])
})
