/** A program of this folder as a child process, ready when it says so. */
import { startProgram, type Child } from '../../test/support/child.ts'

/** Starts `bench/support/<name>.ts` with these words; answers it and the milliseconds until it said "ready". */
export async function startReady(name: string, words: readonly string[]): Promise<{ child: Child; readyMs: number }> {
  const began = performance.now()
  const child = startProgram(`await import('./bench/support/${name}.ts')`, words)
  try {
    await child.line((line) => line === 'ready')
    return { child, readyMs: performance.now() - began }
  } catch (error) {
    await child.kill()
    throw error
  }
}
