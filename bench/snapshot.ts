/** A worktree of 5,000 files, 30 of them changed, as a tree of the store, beside `git add` and `git write-tree` with a private index. */
import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeFiles } from '../test/support/repositories.ts'
import { inTurn, timed, type Figure } from './support/figure.ts'
import { changedFiles, filesOf, openWorkbench } from './support/large-repository.ts'
import { plainGit } from './support/plain-git.ts'

export const figure: Figure = {
  name: 'snapshot',
  measure: async (bench) => {
    const { room, repository, bare, root, close } = await openWorkbench(bench)
    const lugh: number[] = []
    const plain: number[] = []
    try {
      const base = await room.fetch(repository, 'main')
      const path = join(root, 'lugh', 'worktrees', 't1')
      await room.createWorktree(repository, { path, branch: 'lugh/t1', base })
      await inTurn(
        bench.rounds(15, 4),
        async (round) => {
          change(path, round)
          lugh.push(await timed(() => room.snapshot(repository, path, base)))
        },
        async (round) => {
          change(bare, round)
          plain.push(await timed(() => plainSnapshot(bare, join(root, 'index'))))
        },
      )
    } finally {
      await close()
    }
    return [{ name: `snapshot, ${filesOf(bench)} files`, unit: 'ms', lugh, bare: { name: 'git add, write-tree', samples: plain } }]
  },
}

function change(path: string, round: number): void {
  const { write, drop } = changedFiles(round)
  writeFiles(path, write)
  for (const name of drop) rmSync(join(path, name), { force: true })
}

async function plainSnapshot(path: string, index: string): Promise<void> {
  copyFileSync(join(path, '.git', 'index'), index)
  const env = { GIT_INDEX_FILE: index }
  await plainGit(path, ['add', '--all'], env)
  await plainGit(path, ['write-tree'], env)
}
