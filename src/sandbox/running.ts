/**
 * One started process from its first byte to its burial: output caps, time limit, abort, and the end of everything it left.
 * Never resolves while something it started is still known to run, and never throws for what the command itself did.
 */
import type { Socket } from 'node:net'
import { Readable, type Stream } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { LughError } from '#core'
import { FUNERAL_MS, TERM_GRACE_MS, tooManyProcesses } from './limits.ts'
import { CappedOutput } from './output.ts'
import type { Pipes, TalkPipe } from './pipes.ts'
import type { Finished, Talk } from './port.ts'
import { offerToOutOfMemory } from './processes.ts'
import { type Child, closeAll, type Confinement, ignoreBrokenPipe, type Start, startHere } from './start-process.ts'
import { spaceError } from './view.ts'

type EndedBy = NonNullable<Finished['endedBy']>

export type Job = {
  readonly argv: readonly [string, ...string[]]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly stdin?: string | Uint8Array | undefined
  /** Written to descriptors 4, 5 and so on; descriptor 3 is then read into `Ended.status`. */
  readonly letters?: readonly (string | Uint8Array)[]
  readonly timeoutMs: number
  readonly outputBytes: number
  /** Beyond this in total it is killed. */
  readonly hardOutputBytes: number
  /** Keep the start only: the middle of raw bytes cannot be cut. */
  readonly headOnly?: boolean
  readonly signal?: AbortSignal | undefined
  readonly onOutput?: ((text: string) => void) | undefined
  /** Given: stdout goes there and is not kept, however much it is. */
  readonly onStdout?: ((chunk: Uint8Array) => void) | undefined
  /** It is talked with: needs `pipes`. */
  readonly talk?: Talk | undefined
  readonly kin: Kin
  /** A command of others: the first to be ended by the kernel when memory runs out. */
  readonly expendable?: boolean
  /** Limits that are set, and counted, where it is started. */
  readonly confinement?: Confinement
  /** Given: the streams are real pipes, as scripts expect that open /dev/stderr by name. */
  readonly pipes?: Pipes
  /** Who starts it; by default this very process. */
  readonly start?: Start
}

/** How to reach everything a process started; it depends on the walls. */
export type Kin = {
  /** Asks them to end. */
  terminate(pid: number): void
  /** Kills them. */
  kill(pid: number): void
  /** After the first process has ended: kills and awaits whatever it left behind. */
  bury(pid: number, status: string): Promise<void>
  /** Watches limits; the answered function stops it. */
  watch(pid: number, exceeded: (limit: string) => void): () => void
}

export type Ended = Finished & { readonly raw: Uint8Array; readonly status: string }

/** Starts the job and answers when it and all it started have ended. Throws `sandbox.failed` when it could not be started. */
export async function runJob(job: Job): Promise<Ended> {
  if (job.signal?.aborted) return neverStarted()
  const begun = performance.now()
  const started = await start(job)
  const out = new CappedOutput(job.outputBytes, job.headOnly)
  const err = new CappedOutput(job.outputBytes)
  const status = new CappedOutput(4096)
  const stopping = new Stopping(started.child, job)
  collect(started, job, [out, err], () => stopping.now('output-cap'))
  if (started.input !== undefined) job.talk?.onStart(started.input)
  started.child.status?.on('data', (chunk: Buffer) => status.push(chunk))
  const { code, signal } = await started.child.exited
    .catch((error: unknown) => {
      throw spaceError(error) ?? cannotStart(job.argv[0], error)
    })
    .finally(() => stopping.clear())
  started.input?.destroy()
  await job.kin.bury(started.child.pid ?? 0, status.text())
  await closed([started.out, started.err, started.child.status])
  const ms = Math.round(performance.now() - begun)
  const { endedBy, limit } = stopping
  const texts = { stdout: out.text(), stderr: err.text(), truncated: out.truncated || err.truncated }
  return { exitCode: code, signal, endedBy, ...(limit === undefined ? {} : { limit }), ...texts, ms, raw: out.bytes(), status: status.text() }
}

function neverStarted(): Ended {
  return { exitCode: null, signal: null, endedBy: 'abort', stdout: '', stderr: '', truncated: false, ms: 0, raw: new Uint8Array(), status: '' }
}

type Started = { readonly child: Child; readonly out: Readable | null; readonly err: Readable | null; readonly input?: Socket | undefined }

async function start(job: Job): Promise<Started> {
  const [out, err] = await Promise.all([job.pipes?.forOutput(), job.pipes?.forOutput()])
  const line = job.talk === undefined ? undefined : await talkPipe(job)
  const stdin = line?.childEnd ?? (job.stdin === undefined ? undefined : (job.pipes?.forInput(job.stdin) ?? job.stdin))
  try {
    const { argv, cwd, env, letters, confinement } = job
    const child = await (job.start ?? startHere)({ argv, cwd, env, letters, stdin, stdout: out?.childEnd, stderr: err?.childEnd, confinement })
    if (job.expendable && child.pid !== undefined) offerToOutOfMemory(child.pid)
    return { child, out: out?.ours ?? child.stdout, err: err?.ours ?? child.stderr, input: line?.ours }
  } catch (error) {
    out?.ours.destroy()
    err?.ours.destroy()
    line?.ours.destroy()
    throw spaceError(error) ?? cannotStart(job.argv[0], error) // E2BIG, EAGAIN, EMFILE are thrown, not emitted
  } finally {
    closeAll([typeof stdin === 'number' ? stdin : undefined, out?.childEnd, err?.childEnd])
  }
}

async function talkPipe(job: Job): Promise<TalkPipe> {
  const line = await job.pipes?.forTalk()
  if (line === undefined) throw cannotStart(job.argv[0], 'there is no pipe to talk with it')
  line.ours.on('error', ignoreBrokenPipe)
  return line
}

function cannotStart(file: string, cause: unknown): LughError {
  return new LughError('sandbox.failed', 'A command could not be started on the machine.', {
    cause,
    detail: `${file}: ${cause instanceof Error ? cause.message : String(cause)}`,
  })
}

function collect(started: Started, job: Job, [out, err]: [CappedOutput, CappedOutput], tooMuch: () => void): void {
  const streams = [
    [started.out, out],
    [started.err, err],
  ] as const
  for (const [stream, kept] of streams) {
    const decoder = new StringDecoder('utf8')
    stream?.on('data', (chunk: Buffer) => {
      if (job.onStdout !== undefined && kept === out) return job.onStdout(chunk)
      kept.push(chunk)
      if (job.talk !== undefined && kept === out) job.talk.onStdout(chunk)
      else job.onOutput?.(decoder.write(chunk))
      if (out.total + err.total > job.hardOutputBytes) tooMuch()
    })
    stream?.on('error', ignoreBrokenPipe)
  }
}

/** Waits until the streams are closed. Somebody outside the family may hold one (it was passed on over a socket): then it is let go. */
async function closed(streams: readonly (Stream | null | undefined)[]): Promise<void> {
  const open = streams.filter((stream) => stream instanceof Readable).filter((stream) => !stream.closed)
  if (open.length === 0) return
  const letGo = setTimeout(() => open.forEach((stream) => stream.destroy()), FUNERAL_MS)
  await Promise.all(open.map((stream) => new Promise<void>((resolve) => stream.once('close', resolve))))
  clearTimeout(letGo)
}

/** Why and how a process is being stopped. The first reason counts. */
class Stopping {
  endedBy: EndedBy | null = null
  limit: string | undefined
  readonly #child: Child
  readonly #job: Job
  readonly #timeout: NodeJS.Timeout
  readonly #unwatch: () => void
  #grace: NodeJS.Timeout | undefined

  constructor(child: Child, job: Job) {
    this.#child = child
    this.#job = job
    this.#timeout = setTimeout(() => this.#politely('timeout'), job.timeoutMs)
    job.signal?.addEventListener('abort', this.#aborted, { once: true })
    if (job.signal?.aborted) this.#aborted() // while it was being started
    void child.crowded?.then(() => this.now('limit', tooManyProcesses(job.confinement?.processes ?? 0)))
    this.#unwatch = child.pid === undefined ? (): void => undefined : job.kin.watch(child.pid, (limit) => this.now('limit', limit))
  }

  readonly #aborted = (): void => this.#politely('abort')

  /** Kills without a warning: what runs over a limit may be doing so on purpose. */
  now(reason: EndedBy, limit?: string): void {
    if (this.endedBy === null) {
      this.endedBy = reason
      this.limit = limit
    }
    if (this.#child.pid !== undefined) this.#job.kin.kill(this.#child.pid)
  }

  #politely(reason: EndedBy): void {
    if (this.endedBy !== null || this.#child.pid === undefined) return
    this.endedBy = reason
    const pid = this.#child.pid
    this.#job.kin.terminate(pid)
    this.#grace = setTimeout(() => this.#job.kin.kill(pid), TERM_GRACE_MS)
  }

  clear(): void {
    clearTimeout(this.#timeout)
    clearTimeout(this.#grace)
    this.#unwatch()
    this.#job.signal?.removeEventListener('abort', this.#aborted)
  }
}
