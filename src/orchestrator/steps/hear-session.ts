/** Makes rows of what an engine of its own says while it works: its steps, its plan, its session. In order, and never in the engine's way. */
import { oneLine, randomIds, type ObjectName } from '#core'
import { appendEvent, endStep, setCurrentStep, setPlan, setSession, startStep, touchCards, type Task, type Tx } from '#db'
import type { EngineEvent } from '#engines'
import { underClaim } from '../machinery.ts'
import { treeNow } from './tree-now.ts'
import type { Work } from './work.ts'

/** Of what a step printed, kept for `/why`; the engine itself has seen it all. */
const OUTPUT_MAX = 8000
const LINE_MAX = 120
/** What it says is shown as its present step, at most so often: a card is edited no faster. */
const SAY_MS = 1000

/** Tools of the engines that only look: what they have left is what was there. */
const READS = /^(?:read|grep|glob|ls|search|fetch|think|web|todo|notebookread)/i

type Writing = (tx: Tx, task: Task, tree: ObjectName | undefined) => Promise<unknown>

export type Hearing = {
  readonly on: (event: EngineEvent) => void
  /** Resolves when all that was heard so far is written; throws when the claim was lost. */
  readonly settled: () => Promise<void>
}

export function hearSession(w: Work): Hearing {
  let queue: Promise<unknown> = Promise.resolve()
  let failure: unknown
  let said = ''
  let shownAt = 0
  const reading = new Set<string>()
  const hear = async (work: Writing, look?: () => Promise<ObjectName | undefined>): Promise<void> => {
    if (failure !== undefined) return
    const tree = await look?.()
    await underClaim(w.m, w.claim, (tx, task) => work(tx, task, tree))
  }
  const write = (...how: Parameters<typeof hear>): void => {
    queue = queue.then(() => hear(...how)).catch((error: unknown) => (failure ??= error))
  }
  const show = (line: string): void =>
    write(async (tx, task) => {
      await setCurrentStep(tx, task.id, w.m.redact(oneLine(line, LINE_MAX)))
      await touchCards(tx, { kind: 'task', subjectId: task.id })
    })
  return {
    on: (event) => {
      if (event.type === 'text') {
        said = (said + event.text).slice(-LINE_MAX * 4)
        const now = w.m.clock.now().getTime()
        const line = said.trimEnd().split('\n').at(-1)?.trim() ?? ''
        if (line === '' || now - shownAt < SAY_MS) return
        shownAt = now
        show(line)
      } else if (event.type === 'tool_result') {
        // Looked at when its turn comes: the engine is not kept waiting, so that what it did next may be in it already.
        write((tx, task, tree) => rowOf(w, tx, task, event, tree), reading.has(event.id) ? undefined : () => treeNow(w))
      } else if (event.type === 'tool_call' || event.type === 'plan' || event.type === 'session') {
        if (event.type === 'tool_call' && READS.test(event.tool)) reading.add(event.id)
        write((tx, task) => rowOf(w, tx, task, event))
      }
    },
    settled: async () => {
      for (let seen: unknown; seen !== queue;) {
        seen = queue
        await queue
      }
      if (failure !== undefined) throw failure
    },
  }
}

type Heard = Exclude<EngineEvent, { type: 'text' | 'thinking' | 'usage' }>

async function rowOf(w: Work, tx: Tx, task: Task, event: Heard, tree?: ObjectName): Promise<void> {
  const { m, run } = w
  const of = { taskId: task.id, projectId: task.projectId, runId: run.id }
  if (event.type === 'session') return void (await setSession(tx, run.id, event.id))
  if (event.type === 'plan') {
    const steps = event.steps.map(({ text, state }) => ({ text: m.redact(text), state }))
    await setPlan(tx, task.id, steps)
    await appendEvent(tx, { ...of, kind: 'plan.updated', data: { steps } })
  } else if (event.type === 'tool_call') {
    const line = m.redact(oneLine(event.line, LINE_MAX))
    await startStep(tx, { taskId: task.id, runId: run.id, callId: stepId(w, event.id), tool: event.tool, input: event.input, guard: undefined })
    await setCurrentStep(tx, task.id, line)
    await appendEvent(tx, { ...of, kind: 'step.started', data: { callId: stepId(w, event.id), tool: event.tool, line } })
  } else {
    const state = event.isError ? 'failed' : 'finished'
    await endStep(tx, { taskId: task.id, callId: stepId(w, event.id), state, output: m.redact(event.output).slice(0, OUTPUT_MAX), tree })
    await appendEvent(tx, { ...of, kind: 'step.ended', data: { callId: stepId(w, event.id), tool: '', state } })
  }
  await touchCards(tx, { kind: 'task', subjectId: task.id })
}

/** Engines count their calls anew with every conversation; rows are the task's. */
function stepId({ run }: Work, id: string): string {
  return `${run.attempt}:${id === '' ? randomIds.uuid() : id}`.slice(0, 200)
}
