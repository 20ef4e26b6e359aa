/** Nobody waits for git in a transaction, and nothing is done twice or by half because of that. */
import { ObjectName, ProjectId } from '#core'
import type { Git } from '#git'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { NO_GIT } from '../../test/support/no-git.ts'
import { describeEachStore } from '../../test/support/stores.ts'
import { txWithGit } from './git-outside.ts'

const REPOSITORY = { projectId: ProjectId.parse('00000000-0000-4000-8000-000000000001'), kind: 'path', location: '/nowhere' } as const
const TREE = ObjectName.parse('a'.repeat(40))
const write = `insert into setting (key, value) values ($1::text, '1'::jsonb)`
const Count = z.object({ n: z.number() })

describeEachStore('a transaction that needs git', (open) => {
  it('gives itself up meanwhile, so that others go on, and then writes once', { timeout: 20_000 }, async () => {
    const db = await open()
    let asked = 0
    const git: Git = {
      ...NO_GIT,
      treeOf: async () => {
        asked += 1
        // On the embedded store this would wait for ever for the transaction that waits for it.
        await db.tx((tx) => tx.run(write, ['beside']))
        return TREE
      },
    }
    const done = await txWithGit(db, git, async (tx, outside) => {
      await tx.run(write, ['mine'])
      return [await outside.treeOf(REPOSITORY, TREE), await outside.treeOf(REPOSITORY, TREE)]
    })
    expect([done, asked]).toEqual([[TREE, TREE], 1])
    expect(await db.row(Count, `select count(*)::integer as n from setting where key in ('beside', 'mine')`)).toEqual({ n: 2 })
  })

  it('keeps nothing of work that went on without the answer, and meets an error of git where it asked', async () => {
    const db = await open()
    const git: Git = { ...NO_GIT, treeOf: () => Promise.reject(new Error('no such tree')) }
    const caught = await txWithGit(db, git, async (tx, outside) => {
      const said = await outside.treeOf(REPOSITORY, TREE).catch((error: unknown) => (error instanceof Error ? error.message : ''))
      await tx.run(write, [said])
      return said
    })
    expect(caught).toBe('no such tree')
    expect(await db.row(Count, `select count(*)::integer as n from setting where key like '%git is asked%'`)).toEqual({ n: 0 })
    expect(await db.row(Count, `select count(*)::integer as n from setting where key = 'no such tree'`)).toEqual({ n: 1 })
  })
})
