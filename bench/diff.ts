/** The difference of two trees as a person is shown it (every object looked at, nothing hidden), beside `git diff-tree -p` of the same trees. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeFiles } from '../test/support/repositories.ts'
import { inTurn, timed, type Figure } from './support/figure.ts'
import { changedFiles, filesOf, openWorkbench } from './support/large-repository.ts'
import { plainGit } from './support/plain-git.ts'

export const figure: Figure = {
  name: 'diff',
  measure: async (bench) => {
    const { room, repository, bare, root, close } = await openWorkbench(bench)
    const lugh: number[] = []
    const plain: number[] = []
    try {
      const base = await room.fetch(repository, 'main')
      const path = join(root, 'lugh', 'worktrees', 't1')
      await room.createWorktree(repository, { path, branch: 'lugh/t1', base })
      const { write, drop } = changedFiles(1)
      for (const place of [path, bare]) {
        writeFiles(place, write)
        for (const name of drop) rmSync(join(place, name))
      }
      const trees = [await room.treeOf(repository, base), await room.snapshot(repository, path, base)] as const
      await plainGit(bare, ['add', '--all'])
      const theirs = await plainGit(bare, ['write-tree'])
      await inTurn(
        bench.rounds(40, 4),
        async () => void lugh.push(await timed(() => room.diff(repository, ...trees))),
        async () => void plain.push(await timed(() => plainGit(bare, ['diff-tree', '-r', '-M', '-p', 'HEAD^{tree}', theirs]))),
      )
    } finally {
      await close()
    }
    return [{ name: `diff, ${filesOf(bench)} files`, unit: 'ms', lugh, bare: { name: 'git diff-tree -p', samples: plain } }]
  },
}
