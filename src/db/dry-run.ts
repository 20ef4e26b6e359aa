/** What is written about dry runs beside their task rows: beginning with another task's transcript, and handing their own over. */
import { SETTLED, TaskId } from '#core'
import { z } from 'zod'
import type { Sql, Tx } from './port.ts'
import { Step } from './run.ts'

const Id = z.object({ id: TaskId })

/** Dry runs of a task that are not over (index task_parent). */
export async function liveDryRuns(sql: Sql, parentId: TaskId): Promise<TaskId[]> {
  const rows = await sql.rows(Id, `select id from task where parent_id = $1::uuid and dry and not (state = any($2::text[])) order by number`, [
    parentId,
    SETTLED,
  ])
  return rows.map((row) => row.id)
}

/** The dry run has become the task it tried out. */
export function endDryness(tx: Tx, id: TaskId): Promise<number> {
  return tx.run(`update task set dry = false where id = $1::uuid and dry`, [id])
}

/** Gives a dry run what its task has done so far: its messages, and the outcome of every finished call. Their runs stay the task's own. */
export async function copyPast(tx: Tx, from: TaskId, to: TaskId): Promise<void> {
  await tx.run(
    `insert into message (task_id, run_id, seq, role, content, made_under, told)
     select $2::uuid, run_id, seq, role, content, made_under, told from message where task_id = $1::uuid order by seq`,
    [from, to],
  )
  await tx.run(
    `insert into step (task_id, run_id, call_id, tool, input, guard, state, output, pictures, started_at, ended_at)
     select $2::uuid, run_id, call_id, tool, input, guard, state, output, pictures, started_at, ended_at from step where task_id = $1::uuid and state <> 'started' order by id`,
    [from, to],
  )
}

/**
 * Hands what a dry run has done itself over to its task, behind what they share. Answers undefined, and writes nothing, when the task's
 * transcript is no longer the one the dry run began with.
 */
export async function adoptPast(tx: Tx, dry: TaskId, task: TaskId): Promise<number | undefined> {
  const lengths = await tx.row(
    z.object({ shared: z.number(), theirs: z.number() }),
    `select (select count(*) from message m join run on run.id = m.run_id where m.task_id = $1::uuid and run.task_id <> $1::uuid)::integer as shared,
       (select count(*) from message where task_id = $2::uuid)::integer as theirs`,
    [dry, task],
  )
  if (lengths === undefined || lengths.shared !== lengths.theirs) return undefined
  await tx.run(
    `insert into step (task_id, run_id, call_id, tool, input, guard, state, output, pictures, started_at, ended_at)
     select $2::uuid, s.run_id, s.call_id, s.tool, s.input, s.guard, s.state, s.output, s.pictures, s.started_at, s.ended_at
     from step s join run on run.id = s.run_id and run.task_id = $1::uuid where s.task_id = $1::uuid order by s.id
     on conflict (task_id, call_id) do update set state = excluded.state, output = excluded.output, pictures = excluded.pictures, ended_at = excluded.ended_at`,
    [dry, task],
  )
  return tx.run(
    `insert into message (task_id, run_id, seq, role, content, made_under, told)
     select $2::uuid, run_id, seq, role, content, made_under, told from message where task_id = $1::uuid and seq >= $3::integer order by seq`,
    [dry, task, lengths.shared],
  )
}

const OwnStep = Step.pick({ callId: true, tool: true, state: true, output: true }).extend({ command: z.string().nullable() })
export type OwnStep = z.infer<typeof OwnStep>

/** The commands of a dry run itself, oldest first: what ran, and what was withheld. */
export function commandsOfDryRun(sql: Sql, dry: TaskId): Promise<OwnStep[]> {
  return sql.rows(
    OwnStep,
    `select s.call_id as "callId", s.tool, s.state, s.output, s.input ->> 'command' as command
     from step s join run on run.id = s.run_id and run.task_id = $1::uuid where s.task_id = $1::uuid and s.tool = 'run_command' order by s.id`,
    [dry],
  )
}
