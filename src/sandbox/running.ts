/**
 * One started process from its first byte to its burial: output caps, time limit, abort, and the end of everything it left.
 * Never resolves while something it started is still known to run, and never throws for what the command itself did.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { StringDecoder } from 'node:string_decoder'
import { LughError } from '#core'
import { FUNERAL_MS, TERM_GRACE_MS } from './limits.ts'
import { CappedOutput } from './output.ts'
import type { Finished } from './port.ts'
import { spaceError } from './view.ts'

type EndedBy = NonNullable<Finished['endedBy']>

export type Job = {
  readonly argv: readonly [string, ...string[]]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly stdin?: string | Uint8Array | undefined
  /** Written to descriptor 3; descriptor 4 is then read into `Ended.status`. */
  readonly letter?: string
  readonly timeoutMs: number
  readonly outputBytes: number
  /** Beyond this in total it is killed. */
  readonly hardOutputBytes: number
  /** Keep the start only: the middle of raw bytes cannot be cut. */
  readonly headOnly?: boolean
  readonly signal?: AbortSignal | undefined
  readonly onOutput?: ((text: string) => void) | undefined
  readonly kin: Kin
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
  const started = performance.now()
  const child = start(job)
  const out = new CappedOutput(job.outputBytes, job.headOnly)
  const err = new CappedOutput(job.outputBytes)
  const stopping = new Stopping(child, job)
  const status = new CappedOutput(4096)
  collect(child, job, [out, err], () => stopping.now('output-cap'))
  if (job.letter !== undefined) exchangeLetters(child, job.letter, status)
  feed(child, job.stdin)
  const { code, signal } = await exited(child, job.argv[0])
  stopping.clear()
  await job.kin.bury(child.pid ?? 0, status.text())
  await closed(child)
  const ms = Math.round(performance.now() - started)
  const ended = {
    exitCode: code,
    signal,
    endedBy: stopping.endedBy,
    stdout: out.text(),
    stderr: err.text(),
    truncated: out.truncated || err.truncated,
    ms,
  }
  return { ...ended, ...(stopping.limit === undefined ? {} : { limit: stopping.limit }), raw: out.bytes(), status: status.text() }
}

function neverStarted(): Ended {
  return { exitCode: null, signal: null, endedBy: 'abort', stdout: '', stderr: '', truncated: false, ms: 0, raw: new Uint8Array(), status: '' }
}

function start(job: Job): ChildProcess {
  const [file, ...args] = job.argv
  const letters = job.letter === undefined ? [] : ['pipe' as const, 'pipe' as const]
  try {
    return spawn(file, args, {
      cwd: job.cwd,
      env: job.env,
      detached: true, // its own process group, so that one signal reaches them all
      stdio: [job.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', ...letters],
      windowsHide: true,
    })
  } catch (error) {
    throw spaceError(error) ?? cannotStart(file, error) // E2BIG, EAGAIN, EMFILE are thrown, not emitted
  }
}

function cannotStart(file: string, cause: unknown): LughError {
  return new LughError('sandbox.failed', 'A command could not be started on the machine.', {
    cause,
    detail: `${file}: ${cause instanceof Error ? cause.message : String(cause)}`,
  })
}

function collect(child: ChildProcess, job: Job, [out, err]: [CappedOutput, CappedOutput], tooMuch: () => void): void {
  for (const [stream, kept] of [[child.stdout, out] as const, [child.stderr, err] as const]) {
    const decoder = new StringDecoder('utf8')
    stream?.on('data', (chunk: Buffer) => {
      kept.push(chunk)
      job.onOutput?.(decoder.write(chunk))
      if (out.total + err.total > job.hardOutputBytes) tooMuch()
    })
    stream?.on('error', ignoreBrokenPipe)
  }
}

function exchangeLetters(child: ChildProcess, letter: string, answer: CappedOutput): void {
  const [, , , outgoing, incoming] = child.stdio
  if (outgoing !== null && outgoing !== undefined && 'end' in outgoing) {
    outgoing.on('error', ignoreBrokenPipe)
    outgoing.end(letter)
  }
  incoming?.on('data', (chunk: Buffer) => answer.push(chunk))
  incoming?.on('error', ignoreBrokenPipe)
}

function feed(child: ChildProcess, stdin: string | Uint8Array | undefined): void {
  if (stdin === undefined) return
  child.stdin?.on('error', ignoreBrokenPipe)
  child.stdin?.end(stdin)
}

/** A command may end without reading what it was sent, or be killed while it speaks; its exit code tells what matters. */
function ignoreBrokenPipe(): void {
  // the end of the process is reported by 'exit'
}

function exited(child: ChildProcess, file: string): Promise<{ code: number | null; signal: string | null }> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
    child.once('error', (error) => (child.pid === undefined ? reject(spaceError(error) ?? cannotStart(file, error)) : undefined))
  })
}

/** Waits until the pipes are closed. Somebody outside the family may hold one (it was passed on over a socket): then it is let go. */
function closed(child: ChildProcess): Promise<void> {
  const open = child.stdio.filter((stream) => stream !== null && stream !== undefined && 'closed' in stream && !stream.closed)
  if (open.length === 0) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      for (const stream of open) stream?.destroy()
      resolve()
    }, FUNERAL_MS)
    child.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

/** Why and how a process is being stopped. The first reason counts. */
class Stopping {
  endedBy: EndedBy | null = null
  limit: string | undefined
  readonly #child: ChildProcess
  readonly #job: Job
  readonly #timeout: NodeJS.Timeout
  readonly #unwatch: () => void
  #grace: NodeJS.Timeout | undefined

  constructor(child: ChildProcess, job: Job) {
    this.#child = child
    this.#job = job
    this.#timeout = setTimeout(() => this.#politely('timeout'), job.timeoutMs)
    job.signal?.addEventListener('abort', this.#aborted, { once: true })
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
