/** What a finished task was told, did and was allowed can be had again, step by step, from rows and objects, when everything that may go has gone. */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { call, startModelServer } from '#simulator'
import { expect, it } from 'vitest'
import { ObjectName } from '#core'
import { eventsOutsideTasks, liveWorktree, taskById, transcript } from '#db'
import { Message } from '#engines'
import { z } from 'zod'
import { calls, play, runs, says, writes } from '../../../test/support/plays.ts'
import { openReviewRoom } from '../../../test/support/review-room.ts'
import { describeEachStore } from '../../../test/support/stores.ts'
import { openScene } from '../../git/testing/scene.ts'
import { cleanUpProject } from '../checkpoints/clean-up.ts'
import { explainTask } from '../explain-task.ts'
import { repositoryOf } from '../machinery.ts'
import { prefixDigest } from '../transcript/prefix.ts'

const PATCH = '*** Begin Patch\n*** Add File: c.txt\n+c\n*** Delete File: made.txt\n*** End Patch\n'
const TURNS = [
  calls(writes('a.txt', 'one\n'), writes('sub/b.txt', 'b\n')),
  calls(call('read_file', { path: 'a.txt' }), call('edit_file', { path: 'a.txt', edits: [{ old_text: 'one', new_text: 'two' }] })),
  calls(runs('printf made > made.txt; rm -r sub; chmod +x a.txt')),
  calls(call('apply_patch', { patch: PATCH })),
  says('Done.'),
]
/** The files after each step that can change some. */
const LEFT: readonly Record<string, string>[] = [
  { 'a.txt': 'one\n', 'old.txt': 'old\n' },
  { 'a.txt': 'one\n', 'old.txt': 'old\n', 'sub/b.txt': 'b\n' },
  { 'a.txt': 'two\n', 'old.txt': 'old\n', 'sub/b.txt': 'b\n' },
  { 'a.txt': 'two\n', 'old.txt': 'old\n', 'made.txt': 'made' },
  { 'a.txt': 'two\n', 'old.txt': 'old\n', 'c.txt': 'c\n' },
]
const EDITS = ['write_file', 'edit_file', 'apply_patch']

const Row = z.object({ tool: z.string(), input: z.unknown(), state: z.string(), tree: z.string().nullable() })

function filesIn(folder: string): Record<string, string> {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(
    found
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted()
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]),
  )
}

describeEachStore('each step of a finished task', (open) => {
  it('has its files, its prompt and who allowed it, after checkpoints went and the store was packed', { timeout: 120_000 }, async () => {
    await using scene = await openScene({ 'old.txt': 'old\n' })
    const server = await startModelServer({ script: play('', ...TURNS) })
    const scratch = mkdtempSync(join(tmpdir(), 'lugh-again-'))
    try {
      const db = await open()
      const { room, m, walk, allShown, card, open: change } = await openReviewRoom(db, scene, server.url)
      await db.run(`delete from message`)
      await db.run(`update task set state = 'running', mode = 'auto'`)
      expect(await walk()).toMatchObject({ state: 'review' })
      await allShown()
      await (await card(await change())).press('✅ Merge')
      expect(await walk()).toMatchObject({ state: 'merged' })
      const worktree = await liveWorktree(db, room.taskId)
      if (worktree !== undefined) await scene.git.removeWorktree(scene.repository, { path: worktree.path, branch: 'lugh/t1' })
      await db.run(`update worktree set state = 'gone'`)
      await db.run(`update checkpoint set created_at = now() - interval '2 years'`)
      await room.checkpoint('the newest stays')
      await cleanUpProject(m, room.project, 0)

      const task = (await taskById(db, room.taskId)) ?? gone()
      const steps = await db.rows(Row, `select tool, input, state, tree from step where task_id = $1::uuid order by id`, [room.taskId])
      const folder = join(scratch, 'files')
      const lay = async (tree: string): Promise<void> => {
        rmSync(folder, { recursive: true, force: true })
        mkdirSync(folder)
        await scene.git.materialise(repositoryOf(room.project), ObjectName.parse(tree), folder)
      }
      await lay(await scene.git.treeOf(repositoryOf(room.project), ObjectName.parse(task.baseCommit)))
      const nothing = {
        signal: new AbortController().signal,
        onOutput: () => undefined,
        runCommand: gone,
        background: { start: gone, look: gone, stop: gone },
      }
      const left = []
      for (const { tool, input, tree } of steps) {
        if (tree !== null) await lay(tree)
        else if (EDITS.includes(tool)) expect(await m.tools.run(tool, input, { worktree: folder, ...nothing })).toMatchObject({ isError: false })
        if (tree !== null || EDITS.includes(tool)) left.push(filesIn(folder))
      }
      expect(left).toEqual(LEFT)

      const asked = server.requests.map(({ request }) => request)
      const briefs = (await eventsOutsideTasks(db, room.project.id, 100)).flatMap(({ kind, data }) =>
        kind === 'brief.written' ? [Brief.parse(data)] : [],
      )
      expect(briefs).toHaveLength(1)
      const rows = await transcript(db, room.taskId)
      const answers = rows.filter(({ madeUnder }) => madeUnder !== null)
      expect(answers).toHaveLength(TURNS.length)
      for (const { seq, madeUnder } of answers) {
        const prefix = briefs.find((one) => prefixDigest(one, undefined) === madeUnder) ?? gone()
        const said = rows.filter((row) => row.seq < seq).map((row) => Message.parse(row))
        await m.engines.get('anthropic')?.turn({ ...prefix, transcript: said, model: 'scripted', signal: nothing.signal, brief: false })
      }
      expect(server.requests.slice(TURNS.length).map(({ request }) => request)).toEqual(asked)

      const links = (await explainTask(db, task, 100)).filter(({ link }) => link === 'step')
      expect(links.map(({ what, allowed }) => [what, allowed])).toEqual(
        steps.map(({ tool }) => [
          expect.any(String),
          tool === 'run_command' ? 'the mode auto: it stays in the sandbox' : 'the worktree: it stays inside, and the review is its gate',
        ]),
      )
    } finally {
      await server.close()
      rmSync(scratch, { recursive: true, force: true })
    }
  })
})

const Tool = z.object({ name: z.string(), description: z.string(), input: z.record(z.string(), z.unknown()) })
const Brief = z
  .object({ system: z.string(), tools: z.array(z.string()) })
  .transform(({ system, tools }) => ({ system, tools: tools.map((tool) => Tool.parse(JSON.parse(tool))) }))

function gone(): never {
  throw new Error('it is gone')
}
