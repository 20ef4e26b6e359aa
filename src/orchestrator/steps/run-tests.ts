/** Runs the project's own test command and reports what was measured. An agent's word about tests counts for nothing. */
import { crashPoint } from '#core'
import type { Project, TestResult, Worktree } from '#db'
import { setCurrentStep, touchCards } from '#db'
import type { CappedOutput, Finished } from '#sandbox'
import { describeBlocked, networkFor, noteBlocked } from '../host-access.ts'
import { keepLog, logText, newLog } from '../keep-log.ts'
import { underClaim, type Claim, type Machinery } from '../machinery.ts'
import type { Settings } from '../project-settings.ts'
import { groundFor, runCommand } from '../run-command.ts'

const TEST_TIMEOUT_MS = 15 * 60_000 // suites that take longer belong in CI
const OUTPUT_CHARACTERS = 3000 // more than a card shows of it

export type TestRequest = { readonly project: Project; readonly worktree: Worktree; readonly settings: Settings; readonly testsAllowed: boolean }

/** Answers `none` without a test command, `not-run` where a person must allow it first, otherwise what running it came to. */
export async function runTests(m: Machinery, claim: Claim, request: TestRequest): Promise<TestResult> {
  const command = request.settings.test
  if (command === undefined) return { state: 'none' }
  if (m.sandbox.status.walls === 'none' && !request.testsAllowed)
    return { state: 'not-run', command, why: 'there is no sandbox on this machine, so running them needs your word' }
  await underClaim(m, claim, async (tx, task) => {
    await setCurrentStep(tx, task.id, m.redact(`running the tests: ${command}`))
    await touchCards(tx, { kind: 'task', subjectId: task.id })
  })
  crashPoint('tests.before-act')
  const network = await underClaim(m, claim, (tx, task) => networkFor(tx, task, request.project, { command, cwd: request.worktree.path }))
  const [heard, callId] = [newLog(), `tests:${claim.fence}`]
  const finished = await runCommand(m, {
    ground: groundFor(claim.task),
    network,
    project: request.project,
    worktree: request.worktree,
    command,
    timeoutMs: TEST_TIMEOUT_MS,
    signal: claim.signal,
    heard,
  })
  crashPoint('tests.after-act')
  // The result stands as it is; what a person allows counts for the next run.
  await noteBlocked(m, claim, { command, cwd: request.worktree.path, callId, runId: null, finished })
  const kept = await keepLog(m, { taskId: claim.task.id, callId, heard }, OUTPUT_CHARACTERS)
  return {
    state: 'ran',
    command,
    exitCode: finished.exitCode,
    endedBy: finished.endedBy,
    ms: finished.ms,
    output: endOf(m.redact, heard, finished),
    ...(kept ? { log: callId } : {}),
  }
}

/** The last that was printed, and what Lugh did to it. */
function endOf(redact: Machinery['redact'], heard: CappedOutput, { limit, traffic }: Finished): string {
  const said = [limit === undefined ? '' : `Lugh ended it: ${limit}.`, describeBlocked(traffic?.blocked ?? [])]
  return [logText(heard, redact).trimEnd(), ...said]
    .filter((text) => text !== '')
    .join('\n')
    .slice(-OUTPUT_CHARACTERS)
}
