/** Which projects and tasks the arguments of a call are about, by the names arguments have everywhere. Reads rows, decides nothing. */
import { ApprovalId, ChangeId, HostRequestId, PlanId, QuestionId, RestoreId, RunId, TaskId, type ProjectId } from '#core'
import {
  approvalById,
  changeById,
  checkpointByNumber,
  hostRequestById,
  planById,
  projectByName,
  questionById,
  restoreById,
  runById,
  taskById,
  taskByNumber,
  type Sql,
} from '#db'
import { z } from 'zod'

export type Concern = { readonly projects: ReadonlySet<ProjectId>; readonly tasks: ReadonlySet<TaskId> }
type Subject = { readonly projectId?: ProjectId; readonly taskId?: TaskId } | undefined

const ofTask = (row: { taskId: TaskId | null } | undefined): Subject =>
  row === undefined || row.taskId === null ? undefined : { taskId: row.taskId }
const read =
  <S extends z.ZodType>(schema: S, find: (sql: Sql, value: z.output<S>) => Promise<Subject>) =>
  async (sql: Sql, value: unknown): Promise<Subject> => {
    const parsed = schema.safeParse(value)
    return parsed.success ? find(sql, parsed.data) : undefined
  }
const Numbered = z.preprocess(
  (value) => (typeof value === 'string' ? value.trim().replace(/^[a-zA-Z](?=\d)/u, '') : value),
  z.coerce.number().int().positive().max(2_147_483_647),
)

const SUBJECTS: Readonly<Record<string, (sql: Sql, value: unknown) => Promise<Subject>>> = {
  task: read(Numbered, async (sql, number) => byTask(await taskByNumber(sql, number))),
  task_id: read(TaskId, async (sql, id) => byTask(await taskById(sql, id))),
  project: read(z.string(), async (sql, name) => byProject(await projectByName(sql, name))),
  approval: read(ApprovalId, async (sql, id) => ofTask(await approvalById(sql, id))),
  request: read(HostRequestId, async (sql, id) => ofTask(await hostRequestById(sql, id))),
  question: read(QuestionId, async (sql, id) => ofTask(await questionById(sql, id))),
  plan: read(PlanId, async (sql, id) => ofTask(await planById(sql, id))),
  session: read(RunId, async (sql, id) => ofTask(await runById(sql, id))),
  change: read(ChangeId, async (sql, id) => ofTask(await changeById(sql, id))),
  restore: read(RestoreId, async (sql, id) => inProject(await restoreById(sql, id))),
  checkpoint: read(Numbered, async (sql, number) => inProject(await checkpointByNumber(sql, number))),
  from: read(Numbered, async (sql, number) => inProject(await checkpointByNumber(sql, number))),
  to: read(Numbered, async (sql, number) => inProject(await checkpointByNumber(sql, number))),
}

function byTask(row: { id: TaskId; projectId: ProjectId } | undefined): Subject {
  return row === undefined ? undefined : { taskId: row.id, projectId: row.projectId }
}
function byProject(row: { id: ProjectId } | undefined): Subject {
  return row === undefined ? undefined : { projectId: row.id }
}
function inProject(row: { projectId: ProjectId | null } | undefined): Subject {
  return row === undefined || row.projectId === null ? undefined : { projectId: row.projectId }
}

const Bag = z.record(z.string(), z.unknown())

/** Everything the arguments name, those of a list `also` too. What does not exist concerns nothing: the capability says so. */
export async function concernOf(sql: Sql, input: Readonly<Record<string, unknown>>): Promise<Concern> {
  const bags = [input, ...z.array(Bag).catch([]).parse(input['also'])]
  const projects = new Set<ProjectId>()
  const tasks = new Set<TaskId>()
  for (const bag of bags)
    for (const [name, find] of Object.entries(SUBJECTS)) {
      if (!Object.hasOwn(bag, name)) continue
      const subject = await find(sql, bag[name])
      if (subject?.taskId !== undefined) tasks.add(subject.taskId)
      const projectId = subject?.projectId ?? (subject?.taskId === undefined ? undefined : (await taskById(sql, subject.taskId))?.projectId)
      if (projectId !== undefined) projects.add(projectId)
    }
  return { projects, tasks }
}
