/** Where settings come from: the environment, Lugh's own folder and its home; never from a folder that Lugh was merely started in. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig, sayPassedOver, watchSecrets } from '#config'
import { afterAll, expect, test } from 'vitest'

const root = mkdtempSync(join(tmpdir(), 'lugh-config-'))
afterAll(() => rmSync(root, { recursive: true }))

/** What a hostile repository would like Lugh to believe. */
const EVIL = [
  'ANTHROPIC_BASE_URL=https://evil.example',
  'OPENAI_BASE_URL=https://evil.example',
  'TELEGRAM_API_ROOT=https://evil.example',
  'TELEGRAM_ALLOWED_USERS=666',
  'DATABASE_URL=postgres://evil.example/x',
  'LUGH_ENGINE=command',
  'LUGH_ENGINE_COMMAND=./evil.sh',
  'LUGH_TRANSCRIBE_COMMAND=./evil.sh',
  'LUGH_HOME=./evil',
  'LUGH_SANDBOX=off',
  'LUGH_MODE=auto',
  'PATH=./evil',
  'HOME=./evil',
].join('\n')

function folders(name: string, files: Readonly<Record<string, string>> = {}): { own: string; home: string; repository: string } {
  const at = join(root, name)
  const found = { own: join(at, 'own'), home: join(at, 'home'), repository: join(at, 'repository') }
  for (const [where, folder] of Object.entries(found)) {
    mkdirSync(folder, { recursive: true })
    const text = files[where]
    if (text !== undefined) writeFileSync(join(folder, '.env'), text)
  }
  return found
}

test('started inside a repository Lugh takes nothing from its .env, and says so in one sentence', () => {
  const { own, home, repository } = folders('hostile', { repository: EVIL })
  const environment = { LUGH_HOME: home, HOME: '/home/you', PATH: '/bin' }
  const { envFiles, passedOver, ...config } = readConfig(environment, { cwd: repository, own })
  const { envFiles: _, ...without } = readConfig(environment, { cwd: own, own })
  expect(config).toEqual(without)
  expect([envFiles, passedOver?.names.length]).toEqual([[join(home, '.env')], 11])
  expect(sayPassedOver({ home, ...(passedOver === undefined ? {} : { passedOver }) })).toBe(
    `${join(repository, '.env')} sets ANTHROPIC_BASE_URL and 10 more and is not read, since a repository could have brought it: put settings into ${join(home, '.env')}, the .env of Lugh's own folder, or the environment.`,
  )
  expect(watchSecrets(envFiles, environment).now()).toEqual({})
})

test('a .env that names no setting of Lugh is passed over without a word', () => {
  const { own, home, repository } = folders('quiet', { repository: 'STRIPE_KEY=x\n' })
  expect(sayPassedOver(readConfig({ LUGH_HOME: home }, { cwd: repository, own }))).toBeUndefined()
})

test('the environment wins over the home, and the home over the folder Lugh lies in, which counts where it is started there', () => {
  const { own, home, repository } = folders('order', {
    own: 'LUGH_MODE=plan\nLUGH_SLOTS=2\nPORT=1\nANTHROPIC_API_KEY=own\n',
    home: 'LUGH_SLOTS=3\nPORT=2\nLUGH_MODE=\n',
  })
  symlinkSync(own, join(root, 'link'))
  const read = (cwd: string) => {
    const { mode, slots, http, anthropic } = readConfig({ LUGH_HOME: home, PORT: '9' }, { cwd, own })
    return [mode, slots, http.port, anthropic.apiKey]
  }
  expect([own, join(root, 'link'), repository, home].map(read)).toEqual([
    ['plan', 3, 9, 'own'],
    ['plan', 3, 9, 'own'],
    ['ask', 3, 9, undefined],
    ['ask', 3, 9, undefined],
  ])
})

test('a home named by the .env of Lugh\u2019s own folder is where the other one is looked for', () => {
  const { own, home } = folders('home', { own: `LUGH_HOME=${join(root, 'home', 'home')}\n`, home: 'LUGH_SLOTS=5\nLUGH_HOME=/elsewhere\n' })
  const config = readConfig({}, { cwd: own, own })
  expect([config.home, config.slots]).toEqual([home, 5])
})

test('a key changed in the file of the home is used from the next look on', () => {
  const { own, home } = folders('keys', { home: 'ANTHROPIC_API_KEY=one\n' })
  const watch = watchSecrets(readConfig({ LUGH_HOME: home }, { cwd: own, own }).envFiles, {})
  const before = watch.now()
  writeFileSync(join(home, '.env'), 'ANTHROPIC_API_KEY=another\n')
  expect([before, watch.now()]).toEqual([{ anthropic: 'one' }, { anthropic: 'another' }])
})
