/** Programs that are talked with while they run: every byte both ways, and an end to them. */
import { Buffer } from 'node:buffer'
import type { Writable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Machine, noWalls, plantMachine } from '../../test/support/sandbox.ts'
import type { Finished, SandboxedCommand } from './index.ts'

const skip = noWalls('sandbox: talk') !== undefined

let machine: Machine
beforeAll(async () => {
  if (!skip) machine = await plantMachine()
})
afterAll(async () => {
  if (!skip) await machine.end()
})

/** Starts the line, hands over its stdin, and collects what it says. */
function talk(
  line: string,
  onStart: (stdin: Writable) => void,
  more: Partial<SandboxedCommand> = {},
): { done: Promise<Finished>; said: () => Buffer } {
  const said: Buffer[] = []
  const done: Promise<Finished> = machine.sh(line, { ...more, talk: { onStart, onStdout: (bytes) => said.push(Buffer.from(bytes)) } })
  return { done, said: () => Buffer.concat(said) }
}

describe.skipIf(skip)('a program that is talked with', () => {
  it('answers what it is told while it runs, and ends when its input does', async () => {
    let answered: (() => void) | undefined
    const heard: string[] = []
    const done = machine.sh('while read -r line; do echo "heard $line"; done; echo over', {
      talk: {
        onStart: (stdin) => {
          stdin.write('one\n')
          answered = () => (heard.length === 1 ? stdin.write('two\n') : stdin.end())
        },
        onStdout: (bytes) => {
          heard.push(Buffer.from(bytes).toString())
          answered?.()
        },
      },
    })
    expect(await done).toMatchObject({ exitCode: 0, stdout: 'heard one\nheard two\nover\n' })
    expect(heard.slice(0, 2)).toEqual(['heard one\n', 'heard two\n'])
  })

  it('gets and says every byte, however much and whatever it is', async () => {
    const bytes = Buffer.alloc(3_000_000, 'née 🧑‍🚀 日本語\0\xff\n')
    const { done, said } = talk('cat', (stdin) => stdin.end(bytes))
    expect((await done).exitCode).toBe(0)
    expect(said().equals(bytes)).toBe(true)
  })

  it('has its stderr apart', async () => {
    const errors: string[] = []
    const { done, said } = talk('echo good; echo bad >&2', (stdin) => stdin.end(), { onOutput: (text) => errors.push(text) })
    await done
    expect([said().toString(), errors.join('')]).toEqual(['good\n', 'bad\n'])
  })

  it('that does not read, or has gone, holds nothing up', async () => {
    const { done } = talk('exec 0<&-; echo gone; exit 3', (stdin) => {
      for (let n = 0; n < 100; n++) stdin.write('x'.repeat(10_000))
    })
    expect(await done).toMatchObject({ exitCode: 3, stdout: 'gone\n' })
  })

  it('is stopped within a second, with all it started', async () => {
    const stop = new AbortController()
    const { done } = talk('sleep 61.5 & cat', (stdin) => void stdin.write('x'), { signal: stop.signal })
    setTimeout(() => stop.abort(), 300)
    const finished = await done
    expect(finished.endedBy).toBe('abort')
    expect(finished.ms).toBeLessThan(2_000)
  })
})
