/** Any engine, one road: the same merged result on each, changed in the middle of a task, and stood in for when its provider is away. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { call, startModelServer, type ModelServer } from '#simulator'
import { addProject, merge, reviewOf, sees, shown, wish } from '../support/desk.ts'
import { asks, calls, play, says, writes } from '../support/plays.ts'
import { fileAt, makeRepository } from '../support/repositories.ts'
import { describeSideBySide, withSystem, type StoreKind, type System } from '../support/system.ts'

const OPENAI_KEY = 'sk-test-openai-0000000000'

const FILES = {
  'src/cart.js': 'export const total = (items) => items.reduce((sum, item) => sum - item, 0)\n',
  'test/cart.test.js':
    "import assert from 'node:assert'\nimport test from 'node:test'\nimport { total } from '../src/cart.js'\ntest('sums', () => assert.equal(total([1, 2]), 3))\n",
  'package.json': '{"type":"module"}\n',
}
const edit = (path: string, before: string, after: string): ReturnType<typeof call> =>
  call('edit_file', { path, edits: [{ old_text: before, new_text: after, replace_all: true }] })

/** The three tasks every engine must bring to the same end. */
const SCRIPTS = [
  play(
    'Fix the failing test',
    calls(call('read_file', { path: 'src/cart.js' })),
    calls(edit('src/cart.js', 'sum - item', 'sum + item')),
    says('Fixed.'),
  ),
  play(
    'Rename total to sumOf',
    calls(call('search_files', { pattern: 'total' })),
    calls(edit('src/cart.js', 'total', 'sumOf'), edit('test/cart.test.js', 'total', 'sumOf')),
    says('Renamed.'),
  ),
  play(
    'Add a discount with tests',
    calls(
      writes('src/discount.js', 'export const half = (n) => n / 2\n'),
      writes(
        'test/discount.test.js',
        "import assert from 'node:assert'\nimport test from 'node:test'\nimport { half } from '../src/discount.js'\ntest('halves', () => assert.equal(half(4), 2))\n",
      ),
    ),
    says('Added.'),
  ),
  play('Ask me first', calls(asks('Which?', ['left', 'right'])), calls(writes('ANSWER', 'right\n')), says('Done.')),
  play('Write two', calls(writes('one', '1\n')), calls(writes('two', '2\n')), says('Wrote both.')),
]

/** A system with a provider of each kind, each on a server of its own. */
async function withBoth(store: StoreKind, run: (system: System, openai: ModelServer, path: string) => Promise<void>): Promise<void> {
  const openai = await startModelServer({ script: SCRIPTS, apiKey: OPENAI_KEY, models: ['gpt-test', 'gpt-test-small'] })
  try {
    await withSystem({ store, scripts: SCRIPTS, stopped: true }, async (system) => {
      await system.start({ OPENAI_API_KEY: OPENAI_KEY, OPENAI_BASE_URL: `${openai.url}/v1` })
      const path = makeRepository(join(system.at.root, 'shop'), FILES)
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
      for (const [n, words] of ['Fix the failing test', 'Rename total to sumOf', 'Add a discount with tests'].entries()) {
        await wish(you, words)
        await reviewOf(you, { number: n + 1 })
        await merge(you, { number: n + 1 })
      }
      expect({
        cart: fileAt(path, 'main', 'src/cart.js'),
        test: fileAt(path, 'main', 'test/cart.test.js'),
        discount: fileAt(path, 'main', 'src/discount.js'),
        asked: [system.model.requests.length > 0, openai.requests.length > 0],
      }).toEqual({
        cart: 'export const sumOf = (items) => items.reduce((sum, item) => sum + item, 0)\n',
        test: FILES['test/cart.test.js'].replaceAll('total', 'sumOf'),
        discount: 'export const half = (n) => n / 2\n',
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
