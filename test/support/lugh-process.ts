/** Lugh as its operator runs it: one child process with a hand-made environment. Knows nothing of its insides; kills only what it started. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** The Node that `npm ci` brings. */
export const NODE = join(ROOT, 'node_modules', 'node', 'bin', 'node')
export const BIN = join(ROOT, 'bin', 'lugh.js')

/** As `npm start` gives them. */
const NODE_FLAGS = ['--max-semi-space-size=2']

/**
 * Many times what a start takes: only a start that never ends is cut off by it. Long forms run for hours beside whatever else there is; at
 * load 30 on two cores starts took more than the 45 s.
 */
const READY_MS = process.env['LUGH_TEST_LONG'] === undefined ? 45_000 : 240_000
/** Lugh promises no number here; whoever waits longer than this pulls the plug. */
const STOP_MS = 15_000
const READY = /^Lugh \S+ is ready.*$/m

export type Exit = Readonly<{ code: number | null; signal: NodeJS.Signals | null }>

export type LughProcess = Readonly<{
  pid: number
  /** Milliseconds from the spawn to the line that says it is ready. */
  readyMs: () => number | undefined
  /** Resolves when the console says so; rejects with the whole output when it never does. */
  ready: Promise<void>
  exited: Promise<Exit>
  /** Everything printed so far, on both channels. */
  output: () => string
  /** Resolves with the first match of the output, now or later. */
  prints: (wanted: RegExp, timeoutMs?: number) => Promise<RegExpExecArray>
  /** Closes this end of its console, as `| head` does once it has seen enough. */
  deafen: () => void
  /** As Ctrl-C and service managers do. */
  stop: () => Promise<Exit>
  /** As a power cut does; also ends a process that has died already. */
  kill: () => Promise<Exit>
}>

/** Starts `lugh start` (or another verb) in `cwd` with exactly this environment. */
export function spawnLugh(env: Readonly<Record<string, string>>, cwd: string, argv: readonly string[] = ['start']): LughProcess {
  const began = performance.now()
  const child = spawn(NODE, [...NODE_FLAGS, BIN, ...argv], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  let readyMs: number | undefined
  const watchers = new Set<() => void>()
  const heard = (piece: Buffer): void => {
    text += piece.toString('utf8')
    if (readyMs === undefined && READY.test(text)) readyMs = performance.now() - began
    for (const watcher of watchers) watcher()
  }
  child.stdout.on('data', heard)
  child.stderr.on('data', heard)
  const orphan = (): void => void child.kill('SIGKILL')
  process.once('exit', orphan)
  let over: Exit | undefined
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      process.removeListener('exit', orphan)
      over = { code, signal }
      for (const watcher of watchers) watcher()
      resolve(over)
    })
  })

  function prints(wanted: RegExp, timeoutMs = READY_MS): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = wanted.exec(text)
        if (found === null && over === undefined) return
        leave()
        if (found === null) reject(new Error(`Lugh ended (${JSON.stringify(over)}) without printing ${String(wanted)}:\n${text}`))
        else resolve(found)
      }
      const timer = setTimeout(() => {
        leave()
        reject(new Error(`Lugh did not print ${String(wanted)} within ${timeoutMs} ms:\n${text}`))
      }, timeoutMs)
      const leave = (): void => {
        clearTimeout(timer)
        watchers.delete(look)
      }
      watchers.add(look)
      look()
    })
  }

  async function end(signal: NodeJS.Signals): Promise<Exit> {
    if (over === undefined) child.kill(signal)
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    try {
      return await exited
    } finally {
      clearTimeout(timer)
    }
  }

  const ready = prints(READY).then(() => undefined)
  ready.catch(() => undefined) // whoever awaits it is told; a test that waits for the exit instead is not disturbed
  return {
    pid: child.pid ?? 0,
    readyMs: () => readyMs,
    ready,
    exited,
    output: () => text,
    prints,
    deafen: () => {
      child.stdout.destroy()
      child.stderr.destroy()
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  }
}
