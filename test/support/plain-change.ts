/** A proposed change with its project and task, of which nothing is asked but that it is there. */
import { ChangeId, TaskId, randomIds } from '#core'
import type { Store } from '#db'

/** `number`: of its task; another one for each. */
export async function insertPlainChange(db: Store, number: number): Promise<ChangeId> {
  const [project, task, id] = [randomIds.uuid(), TaskId.parse(randomIds.uuid()), ChangeId.parse(randomIds.uuid())]
  const nil = '0'.repeat(40)
  await db.tx(async (tx) => {
    await tx.run(`insert into project (id, name, kind, location, state, home) values ($1::uuid, $2::text, 'path', $2::text, 'ready', 'test')`, [
      project,
      `p${number}`,
    ])
    await tx.run(
      `insert into task (id, number, project_id, title, wish, state, branch) values ($1::uuid, $2::integer, $3::uuid, 't', 'w', 'review', 'b')`,
      [task, number, project],
    )
    await tx.run(
      `insert into change (id, task_id, number, state, target_ref, base_commit, base_tree, tree, landing_plan, digest, files, insertions, deletions, diff_bytes, hidden_characters, summary)
       values ($1::uuid, $2::uuid, 1, 'proposed', 'main', $3::text, $3::text, $3::text, '{}', 'd', '[]', 0, 0, 0, 0, 's')`,
      [id, task, nil],
    )
  })
  return id
}
