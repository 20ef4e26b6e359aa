/** Programs that people have walk the whole road: the official clients of both generations, over HTTP and over `lugh mcp`. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { addProject } from '../support/desk.ts'
import { calls, runs, says, writes } from '../support/plays.ts'
import { connect, doorOf, freePort, GENERATIONS, WAYS, type Program } from '../support/programs.ts'
import { fileAt, makeRepository } from '../support/repositories.ts'
import { describeBothStores, withSystem } from '../support/system.ts'
import type { Script } from '#simulator'

const Waited = z.looseObject({
  done: z.boolean(),
  state: z.string(),
  waits_for: z.array(
    z.looseObject({ kind: z.string(), id: z.string().optional(), digest: z.string().nullable().optional(), answer_with: z.array(z.string()) }),
  ),
})
const Diff = z.looseObject({ change: z.string(), digest: z.string(), patch: z.string() })

const COMMAND = 'node -e "console.log(1)"'

/** Writes a file and has something run that is asked about. */
const script: Script = {
  name: 'a file and a command',
  match: ({ wish }) => wish.startsWith('Write '),
  turns: ({ wish, calls: done }) => {
    if (done.length > 1) return says('Written.')
    return done.length === 0 ? calls(writes(`${wish.slice(6)}.txt`, `${wish}\n`)) : calls(runs(COMMAND))
  },
}

/** Waits until the task rests. */
async function rested(program: Program, task: unknown, more: object = {}): Promise<z.infer<typeof Waited>> {
  for (;;) {
    const waited = Waited.parse((await program.call('wait_for_task', { task, timeout_seconds: 20, ...more })).output)
    if (waited.done) return waited
  }
}

describeBothStores('programs of others', (store) => {
  test('list tools, spawn, wait, decide, read the diff and merge', async () => {
    const port = await freePort()
    await withSystem({ store, scripts: [script], env: { PORT: String(port) } }, async (system) => {
      const you = system.person()
      const names = GENERATIONS.flatMap((generation) => WAYS.map((way) => ({ generation, way, name: `${generation}-${way}` })))
      for (const { name } of names) await addProject(you, makeRepository(join(system.at.root, name)))
      const door = await doorOf(system, port, 'read', 'request', 'approve-own')
      const asked: string[] = []
      await Promise.all(
        names.map(async ({ generation, way, name: project }) => {
          // Half of them are asked by a form of their own, the others decide by the tool.
          const forms = (generation === 'v1') === (way === 'http')
          const program = await connect(generation, way, door, forms ? (message) => (asked.push(message), 'allow') : undefined)
          expect(await program.tools()).toEqual(expect.arrayContaining(['spawn_agent', 'wait_for_task', 'get_diff', 'review', 'decide_approval']))
          const { task } = (await program.call('lugh/spawn_agent', { project, wish: `Write ${project}` })).output
          if (!forms) {
            const {
              waits_for: [wait],
            } = await rested(program, task)
            expect(wait).toMatchObject({ kind: 'approval', answer_with: ['decide_approval'] })
            expect((await program.call('decide_approval', { approval: wait?.id, digest: wait?.digest, decision: 'allow' })).said).not.toContain(
              'conflict',
            )
          }
          expect(await rested(program, task)).toMatchObject({ state: 'review', waits_for: [{ kind: 'change', answer_with: ['get_diff', 'review'] }] })
          const { change, digest, patch } = Diff.parse((await program.call('get_diff', { task })).output)
          expect(patch).toContain(`+Write ${project}`)
          expect((await program.call('review', { change, digest, decision: 'merge' })).output).toMatchObject({ outcome: 'merging' })
          expect(await rested(program, task)).toMatchObject({ state: 'merged', waits_for: [] })
          expect(fileAt(join(system.at.root, project), 'main', `${project}.txt`)).toBe(`Write ${project}\n`)
          await program.close()
        }),
      )
      expect(asked).toEqual([expect.stringContaining('console.log(1)'), expect.stringContaining('console.log(1)')])
      await system.tidy()
    })
  })
})
