import type { Finished } from '#sandbox'
import { describe, expect, it } from 'vitest'
import { createBackground, type Background } from './background-commands.ts'

const FINISHED: Finished = { exitCode: 0, signal: null, endedBy: null, stdout: '', stderr: '', truncated: false, ms: 1 }

type Stage = {
  background: Background
  start: () => ReturnType<Background['begin']>
  print: (text: string) => void
  end: () => void
  running: () => number
}

/** Commands that print what they are told and end when they are told. */
function stage(): Stage {
  const open = new Set<{ hear: (text: string) => void; end: () => void }>()
  const background = createBackground(() => 'exit code 0')
  const start = (): ReturnType<Background['begin']> =>
    background.begin(
      (signal, hear) =>
        new Promise((resolve) => {
          const entry = { hear, end: (): void => (open.delete(entry), resolve(FINISHED)) }
          open.add(entry)
          signal.addEventListener('abort', entry.end, { once: true })
        }),
      'call-1',
    )
  return {
    background,
    start,
    print: (text) => open.forEach(({ hear }) => hear(text)),
    end: () => [...open].forEach((entry) => entry.end()),
    running: () => open.size,
  }
}

describe('a command in the background', () => {
  it('answers at once, and each look tells what is new', async () => {
    const { background, start, print, end } = stage()
    expect(start()).toMatchObject({ isError: false, output: expect.stringContaining('bg1') })
    expect(background.callOf('bg1')).toBe('call-1')
    print('one\n')
    const looks = [await background.look('bg1', 0)]
    print('two\n')
    const waiting = background.look('bg1', 60_000)
    end()
    looks.push(await waiting)
    expect(looks.map(({ output }) => output)).toEqual(['bg1 still runs\none\n', 'bg1 has ended: exit code 0\ntwo\n'])
  })

  it('is ended when told, and all of them with the work they belong to', async () => {
    const { background, start, running } = stage()
    for (let n = 0; n < 4; n += 1) start()
    expect(start()).toMatchObject({ isError: true })
    expect(await background.stop('bg2')).toMatchObject({ output: expect.stringContaining('bg2 has ended') })
    expect(running()).toBe(3)
    await background.endAll()
    expect(running()).toBe(0)
  })

  it('that is not there any more is said to be gone', async () => {
    const { background } = stage()
    expect(background.callOf('bg9')).toBeUndefined()
    expect(await background.look('bg9', 0)).toMatchObject({ isError: true, output: expect.stringContaining('Lugh was restarted') })
  })
})
