/** The engine `command`, with an agent in small in place of somebody's CLI. */
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { call } from '#simulator'
import { describe, expect, it } from 'vitest'
import { calledByShell } from '../../test/support/heavy-engines.ts'
import { noWalls } from '../../test/support/sandbox.ts'
import { createCommandEngine } from './command.ts'
import type { SessionEngine } from './session-port.ts'
import { sessionConformance } from './session-conformance.ts'
import { promptAnew, promptToGoOn } from './session-words.ts'
import { splitCommand } from './split-command.ts'
import type { Message } from './port.ts'

const AGENT = fileURLToPath(new URL('../../test/support/agents/tiny-agent.mjs', import.meta.url))
const PARTS = { defaultModel: 'm', models: async () => ['m'], ground: () => ({ ok: true as const }) }

sessionConformance('command', {
  make: (machine): SessionEngine => {
    copyFileSync(AGENT, join(machine.worktree, 'tiny-agent.mjs'))
    return createCommandEngine('node tiny-agent.mjs {prompt} "{model}"', PARTS)
  },
  hands: {
    write: (path, content) => call('write_file', { path, content }),
    run: (command) => call('run_command', { command, why: 'to see' }),
    serve: (tool, input) => call('run_command', { command: calledByShell(tool, input), why: 'to see' }),
  },
  asks: false,
  resumes: false,
  namesServed: true,
  patienceMs: 20_000,
  skip: noWalls('engines: command') !== undefined,
})

describe('the engine command, besides', () => {
  const engine = (line: string | undefined, ground: SessionEngine['available'] = () => ({ ok: true })): SessionEngine =>
    createCommandEngine(line, { ...PARTS, ground })

  it('says what is missing, and how to mend it', () => {
    expect([
      engine(undefined).available(),
      engine('aider "{prompt}').available(),
      engine('aider {prompt}', () => ({ ok: false, why: 'no sandbox' })).available(),
      engine('aider {prompt}').available(),
    ]).toEqual([
      { ok: false, why: expect.stringContaining('LUGH_ENGINE_COMMAND') },
      { ok: false, why: expect.stringContaining('quote') },
      { ok: false, why: 'no sandbox' },
      { ok: true },
    ])
  })

  it('is told the task as one word, whatever it holds, or as its input', async () => {
    const started: { argv: readonly string[]; stdin: string | undefined }[] = []
    const nasty = '"; rm -rf / #$(x) `y` {model} $& $1'
    const session = {
      model: 'm-1',
      prompt: '',
      promptAnew: nasty,
      resume: null,
      readOnly: false,
      worktree: '/w',
      home: '/h',
      gateway: { token: 't', anthropicUrl: 'a', openaiUrl: 'o' },
      signal: new AbortController().signal,
      on: () => undefined,
      ask: () => Promise.reject(new Error('it cannot ask')),
      launch: async ({ argv, stdin }: { argv: readonly string[]; stdin?: string }) => {
        started.push({ argv, stdin })
        return { exitCode: 0, signal: null, endedBy: null, stdout: '', stderr: '', truncated: false, ms: 1 }
      },
    }
    await engine(`aider --model={model} --message 'do: {prompt}'`).work(session)
    await engine('cat').work(session)
    expect(started).toEqual([
      { argv: ['aider', '--model=m-1', '--message', `do: ${nasty}`], stdin: undefined },
      { argv: ['cat'], stdin: nasty },
    ])
  })

  it.each<[string, string[] | undefined]>([
    ['aider --message {prompt}', ['aider', '--message', '{prompt}']],
    [`a 'b c' "d \\"e\\"" f\\ g ''`, ['a', 'b c', 'd "e"', 'f g', '']],
    ['  spaced   out  ', ['spaced', 'out']],
    [`it's`, undefined],
  ])('splits %j as a shell would, and does no more of it', (line, words) => expect(splitCommand(line)).toEqual(words))
})

describe('what such engines are told', () => {
  const user = (text: string): Message => ({ role: 'user', content: [{ type: 'text', text }] })
  const agent = (text: string): Message => ({ role: 'assistant', content: [{ type: 'text', text }] })
  const brief = { projectName: 'shop', testCommand: 'npm test', stance: 'ask' as const }

  it('is the place, its rules and the wish, and later what was said since', () => {
    const told = promptAnew(brief, [user('Fix it'), agent('Half done.'), user('And the other half')])
    for (const words of ['"shop"', '`npm test`', 'Never commit', 'Fix it', 'Half done.', 'And the other half']) expect(told).toContain(words)
    const more = promptToGoOn([user('Fix it'), agent('Half done.'), user('And the other half')])
    expect([more.includes('And the other half'), more.includes('Fix it')]).toEqual([true, false])
  })

  it('never grows beyond what a command line takes', () => {
    const told = promptAnew(brief, [user('🧑‍🚀'.repeat(50_000)), agent('x'.repeat(200_000)), user('end')])
    expect(Buffer.byteLength(told)).toBeLessThan(128 * 1024)
    expect(told.isWellFormed()).toBe(true)
  })

  it('while planning is to plan, and to change nothing', () => {
    expect(promptAnew({ ...brief, stance: 'plan' }, [user('Fix it')])).toMatch(/read-only[\s\S]*plan and nothing else/)
  })
})
