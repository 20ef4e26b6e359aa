import { expect, it } from 'vitest'
import { commitAll, openScene } from './testing/scene.ts'

it('names files and what they define, those worked on last first, and nothing once the commit is known', async () => {
  await using scene = await openScene({
    'src/old-thing.js': 'export const oldThing = 1\nfunction helper() {}\n  const inner = 2\n',
    'lib/brigid.py': 'class Brigid:\n    def method(self): pass\ndef run_all(): pass\n',
    'src/CartTotal.test.ts': 'interface CartTotal {}\n',
    'bin.dat': Buffer.from([0, 1, 2]),
  })
  commitAll(scene.theirs, 'second', { 'src/newest.ts': 'export async function settleNow() {}\n', 'src/old-thing.js': null })
  await scene.git.addRepository(scene.repository)
  await scene.git.fetch(scene.repository, 'main')
  const named = await scene.git.names(scene.repository, 'main')
  expect(named?.files.slice(0, 1)).toEqual(['newest'])
  expect(named?.files.toSorted()).toEqual(['CartTotal', 'bin', 'brigid', 'newest'])
  expect(named?.symbols.toSorted()).toEqual(['Brigid', 'CartTotal', 'run_all', 'settleNow'])
  expect(await scene.git.names(scene.repository, 'main', named?.commit)).toEqual({ commit: named?.commit, files: [], symbols: [] })
  expect(await scene.git.names(scene.repository, 'no-such-branch')).toBeUndefined()
})

it('a repository without a file names nothing', async () => {
  await using scene = await openScene({})
  await scene.git.addRepository(scene.repository)
  expect(await scene.git.names(scene.repository, 'main')).toBeUndefined()
})
