/**
 * Answers the tool calls of the last assistant message, in order. Each call is a step row: its intent before it runs, its
 * output after. A call that needs a person parks the run; after the decision the same rows lead on from there.
 */
import { QuestionId, crashPoint, holdsKeyMark, oneLine, type ObjectName } from '#core'
import {
  appendEvent,
  endRun,
  endStep,
  insertQuestion,
  projectGrants,
  questionOfCall,
  setCurrentStep,
  setPlan,
  startStep,
  stepOf,
  touchCards,
  type Task,
  type Tx,
} from '#db'
import { EditGuard, type Block, type Message, type ParsedCall, type ToolContext, type ToolOutcome } from '#engines'
import { fetchUrl, type Blocked, type CappedOutput, type Fetched } from '#sandbox'
import { verdictOn } from '../ask-approval.ts'
import { isServerTool } from '../connectors/offered.ts'
import { checkpointBefore } from '../checkpoints/ask-checkpoint.ts'
import { askAboutHosts, hostAnswers, networkFor, networkSeen, wallsAround } from '../host-access.ts'
import { keepLog, newLog } from '../keep-log.ts'
import { underClaim } from '../machinery.ts'
import { stanceNow, type Stance } from '../mode.ts'
import { moveTask } from '../move-task.ts'
import { decideCommand, isDestructive, judgeCommand, type Decision, type Judgement } from '../policy/judge-command.ts'
import { OUTPUT_FOR_MODEL_BYTES, describeFinished } from '../run-command.ts'
import { showCard } from '../show.ts'
import { surroundings } from '../surroundings.ts'
import { callServer, decideCall } from './call-server.ts'
import { inBackground, runReaching, type Reaching } from './in-background.ts'
import { LATER, NOBODY } from './nudges.ts'
import { ripgrepFor } from './ripgrep-for.ts'
import { sendFileOut, type Outgoing } from './send-file-out.ts'
import { planVerdict } from './propose-plan.ts'
import { addUserMessage } from './take-turn.ts'
import { treeNow } from './tree-now.ts'
import type { Work } from './work.ts'

type Call = Extract<Block, { type: 'tool_call' }>
type Parked = 'parked'

const INTERRUPTED = 'Lugh was restarted while this ran, so its effect is unknown. Look at the worktree, then run it again if it is still needed.'

const WITHHELD =
  'Withheld: this is a dry run, and this would have asked the person first. Nothing was run. Go on without it, and name it in the summary if it is needed.'

const NO_NETWORK = 'Withheld: a dry run has no network. Nothing was fetched. Go on without it, and name it in the summary if it is needed.'

const HOLDS_KEY =
  'Not done: the call holds a key, or the ⟦mark⟧ that stands in place of one in what you were shown. Keys are never kept or passed on. A program takes a key from its environment or from a file that is not committed, and names it there; a file with a key in it is changed with edit_file, in other lines than that one.'

/** The tool calls of an assistant message; its results come in the user message after it, so they are all open or none is. */
export function unanswered(message: Message): Call[] {
  return message.content.filter((block): block is Call => block.type === 'tool_call')
}

/** Answers every call and appends the results; false when the run was parked for a person. */
export async function answerCalls(w: Work, seq: number, calls: readonly Call[]): Promise<boolean> {
  const results: Block[] = []
  for (const call of calls) {
    const outcome = await answerCall(w, call, calls)
    if (outcome === 'parked') return false
    results.push({ type: 'tool_result', id: call.id, ...outcome })
  }
  return addUserMessage(w, seq, results)
}

async function answerCall(w: Work, call: Call, all: readonly Call[]): Promise<ToolOutcome | Parked> {
  const known = await stepOf(w.m.db, w.claim.task.id, call.id)
  if (known !== undefined && known.state !== 'started') {
    const pictures = known.pictures === null ? {} : { pictures: known.pictures }
    return withHosts(w, call, { output: known.output ?? '', isError: known.state !== 'finished', ...pictures })
  }
  if (isServerTool(call.name)) return useServer(w, call, known !== undefined)
  const parsed = w.m.tools.parse(call.name, call.input)
  const stance = await underClaim(w.m, w.claim, (tx, task) => stanceNow(tx, task, w.projectMode))
  const refusal = stance === 'plan' ? whilePlanning(parsed, w.m.sandbox.status.walls) : undefined
  if (refusal !== undefined) return refuse(w, call, refusal)
  // A person would allow what they cannot read, and a mark written into a file would take the place of the key in it.
  if ((parsed.kind === 'command' || parsed.kind === 'edit' || parsed.kind === 'fetch') && holdsKeyMark(JSON.stringify(call.input)))
    return refuse(w, call, HOLDS_KEY)
  switch (parsed.kind) {
    case 'invalid':
      return { output: parsed.say, isError: true }
    case 'plan':
      return updatePlan(w, call, parsed)
    case 'question':
      return askPerson(w, call, parsed, all)
    case 'proposal':
      return proposePlan(w, call, parsed, stance)
    case 'command':
      return known === undefined ? runAllowed(w, call, parsed, stance) : interrupted(w, call)
    case 'fetch':
      return fetchPage(w, call, parsed, stance)
    case 'read':
    case 'edit':
      return runStep(w, call, parsed.line, EditGuard.safeParse(known?.guard).data)
    default:
      return parsed satisfies never
  }
}

/** A tool of a connected server: decided like a command, and like one never made twice on one permission. */
async function useServer(w: Work, call: Call, begun: boolean): Promise<ToolOutcome | Parked> {
  if (begun) return interrupted(w, call)
  if (holdsKeyMark(JSON.stringify(call.input))) return refuse(w, call, HOLDS_KEY)
  const stance = await underClaim(w.m, w.claim, (tx, task) => stanceNow(tx, task, w.projectMode))
  const decided = await decideCall(w, call, stance)
  if (decided.may === 'asked') return underClaim(w.m, w.claim, (tx, task) => park(w, tx, task, 'a call of a server waits for approval'))
  if (!decided.may) return refuse(w, call, decided.why, decided.state)
  await underClaim(w.m, w.claim, (tx, task) => beginStep(w, tx, task, call, `${decided.tool.server}: ${decided.tool.name}`))
  const ran = await callServer(w, call, decided.tool)
  const outcome = { ...ran, output: w.m.redact(ran.output) }
  await underClaim(w.m, w.claim, (tx, task) => finishStep(w, tx, task, call, outcome.output, outcome.isError, { start: false }))
  return outcome
}

/** Why a call may not run before Go; undefined when it only reads. Its tool was not offered, but a model can call anything. */
function whilePlanning(parsed: ParsedCall, walls: 'up' | 'none'): string | undefined {
  const propose = 'Nothing is written before the person has said Go: propose your plan with propose_plan.'
  if (parsed.kind === 'edit') return propose
  if (parsed.kind !== 'command') return undefined
  if (walls === 'none') return `There is no sandbox on this machine that would hold a command to reading. Use the other tools. ${propose}`
  return judgeCommand(parsed.command).risk === 'read' ? undefined : `Only commands that read run while you plan. ${propose}`
}

async function refuse(w: Work, call: Call, output: string, state: 'denied' | 'withheld' = 'denied'): Promise<ToolOutcome> {
  await underClaim(w.m, w.claim, (tx, task) => finishStep(w, tx, task, call, output, true, { start: true, state }))
  return { output, isError: true }
}

async function proposePlan(w: Work, call: Call, parsed: Extract<ParsedCall, { kind: 'proposal' }>, stance: Stance): Promise<ToolOutcome | Parked> {
  return underClaim(w.m, w.claim, async (tx, task) => {
    const answer = await planVerdict(w, tx, task, { callId: call.id, parsed, stance })
    if (answer === undefined) return park(w, tx, task, 'a plan waits for your Go')
    await finishStep(w, tx, task, call, answer.output, answer.isError, { start: true })
    return answer
  })
}

async function updatePlan(w: Work, call: Call, parsed: Extract<ParsedCall, { kind: 'plan' }>): Promise<ToolOutcome> {
  await underClaim(w.m, w.claim, async (tx, task) => {
    await setPlan(tx, task.id, [...parsed.steps])
    await appendEvent(tx, { ...scope(w, task), kind: 'plan.updated', data: { steps: parsed.steps.map((step) => ({ ...step })) } })
    await finishStep(w, tx, task, call, 'ok', false, { start: true })
  })
  return { output: 'ok', isError: false }
}

/** Questions asked at once are put one after the other: the next is asked when this one is answered. */
async function askPerson(
  w: Work,
  call: Call,
  parsed: Extract<ParsedCall, { kind: 'question' }>,
  all: readonly Call[],
): Promise<ToolOutcome | Parked> {
  const { text, options, safe } = parsed
  const asked = all.filter(({ name }) => name === call.name)
  const place = { nth: asked.findIndex(({ id }) => id === call.id) + 1, total: asked.length }
  return underClaim(w.m, w.claim, async (tx, task) => {
    const known = await questionOfCall(tx, task.id, call.id)
    if (known?.state === 'answered') {
      const output =
        known.answeredBy === null
          ? `${NOBODY}, so what you named as safe was taken: ${known.answer ?? ''}`
          : `The person answered: ${known.answer ?? ''}`
      await finishStep(w, tx, task, call, output, false, { start: true })
      return { output, isError: false }
    }
    if (known?.lapsed === 'on') {
      await finishStep(w, tx, task, call, LATER, false, { start: true })
      return { output: LATER, isError: false }
    }
    if (known === undefined) {
      const id = QuestionId.parse(w.m.ids.uuid())
      await insertQuestion(tx, {
        id,
        taskId: task.id,
        runId: w.run.id,
        callId: call.id,
        text,
        options,
        ...(safe === undefined ? {} : { safe }),
        ...place,
      })
      await appendEvent(tx, { ...scope(w, task), kind: 'question.asked', data: { questionId: id } })
      await showCard(tx, w.m.ids, task, { kind: 'question', subjectId: id, loud: true })
    }
    return park(w, tx, task, 'a question waits for an answer')
  })
}

/** A command runs when the policy or a person allows it, bound to the digest of exactly this text, place and run. */
async function runAllowed(w: Work, call: Call, parsed: Extract<ParsedCall, { kind: 'command' }>, stance: Stance): Promise<ToolOutcome | Parked> {
  const walls = w.m.sandbox.status.walls
  const judged = judgeCommand(parsed.command)
  const at = { command: parsed.command, cwd: w.worktree.path }
  if (stance === 'dry') return runDry(w, call, parsed.line, judged, decideCommand(judged, { mode: 'auto', walls }))
  const granted = await projectGrants(w.m.db, w.project.id)
  const decided = decideCommand(judged, { mode: stance, walls, granted: new Set(granted.map(({ digest }) => digest)) })
  const binding = decided.decision === 'allow' ? {} : await surroundings({ ...w.m, engine: { name: w.run.engine } }, w.project, w.worktree)
  const verdict = await underClaim(w.m, w.claim, async (tx, task) => {
    const event = { ...scope(w, task), kind: 'command.judged' } as const
    if (decided.decision === 'allow') {
      const grants = granted.filter(({ digest }) => decided.rules.includes(digest)).map(({ id }) => id)
      await appendEvent(tx, { ...event, data: { callId: call.id, decision: 'allow', risk: judged.risk, by: decided.by, grants } })
      return { verdict: 'allowed' } as const
    }
    const network = await networkSeen(tx, task, w.project, at)
    const answer = await verdictOn(w.m, tx, task, {
      callId: call.id,
      runId: w.run.id,
      action: { tool: 'run_command', ...at },
      why: parsed.why,
      binding: { ...binding, network: network.places },
      risk: `${judged.words}; ${wallsAround(w.m.sandbox.status, network.words)}`,
    })
    const data = { callId: call.id, risk: judged.risk }
    if (answer.verdict === 'asked') {
      await appendEvent(tx, { ...event, data: { ...data, decision: 'ask' } })
      await park(w, tx, task, 'a command waits for approval')
    } else if (answer.verdict === 'allowed' && answer.grant !== undefined)
      await appendEvent(tx, { ...event, data: { ...data, decision: 'allow', by: 'task', grants: [answer.grant] } })
    return answer
  })
  if (verdict.verdict === 'asked') return 'parked'
  if (verdict.verdict === 'later') return refuse(w, call, LATER)
  if (verdict.verdict === 'denied') return denied(w, call, verdict.comment)
  if (stance === 'plan') return runStep(w, call, parsed.line, undefined, { ground: 'read' })
  if (isDestructive(judged)) await saveBefore(w, call, parsed.command)
  // What only reads has no use for a way out, and starts five times as fast without one. It may write nothing either: should the policy be wrong.
  const reads = judged.risk === 'read'
  const network = reads ? undefined : await underClaim(w.m, w.claim, (tx, task) => networkFor(tx, task, w.project, at))
  const stopped: Blocked[] = []
  const outcome = await runStep(w, call, parsed.line, undefined, { ground: reads ? 'read' : 'work', network, stopped, writes: !reads }, (tx, task) =>
    askAboutHosts(w.m, tx, task, { ...at, callId: call.id, runId: w.run.id, blocked: stopped }),
  )
  return stopped.length === 0 ? outcome : withHosts(w, call, outcome)
}

/** A page may be fetched again, so a kill in the middle needs no care. Its host is asked for as a command's is; the answer is heard with what was stopped. */
async function fetchPage(w: Work, call: Call, parsed: Extract<ParsedCall, { kind: 'fetch' }>, stance: Stance): Promise<ToolOutcome | Parked> {
  if (stance === 'dry') return refuse(w, call, NO_NETWORK, 'withheld')
  const at = { command: `fetch ${parsed.url}`, cwd: w.worktree.path }
  const network = await underClaim(w.m, w.claim, (tx, task) => networkFor(tx, task, w.project, at))
  const stopped: Blocked[] = []
  const outcome = await runStep(w, call, parsed.line, undefined, { ground: 'read', network, stopped }, (tx, task) =>
    askAboutHosts(w.m, tx, task, { ...at, callId: call.id, runId: w.run.id, blocked: stopped }),
  )
  return stopped.length === 0 ? outcome : withHosts(w, call, outcome)
}

/** A place in a private network is not asked about: an agent that fetches stands outside the walls, where Lugh itself stands. */
async function fetchFor({ claim }: Work, url: string, { network, stopped }: Reach): Promise<Fetched> {
  const fetched = await fetchUrl({ url, rules: network?.rules ?? [], signal: claim.signal })
  if (fetched.kind === 'blocked' && fetched.blocked.reason === 'not-listed') stopped?.push(fetched.blocked)
  return fetched
}

/** In a dry run what the sandbox holds is run, whatever the mode; what would ask a person in every mode is withheld. */
async function runDry(w: Work, call: Call, line: string, { risk }: Judgement, { decision }: Decision): Promise<ToolOutcome> {
  await underClaim(w.m, w.claim, (tx, task) =>
    appendEvent(tx, { ...scope(w, task), kind: 'command.judged', data: { callId: call.id, decision, risk, by: 'dry-run' } }),
  )
  return decision === 'allow' ? runStep(w, call, line, undefined, { ground: 'alone' }) : refuse(w, call, WITHHELD, 'withheld')
}

/** What such a command destroys can be had back from here. */
async function saveBefore(w: Work, call: Call, command: string): Promise<void> {
  const { task } = w.claim
  const name = `before T${task.number}: ${oneLine(command, 60)}`
  await checkpointBefore(w.m, { project: w.project, kind: 'operation', key: `step:${task.id}:${call.id}`, name })
}

function denied(w: Work, call: Call, comment: string | null): Promise<ToolOutcome> {
  return refuse(w, call, `The person did not allow this command${comment === null ? '. Find another way, or ask.' : `: ${comment}`}`)
}

/** The outcome with what a person said about the hosts the command was stopped at; parks the run while one is open. */
async function withHosts(w: Work, call: Call, outcome: ToolOutcome): Promise<ToolOutcome | Parked> {
  return underClaim(w.m, w.claim, async (tx, task) => {
    const { open, said } = await hostAnswers(tx, task, call.id)
    if (open) return park(w, tx, task, 'a host waits for approval')
    return said === undefined ? outcome : { ...outcome, output: `${outcome.output}\n${said}` }
  })
}

/** A command was under way when Lugh died: it is never run twice on one permission. */
async function interrupted(w: Work, call: Call): Promise<ToolOutcome> {
  const tree = await treeNow(w)
  await underClaim(w.m, w.claim, (tx, task) => finishStep(w, tx, task, call, INTERRUPTED, true, { start: false, state: 'interrupted', tree }))
  return { output: INTERRUPTED, isError: true }
}

/** What a step may touch; `stopped` is filled with the places its command was stopped at; `writes`: only looking at the files says what it did. */
type Reach = Reaching & { readonly stopped?: Blocked[]; readonly writes?: boolean }

/** Intent row, act, outcome row; `after` adds to the outcome's transaction. */
async function runStep(
  w: Work,
  call: Call,
  line: string,
  guard: EditGuard | undefined,
  reach: Reach = { ground: 'work' },
  after: (tx: Tx, task: Task) => Promise<unknown> = () => Promise.resolve(),
): Promise<ToolOutcome> {
  const heard = newLog()
  const context = contextOf(w, call, { ...reach, heard })
  const planned = guard ?? (await w.m.tools.guard(call.name, call.input, context))
  await underClaim(w.m, w.claim, (tx, task) => beginStep(w, tx, task, call, line, planned))
  crashPoint('step.before-act')
  const printed = { taskId: w.claim.task.id, callId: call.id, heard }
  const ran = await w.m.tools.run(call.name, call.input, context, guard).catch(async (error: unknown) => {
    // No row tells how far it had come.
    await keepLog(w.m, printed)
    throw error
  })
  await keepLog(w.m, printed, OUTPUT_FOR_MODEL_BYTES)
  // Here and nowhere later: the row, the transcript and every prompt are made from this.
  const outcome = { ...ran, output: w.m.redact(ran.output) }
  crashPoint('step.after-act')
  const tree = reach.writes === true ? await treeNow(w) : undefined
  await underClaim(w.m, w.claim, async (tx, task) => {
    await finishStep(w, tx, task, call, outcome.output, outcome.isError, { start: false, pictures: outcome.pictures, tree })
    await after(tx, task)
  })
  crashPoint('step.after-outcome')
  return outcome
}

async function beginStep(w: Work, tx: Tx, task: Task, call: Call, line: string, guard?: EditGuard): Promise<void> {
  await startStep(tx, { taskId: task.id, runId: w.run.id, callId: call.id, tool: call.name, input: call.input, guard })
  await setCurrentStep(tx, task.id, line)
  await appendEvent(tx, { ...scope(w, task), kind: 'step.started', data: { callId: call.id, tool: call.name, line } })
  await touchCards(tx, { kind: 'task', subjectId: task.id })
}

type Ending = {
  readonly start: boolean
  readonly pictures?: ToolOutcome['pictures']
  readonly tree?: ObjectName | undefined
  readonly state?: 'denied' | 'interrupted' | 'withheld'
}

async function finishStep(w: Work, tx: Tx, task: Task, call: Call, output: string, isError: boolean, ending: Ending): Promise<void> {
  const state = ending.state ?? (isError ? 'failed' : 'finished')
  if (ending.start) await startStep(tx, { taskId: task.id, runId: w.run.id, callId: call.id, tool: call.name, input: call.input, guard: undefined })
  await endStep(tx, { taskId: task.id, callId: call.id, state, output, pictures: ending.pictures, tree: ending.tree })
  await appendEvent(tx, { ...scope(w, task), kind: 'step.ended', data: { callId: call.id, tool: call.name, state } })
  await touchCards(tx, { kind: 'task', subjectId: task.id })
}

async function park(w: Work, tx: Tx, task: Task, reason: string): Promise<Parked> {
  await endRun(tx, w.run.id, 'parked', reason)
  await moveTask(tx, task, { to: 'waiting', reason })
  return 'parked'
}

function contextOf(w: Work, call: Call, reach: Reach & { readonly heard?: CappedOutput }): ToolContext {
  const { stopped } = reach
  const { worktree, claim } = w
  return {
    worktree: worktree.path,
    signal: claim.signal,
    onOutput: () => undefined,
    ...(reach.ground === 'alone' ? {} : { sendFile: (file: Outgoing) => sendFileOut(w, call.id, file) }),
    fetch: (url) => fetchFor(w, url, reach),
    ripgrep: (args) => ripgrepFor(w, args),
    background: inBackground(w, call.id, reach),
    runCommand: async (command, timeoutMs, onOutput) => {
      const finished = await runReaching(w, reach, { command, timeoutMs, signal: claim.signal, onOutput, heard: reach.heard })
      stopped?.push(...(finished.traffic?.blocked ?? []))
      return { output: describeFinished(finished), isError: finished.exitCode !== 0 }
    },
  }
}

function scope(w: Work, task: Task): { taskId: Task['id']; projectId: Task['projectId']; runId: Work['run']['id'] } {
  return { taskId: task.id, projectId: task.projectId, runId: w.run.id }
}
