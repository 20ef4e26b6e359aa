/** Any engine, one road: the same merged result on each, changed in the middle of a task, and stood in for when its provider is away. */
import { expect, test } from 'vitest'
import { startModelServer, type ModelServer } from '#simulator'
import { addProject, merge, reviewOf, sees, shown, wish } from '../support/desk.ts'
import { asks, calls, play, says, writes } from '../support/plays.ts'
import { doThreeTasks, MERGED, mergedFiles, shopRepository, THREE_TASKS } from '../support/three-tasks.ts'
import { fileAt } from '../support/repositories.ts'
import { describeSideBySide, withSystem, type StoreKind, type System } from '../support/system.ts'

const OPENAI_KEY = 'sk-test-openai-0000000000'

const SCRIPTS = [
  ...THREE_TASKS,
  play('Ask me first', calls(asks('Which?', ['left', 'right'])), calls(writes('ANSWER', 'right\n')), says('Done.')),
  play('Write two', calls(writes('one', '1\n')), calls(writes('two', '2\n')), says('Wrote both.')),
]

/** A system with a provider of each kind, each on a server of its own. */
async function withBoth(store: StoreKind, run: (system: System, openai: ModelServer, path: string) => Promise<void>): Promise<void> {
  const openai = await startModelServer({ script: SCRIPTS, apiKey: OPENAI_KEY, models: ['gpt-test', 'gpt-test-small'] })
  try {
    await withSystem({ store, scripts: SCRIPTS, stopped: true }, async (system) => {
      await system.start({ OPENAI_API_KEY: OPENAI_KEY, OPENAI_BASE_URL: `${openai.url}/v1` })
      const path = shopRepository(system.at.root)
      await addProject(system.person(), path)
      await run(system, openai, path)
      expect(openai.requests.flatMap(({ refused }) => refused ?? [])).toEqual([])
    })
  } finally {
    await openai.close()
  }
}

describeSideBySide('engines', (store) => {
  test.each(['anthropic', 'openai'])('three tasks on %s end in the same merged files', (engine) =>
    withBoth(store, async (system, openai, path) => {
      const you = system.person()
      you.say(`/engine ${engine}`)
      await sees(you, `goes on with ${engine}`)
      await doThreeTasks(you)
      expect({
        ...mergedFiles(path),
        asked: [system.model.requests.length > 0, openai.requests.length > 0],
      }).toEqual({
        ...MERGED,
        asked: engine === 'anthropic' ? [true, false] : [false, true],
      })
    }),
  )

  test('/engine shows what there is, a tap chooses, and /model knows what is offered', () =>
    withBoth(store, async (system) => {
      const you = system.person()
      you.say('/engine')
      const card = await you.waitFor((message) => message.text.includes('as the installation is set up'), 30_000)
      await you.tap('openai', { in: card })
      await you.waitFor(
        (message) => message.text.includes('Engine of shop') && message.text.includes('openai') && message.text.includes('chosen for this project'),
        30_000,
      )
      you.say('/model gpt-test-small')
      await sees(you, 'goes on with openai · gpt-test-small')
      you.say('/model gpt-9')
      await sees(you, 'No engine here offers “gpt-9”')
      you.say('/engine codex-of-dreams')
      await sees(you, 'There is no engine “codex-of-dreams”')
      you.say('/engine default')
      await sees(you, /goes on with anthropic/)
    }))

  test('another engine goes on in the middle of a task, from the same transcript', () =>
    withBoth(store, async (system, openai, path) => {
      const you = system.person()
      await wish(you, 'Ask me first')
      const question = await you.waitFor((message) => message.text.includes('Which?'), 30_000)
      you.say('/engine openai T1')
      await sees(you, 'T1 goes on with openai')
      await you.tap('right', { in: question })
      await reviewOf(you, { number: 1 })
      await merge(you, { number: 1 })
      const heard = openai.requests[0]?.conversation
      expect({
        file: fileAt(path, 'main', 'ANSWER'),
        wish: heard?.wish.includes('Ask me first'),
        calls: heard?.calls.map(({ name }) => name),
      }).toEqual({
        file: 'right\n',
        wish: true,
        calls: ['ask_person'],
      })
    }))

  test('a provider that cannot be reached is stood in for, the card says so, and no step is done twice', () =>
    withBoth(store, async (system, openai, path) => {
      const you = system.person()
      you.say('/engine fallback openai')
      await sees(you, 'When the chosen engine cannot be reached: openai.')
      await wish(you, 'Write two')
      await reviewOf(you, { number: 1 })
      system.model.misbehave({ kind: 'status', status: 429, retryAfter: 3600 }, Number.POSITIVE_INFINITY)
      you.say('Ask me first')
      await you.waitFor((message) => message.text.includes('Which?'), 30_000)
      const card = shown(you, /Ask me first/).at(-1)
      expect(card?.text).toMatch(/🔁 openai · gpt-test stands in for anthropic · claude-sonnet-5-5: .*60 minutes/)
      await you.tap('left', { in: await you.waitFor((message) => message.text.includes('Which?'), 30_000) })
      system.model.behave()
      await reviewOf(you, { number: 2 })
      await merge(you, { number: 1 })
      expect({ one: fileAt(path, 'main', 'one'), asked: openai.requests.length }).toEqual({ one: '1\n', asked: 1 })
    }))

  test.each(['anthropic', 'openai'])('ten overloads, a cut stream and broken JSON cost %s no step and no second run of a tool', (engine) =>
    withBoth(store, async (system, openai, path) => {
      const you = system.person()
      you.say(`/engine ${engine}`)
      await sees(you, `goes on with ${engine}`)
      const server = engine === 'anthropic' ? system.model : openai
      server.misbehave({ kind: 'status', status: 529, retryAfter: 0 }, 3)
      server.misbehave({ kind: 'cut', afterEvents: 4 }, 1)
      server.misbehave({ kind: 'broken-json' }, 1)
      server.misbehave({ kind: 'cut', afterEvents: 3, clean: true }, 1)
      await wish(you, 'Write two')
      await reviewOf(you, { number: 1 })
      await merge(you, { number: 1 })
      const last = server.requests.at(-1)?.conversation
      expect({
        files: [fileAt(path, 'main', 'one'), fileAt(path, 'main', 'two')],
        calls: last?.calls.map(({ name, isError }) => [name, isError]),
      }).toEqual({
        files: ['1\n', '2\n'],
        calls: [
          ['write_file', false],
          ['write_file', false],
        ],
      })
    }),
  )
})
