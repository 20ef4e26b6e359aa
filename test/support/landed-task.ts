/** Another task of a room's project, whose change has landed, with the checkpoint that is made before a merge. */
import { TaskId, randomIds } from '#core'
import { nextTaskNumber } from '#db'
import { wantCheckpoint } from '../../src/orchestrator/checkpoints/ask-checkpoint.ts'
import { makeCheckpoint } from '../../src/orchestrator/checkpoints/make-checkpoint.ts'
import type { Room } from './checkpoint-room.ts'

/** Makes its rows as a merge leaves them; git is not asked. */
export async function landTask({ m, project }: Room, title: string): Promise<void> {
  const [task, change, landing] = [TaskId.parse(randomIds.uuid()), randomIds.uuid(), randomIds.uuid()]
  const number = await m.db.tx((tx) => nextTaskNumber(tx))
  const asked = { project, kind: 'merge', key: `landing:${landing}`, name: `before merge of T${number}` } as const
  await makeCheckpoint(m, (await m.db.tx((tx) => wantCheckpoint(tx, randomIds, asked))).id)
  await m.db.tx(async (tx) => {
    await tx.run(
      `insert into task (id, number, project_id, title, wish, state, branch) values ($1::uuid, $2::integer, $3::uuid, $4::text, $4::text, 'merged', 'lugh/t' || $2)`,
      [task, number, project.id, title],
    )
    await tx.run(
      `insert into change (id, task_id, number, state, target_ref, base_commit, base_tree, tree, landing_plan, digest, files, insertions, deletions, diff_bytes, hidden_characters, summary)
       values ($1::uuid, $2::uuid, 1, 'landed', 'main', $3::text, $3::text, $3::text, '{}', 'd', '[]', 0, 0, 0, 0, 's')`,
      [change, task, '0'.repeat(40)],
    )
    await tx.run(
      `insert into landing (id, task_id, change_id, kind, state, ref, how, door, ended_at)
       values ($1::uuid, $2::uuid, $3::uuid, 'merge', 'landed', 'refs/heads/main', 'ref', 'cli', now())`,
      [landing, task, change],
    )
  })
}
