/** Node programs as children of a test, for what only a real process and a real `kill -9` can show. Nothing of it outlives the test. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export type Child = {
  pid: number
  /** Every line it has written to its standard output. */
  lines: string[]
  /** Resolves with the first line, now or later, that passes; rejects when the child ends before. */
  line(passes: (line: string) => boolean): Promise<string>
  /** `kill -9`, and waits until it is gone. */
  kill(): Promise<void>
  ended: Promise<number | null>
}

/** Starts an ES module given as text; it imports the project's rooms by their names ('#db'). `args` follow in `process.argv`. */
export function startProgram(text: string, args: readonly string[] = []): Child {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', text, ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  return watch(child)
}

function watch(child: ChildProcess): Child {
  const lines: string[] = []
  let errors = ''
  const ended = once(child, 'close').then(() => child.exitCode)
  child.stderr?.on('data', (chunk) => (errors += String(chunk)))
  const reader = child.stdout === null ? undefined : createInterface({ input: child.stdout })
  reader?.on('line', (line) => lines.push(line))
  return {
    pid: child.pid ?? 0,
    lines,
    ended,
    line: (passes) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = lines.find(passes)
          if (found === undefined) return
          reader?.off('line', look)
          resolve(found)
        }
        reader?.on('line', look)
        look()
        void ended.then(() => reject(new Error(`the program ended first: ${errors.slice(0, 2000)}`)))
      }),
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}
