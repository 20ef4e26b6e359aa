/** Makes Lugh's own copies of a repository that a person named, and says how it went. */
import { crashPoint, errorText, sayError } from '#core'
import { appendEvent, conversationById, enqueueText, finishAdding, setConversationProject, type Project, type Tx } from '#db'
import { repositoryOf, type Machinery } from '../machinery.ts'

/** Ends with the project `ready` or `failed`; a failure says why in one sentence. */
export async function addProject(m: Machinery, project: Project): Promise<void> {
  try {
    crashPoint('project.before-act')
    const { defaultBranch } = await m.git.addRepository(repositoryOf(project))
    crashPoint('project.between-acts')
    await m.git.fetch(repositoryOf(project), project.targetBranch ?? defaultBranch)
    crashPoint('project.after-act')
    await m.db.tx((tx) => finish(tx, project, { state: 'ready', failure: null, targetBranch: defaultBranch }))
  } catch (error) {
    m.log.warn({ project: project.name, error: errorText(error) }, 'project.failed')
    const say = sayError(error)
    await m.db.tx((tx) => finish(tx, project, { state: 'failed', failure: say, targetBranch: null }))
  }
}

async function finish(
  tx: Tx,
  project: Project,
  end: { state: 'ready' | 'failed'; failure: string | null; targetBranch: string | null },
): Promise<void> {
  const done = await finishAdding(tx, { id: project.id, fence: project.fence, ...end })
  if (done === undefined) return
  if (end.failure === null) await appendEvent(tx, { projectId: project.id, kind: 'project.added', data: { name: project.name } })
  else await appendEvent(tx, { projectId: project.id, kind: 'project.failed', data: { name: project.name, reason: end.failure } })
  const place = project.conversationId === null ? undefined : await conversationById(tx, project.conversationId)
  if (place === undefined) return
  if (end.state === 'ready') await setConversationProject(tx, place.id, project.id)
  await enqueueText(tx, {
    botId: place.botId,
    chatId: place.chatId,
    threadId: place.threadId,
    key: `project:${project.id}:${end.state}`,
    text:
      end.failure === null
        ? `✅ ${project.name} is ready, on branch ${done.targetBranch ?? 'main'}. What shall be done? Just write it.`
        : `❌ ${project.name} was not added. ${end.failure}`,
    loud: true,
    class: end.failure === null ? 'done' : 'failed',
  })
}
