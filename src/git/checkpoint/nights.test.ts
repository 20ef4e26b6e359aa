/** A month of checkpoints takes hardly more than git itself would for the same history. */
import { execFileSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { chance } from '../../../test/support/chance.ts'
import type { Collecting } from '../port.ts'
import { openScene, person, write, type Files } from '../testing/scene.ts'

const LONG = process.env['LUGH_TEST_LONG'] === '1'
const NIGHTS = LONG ? 30 : 3
const A_DAY = LONG ? 20 : 6
const FILES = LONG ? 5000 : 300
const MAX_RATIO = 1.5

function bytesIn(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}

function source(n: number, salt = ''): string {
  return Array.from({ length: 30 }, (_, line) => `export const value_${n}_${line} = ${n * line}${line % 10 === 3 ? salt : ''}\n`).join('')
}

test('the store of a month is under 1.5 times what git gc of the same history needs', { timeout: LONG ? 7_200_000 : 120_000 }, async () => {
  const files: Files = Object.fromEntries(Array.from({ length: FILES }, (_, n) => [`src/${n % 100}/file-${n}.ts`, source(n)]))
  await using scene = await openScene(files)
  const { git, repository, places } = scene
  await git.addRepository(repository)
  const base = await git.fetch(repository, 'main')
  const path = scene.worktree('t1')
  await git.createWorktree(repository, { path, branch: 'lugh/t1', base })
  // The same states as commits, by a person who commits each time.
  const plain = join(scene.root, 'plain')
  execFileSync('git', ['clone', '-q', '--no-hardlinks', scene.theirs, plain])
  const dice = chance(20_261_121)
  const kept = new Set<string>()
  let lines = ''
  for (let night = 0; night < NIGHTS; night++) {
    for (let n = 0; n < A_DAY; n++) {
      const changed = Object.fromEntries(
        Array.from({ length: 10 }, () => dice.between(0, FILES)).map((file) => [
          `src/${file % 100}/file-${file}.ts`,
          source(file, ` // ${night}-${n}`),
        ]),
      )
      for (const folder of [path, plain]) write(folder, changed)
      lines += `message ${night} ${n} ${'what was said '.repeat(20)}${dice.next()}\n`
      const name = `c${night}-${n}`
      const saved = await git.checkpoints.saveWorktree(repository, { path, base })
      await git.checkpoints.keep(repository, {
        name,
        date: 1 + night * 86_400 + n,
        message: name,
        holds: [
          { path: 'manifest.json', text: JSON.stringify({ ...saved, ignored: [], nested: [], at: name }) },
          { path: 'files', tree: saved.tree },
          { path: 'conversation/t1', text: lines },
        ],
        commits: [base],
      })
      kept.add(name)
      write(plain, { 'conversation.txt': lines })
      person(plain, ['add', '-A'])
      person(plain, ['commit', '-q', '-m', name])
    }
    const keep: Collecting = { checkpoints: kept, trees: new Set(), commits: new Set(), youngMs: 0 }
    await git.checkpoints.collect(repository, keep)
  }
  person(plain, ['gc', '--quiet', '--prune=now'])
  const own = bytesIn(join(places.store, 'objects')) + bytesIn(join(places.base, 'objects'))
  const theirs = bytesIn(join(plain, '.git', 'objects'))
  console.log(`${NIGHTS} nights × ${A_DAY}, ${FILES} files: base and store ${own} bytes, git gc ${theirs}, ratio ${(own / theirs).toFixed(2)}`)
  expect(own / theirs).toBeLessThan(MAX_RATIO)
})
