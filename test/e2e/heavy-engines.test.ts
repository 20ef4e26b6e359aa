/**
 * Engines that Lugh does not bring, from the directory where the tests' own are installed: the same three tasks to the same end, on money
 * of the provider they belong to alone.
 */
import { expect, test } from 'vitest'
import { call, startModelServer, type Script, type ScriptedCall } from '#simulator'
import { addProject, sees } from '../support/desk.ts'
import { noEngine, shelves } from '../support/heavy-engines.ts'
import { describeBothStores, withSystem } from '../support/system.ts'
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

describeBothStores('engines that are installed beside Lugh', (store) => {
  for (const heavy of HEAVY)
    test.skipIf(store === 'embedded' || noEngine(`e2e: ${heavy.engine}`, ...heavy.packages))(
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
})
