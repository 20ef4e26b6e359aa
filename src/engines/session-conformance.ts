/**
 * What every engine that is a program of its own promises, as one suite: behind real walls, through the gateway, against a model that
 * plays scripts. The suite knows the port and nothing of any program.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LughError } from '#core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KEY, openSessionStand, type Hands, type SessionStand } from '../../test/support/session-stand-in.ts'
import { calls, play, says } from '../../test/support/plays.ts'
import { processesNamed } from '../../test/support/remains.ts'
import type { SessionEngine } from './session-port.ts'
import type { Machine } from '../../test/support/sandbox.ts'

export type SessionKind = {
  readonly make: (machine: Machine) => SessionEngine
  readonly hands: Hands
  /** Whether it asks before it runs a command, and keeps its conversations. */
  readonly asks: boolean
  readonly resumes: boolean
  /** Whether a call of a server's tool can be told from one of its own tools. */
  readonly namesServed: boolean
  /** How long it may take to start, in milliseconds: some are small and some are not. */
  readonly patienceMs: number
  readonly skip: boolean
}

const WORDS = 'Grüße 🧑‍🚀 née 日本語 שלום — done'

/** Runs the suite for one engine. */
export function sessionConformance(name: string, { make, hands, asks, resumes, namesServed, patienceMs, skip }: SessionKind): void {
  let stand: SessionStand
  const inTree = (path: string): string => readFileSync(join(stand.machine.worktree, path), 'utf8')

  describe.skipIf(skip)(`the engine ${name}`, { timeout: patienceMs }, () => {
    beforeAll(async () => {
      if (!skip) stand = await openSessionStand(make)
    })
    afterAll(async () => {
      if (!skip) await stand.close()
    })

    it('does what its model says in the worktree, tells of it, and is counted', async () => {
      stand.play(play('Write it', calls(hands.write('hello.txt', `${WORDS}\n`)), says(WORDS)))
      const before = stand.spent.length
      const done = await stand.work({ prompt: 'Write it' })
      expect({ words: done.words, file: inTree('hello.txt') }).toEqual({ words: expect.stringContaining(WORDS), file: `${WORDS}\n` })
      expect(done.events.flatMap((event) => (event.type === 'text' ? [event.text] : [])).join('')).toContain(WORDS)
      expect(stand.spent.slice(before).reduce((sum, { output }) => sum + output, 0)).toBeGreaterThan(0)
    })

    it('finds no key inside', async () => {
      stand.play(play('Look around', calls(hands.run('(env; cat /proc/*/environ) | tr "\\0" "\\n" > seen.txt; true')), says('Looked.')))
      await stand.work({ prompt: 'Look around' })
      const seen = inTree('seen.txt')
      expect([seen.includes('lugh-run-'), seen.includes(KEY)]).toEqual([true, false])
    })

    it('reaches for nothing on the network but its model', async () => {
      stand.play(play('Stay in', calls(hands.write('in.txt', 'in\n')), says('Stayed in.')))
      await stand.work({ prompt: 'Stay in' })
      expect(stand.blocked).toEqual([])
    })

    it('is heard when it ends without a word', async () => {
      stand.play(play('Say nothing', calls(hands.run('true')), { say: '' }))
      const done = await stand.work({ prompt: 'Say nothing' }).catch((error: unknown) => error)
      if (done instanceof Error) expect(done).toMatchObject({ code: 'engine.failed' })
      else expect(done).toMatchObject({ words: expect.any(String) })
    })

    it('goes on after a tool that failed', async () => {
      stand.play(play('Try it', calls(hands.run('echo broken >&2; exit 3')), calls(hands.write('after.txt', 'on\n')), says('Went on.')))
      const done = await stand.work({ prompt: 'Try it' })
      expect([done.words, inTree('after.txt')]).toEqual([expect.stringContaining('Went on.'), 'on\n'])
    })

    it('says what its provider said when that is a no', async () => {
      stand.play(play('Refused', says('never')))
      stand.model.misbehave({ kind: 'status', status: 400, message: 'prompt is too long: 300000 tokens > 200000 maximum' }, Number.POSITIVE_INFINITY)
      const error = await stand.work({ prompt: 'Refused' }).catch((thrown: unknown) => thrown)
      stand.model.behave()
      expect(error).toBeInstanceOf(LughError)
      expect(error).toMatchObject({ code: 'engine.failed', say: expect.stringMatching(/\w/) })
    })

    it('stops within two seconds, with all it started', async () => {
      // No `sleep`: there are engines that will not have their time slept away.
      stand.play(play('Never end', calls(hands.run('tail --sleep-interval=611.25 -f /dev/null'))))
      const stop = new AbortController()
      const working = stand.work({ prompt: 'Never end', signal: stop.signal }).catch((error: unknown) => error)
      await expect.poll(() => processesNamed('611.25').length, { timeout: patienceMs }).toBeGreaterThan(0)
      const began = performance.now()
      stop.abort(new LughError('conflict', 'This task was stopped.'))
      expect(await working).toMatchObject({ code: 'conflict' })
      expect(performance.now() - began).toBeLessThan(2000)
      expect(processesNamed('611.25')).toEqual([])
    })

    it.skipIf(!resumes)('goes on with its conversation by its session, and begins anew where that is gone', async () => {
      stand.play(play('Remember plum', says('I will.')), play('What was it', says('fallback')))
      const first = await stand.work({ prompt: 'Remember plum' })
      expect(first.session).toEqual(expect.any(String))
      const since = stand.model.requests.length
      await stand.work({ prompt: 'What was it', resume: first.session })
      expect(JSON.stringify(stand.model.requests.slice(since).map(({ request }) => request?.messages))).toContain('Remember plum')
      const lost = await stand.work({ prompt: 'What was it', resume: '00000000-0000-4000-8000-000000000000' })
      expect(lost.words).toContain('fallback')
    })

    it('calls a tool of a server that the person connected, and hears what it answered or why not', async () => {
      const heard: unknown[] = []
      const served = {
        names: ['words__look_up', 'words__forget'],
        call: async (name: string, input: unknown) => {
          heard.push([name, input])
          return name === 'words__look_up' ? { output: 'moss: a plum', isError: false } : { output: 'The person lets nobody.', isError: true }
        },
      }
      const lookUp = hands.serve('words__look_up', { word: 'moss' })
      stand.play(play('Find moss', calls(lookUp), calls(hands.serve('words__forget', {})), ({ now }) => says(JSON.stringify(now.calls))))
      const done = await stand.work({ prompt: 'Find moss', served })
      expect(heard).toEqual([
        ['words__look_up', { word: 'moss' }],
        ['words__forget', {}],
      ])
      expect([done.words, done.asked]).toEqual([expect.stringMatching(/moss: a plum[^]*The person lets nobody\./u), []])
      // Whoever answers the call writes it down; told by the engine, too, it would stand twice in the steps.
      const told = done.events.filter(({ type }) => type === 'tool_call' || type === 'tool_result')
      if (namesServed) expect(told.filter((event) => /words__|moss|lets nobody/u.test(JSON.stringify(event)))).toEqual([])
    })

    it.skipIf(!asks)('asks before it runs a command, and lives with a no', async () => {
      const command = 'touch asked.txt'
      stand.play(play('Run one', calls(hands.run(command)), says('So be it.')))
      const denied = await stand.work({ prompt: 'Run one', answer: () => ({ answer: 'denied', why: 'Not today.' }) })
      const allowed = (): boolean => existsSync(join(stand.machine.worktree, 'asked.txt'))
      expect([denied.asked, allowed()]).toEqual([[expect.objectContaining({ kind: 'command', command })], false])
      await stand.work({ prompt: 'Run one' })
      expect(allowed()).toBe(true)
    })
  })
}
