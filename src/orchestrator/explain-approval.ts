/** The other faces of an approval card, line by line, from rows and from the policy. The agent's words are marked as its claim. */
import { nameHidden, oneLine } from '#core'
import { latestRun, taskById, type Approval, type ApprovalFace, type Sql } from '#db'
import { judgeCommand } from './policy/judge-command.ts'
import { riskWords } from './policy/risk-class.ts'

const MAX_PIECES = 12 // a screen of a phone
const MAX_CHANGED = 200

/** The lines of a face; none for the one that asks. */
export async function explainApproval(sql: Sql, approval: Approval, face: ApprovalFace): Promise<readonly string[]> {
  if (face === 'details') return details(sql, approval)
  return face === 'why' ? why(sql, approval) : []
}

async function details(sql: Sql, approval: Approval): Promise<string[]> {
  if (approval.action.tool === 'mcp') return detailsOfCall(approval)
  const { pieces } = judgeCommand(approval.action.command)
  const shown = pieces.slice(0, MAX_PIECES).map(({ text, risk }) => `· ${oneLine(nameHidden(text), 80)}: ${riskWords([risk])}`)
  const run = approval.runId === null ? undefined : await latestRun(sql, approval.taskId)
  const { engine = '?', walls = '?', path = '', policy = '?', network = '' } = approval.binding
  return [
    ...(shown.length > 1 ? shown : []),
    ...(pieces.length > shown.length ? [`… and ${pieces.length - shown.length} more`] : []),
    `In: ${approval.action.cwd}`,
    `Sandbox: ${walls} · PATH: ${oneLine(path, MAX_CHANGED)}`,
    `May reach: ${network === '' ? 'no host' : oneLine(network, MAX_CHANGED)}`,
    `Engine: ${engine}${run === undefined ? '' : ` · run ${run.attempt}`} · policy ${policy}`,
    `Bound to ${approval.digest.slice(0, 12)}: if the command, its place, its surroundings or a file of the worktree changes, your answer counts for nothing.`,
  ]
}

function detailsOfCall({ action: { call }, binding, digest }: Approval): string[] {
  return [
    `Server: ${call?.server ?? '?'}, started or reached as ${call?.definition.slice(0, 12) ?? '?'}`,
    `The tool as you accepted it: ${call?.digest.slice(0, 12) ?? '?'}`,
    `Engine: ${binding['engine'] ?? '?'} · policy ${binding['policy'] ?? '?'}`,
    `Bound to ${digest.slice(0, 12)}: if an argument, the tool or the server changes, your answer counts for nothing.`,
  ]
}

async function why(sql: Sql, approval: Approval): Promise<string[]> {
  const task = await taskById(sql, approval.taskId)
  const judged = approval.action.tool === 'mcp' ? undefined : judgeCommand(approval.action.command)
  const asking = (judged?.pieces ?? []).filter(({ risk }) => risk !== 'read').slice(0, MAX_PIECES)
  const step = task?.plan.find(({ state }) => state === 'doing')
  return [
    ...(approval.why === '' ? [] : [`The agent says (its claim): “${oneLine(approval.why, 300)}”`]),
    ...(step === undefined ? [] : [`Its plan is at: ${oneLine(step.text, 120)}`]),
    ...(task === undefined ? [] : [`You wished: ${oneLine(task.wish, 200)}`]),
    judged === undefined
      ? 'Asked because this tool is set to ask (/connect).'
      : judged.problem === undefined
        ? `Asked because ${asking.map(({ text, risk }) => `“${oneLine(nameHidden(text), 60)}” ${riskWords([risk])}`).join('; ') || 'nothing runs unasked here'}.`
        : `Asked because ${judged.problem}.`,
    'No rule of yours covers it.',
  ]
}
