/**
 * Engines that Lugh does not bring, from the directory where the tests' own are installed: the same three tasks to the same end, on money
 * of the provider they belong to alone.
 */
import { describe, expect, test } from 'vitest'
import { call, startModelServer, type Script, type ScriptedCall } from '#simulator'
import { addProject, cardSays, reviewOf, sees, tap, wish } from '../support/desk.ts'
import { noEngine, shelves } from '../support/heavy-engines.ts'
import { calls, says } from '../support/plays.ts'
import { serverAvailable } from '../support/stores.ts'
import { WHOLE, withSystem } from '../support/system.ts'
import { doThreeTasks, MERGED, mergedFiles, shopRepository, threeTasks, type TaskHands } from '../support/three-tasks.ts'

const OPENAI_KEY = 'sk-canary-openai-0000000000'
const MODEL = 'claude-sonnet-5-5'

type Heavy = {
  readonly engine: string
  readonly packages: readonly string[]
  readonly hands: TaskHands
  readonly env: Readonly<Record<string, string>>
  /** Who plays its model. */
  readonly provider: 'anthropic' | 'openai'
}

const CLAUDE: Pick<Heavy, 'hands' | 'provider'> = {
  provider: 'anthropic',
  hands: {
    look: (path) => call('Read', { file_path: path }),
    edit: (path, before, after) => call('Edit', { file_path: path, old_string: before, new_string: after, replace_all: true }),
    write: (path, content) => call('Write', { file_path: path, content }),
  },
}

const bash = (cmd: string): ScriptedCall => call('exec_command', { cmd })
const quoted = (words: string): string => `'${words.replaceAll("'", `'\\''`)}'`

const HEAVY: readonly Heavy[] = [
  {
    engine: 'codex',
    packages: ['@openai/codex'],
    provider: 'openai',
    env: { LUGH_MODEL: 'gpt-test', LUGH_MODE: 'auto' },
    hands: {
      look: (path) => bash(`cat ${path}`),
      edit: (path, before, after) => bash(`sed -i ${quoted(`s/${before}/${after}/g`)} ${path}`),
      write: (path, content) => bash(`printf %s ${quoted(content)} > ${path}`),
    },
  },
  { engine: 'claude-code', packages: ['@anthropic-ai/claude-agent-sdk'], env: { LUGH_MODEL: MODEL }, ...CLAUDE },
  {
    engine: 'acp',
    packages: ['@agentclientprotocol/sdk', '@agentclientprotocol/claude-agent-acp'],
    env: { LUGH_MODEL: MODEL, LUGH_ENGINE_ACP: 'claude-agent-acp' },
    ...CLAUDE,
  },
]

/** Each is known by the end of what Lugh tells: an engine may show its model the log of commits, and so what went before. */
const scriptsFor = ({ hands }: Heavy): readonly Script[] =>
  threeTasks(hands).map((script) => ({ ...script, match: ({ wish }) => wish.includes(`# The task\n${script.name}`) }))

/** They hold programs of hundreds of megabytes: once, where the store is a process of its own. */
const store = 'server'

describe.runIf(serverAvailable && WHOLE)('engines that are installed beside Lugh', () => {
  for (const heavy of HEAVY)
    test.skipIf(noEngine(`e2e: ${heavy.engine}`, ...heavy.packages))(
      `${heavy.engine}: three tasks end in the same merged files`,
      { timeout: 240_000 },
      async () => {
        const scripts = scriptsFor(heavy)
        const openai = await startModelServer({ script: scripts, apiKey: OPENAI_KEY, models: ['gpt-test'] })
        try {
          const env = {
            OPENAI_API_KEY: OPENAI_KEY,
            OPENAI_BASE_URL: `${openai.url}/v1`,
            LUGH_ENGINE: heavy.engine,
            LUGH_ENGINES: shelves.own,
            ...heavy.env,
          }
          await withSystem({ store, scripts, env }, async (system) => {
            const you = system.person()
            const path = shopRepository(system.at.root)
            await addProject(you, path)
            await doThreeTasks(you)
            expect(mergedFiles(path)).toEqual(MERGED)
            // What such a program would fetch for itself, nobody is asked about.
            expect(you.messages().flatMap(({ text }) => /^(?:🟠 )?Reach .*/u.exec(text) ?? [])).toEqual([])
            you.say('/cost')
            await sees(you, /tokens|\$/)
            const other = heavy.provider === 'anthropic' ? openai : system.model
            expect(other.requests.filter(({ path: at }) => at.includes('/messages') || at.includes('/responses') || at.includes('/chat'))).toEqual([])
          })
          expect(openai.requests.flatMap(({ refused }) => refused ?? [])).toEqual([])
        } finally {
          await openai.close()
        }
      },
    )

  test.skipIf(noEngine('e2e: a budget', '@anthropic-ai/claude-agent-sdk'))(
    'claude-code whose budget is used up in the middle is stopped, asked about, and goes on with its own conversation after + $2',
    { timeout: 240_000 },
    async () => {
      const writes = (path: string): ScriptedCall => CLAUDE.hands.write(path, 'written\n')
      const script: Script = {
        name: 'Write two files',
        match: ({ wish: words }) => words.includes('# The task\nWrite two files'),
        turns: ({ calls: done }) => {
          const left = ['one.txt', 'two.txt'].filter((path) => !done.some(({ input }) => String(input['file_path']).endsWith(path)))
          return left[0] === undefined ? says('Both are written.') : calls(writes(left[0]))
        },
      }
      // The first call may go beyond a limit when it is alone; what it costs leaves nothing for the second.
      const env = { LUGH_ENGINE: 'claude-code', LUGH_ENGINES: shelves.own, LUGH_MODEL: MODEL, LUGH_BUDGET_TASK_USD: '0.001' }
      await withSystem({ store, scripts: [script], env }, async (system) => {
        const asked = (): unknown[] => system.model.requests.filter(({ path, request }) => path.startsWith('/v1/messages') && request !== undefined)
        const you = system.person()
        await addProject(you, shopRepository(system.at.root))
        const task = await wish(you, 'Write two files')
        const card = await you.waitFor((message) => message.text.includes('Budget used up') && you.buttons(message).includes('+ $2'), 60_000)
        await cardSays(you, task, /its budget of \$0\.001 is used up/)
        expect([you.buttons(card), asked().length]).toEqual([['+ $2', 'Cheaper model', '⏹ Stop'], 1])
        await tap(you, card, '+ $2')
        const review = await reviewOf(you, task)
        expect(review.text).toMatch(/2 files/)
        // It was told of its own first step by its own memory.
        expect(JSON.stringify(asked().at(-1))).toMatch(/one\.txt[^]*two\.txt/)
      })
    },
  )
})
