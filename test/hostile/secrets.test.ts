/**
 * Twelve secrets lie about as they do on a real machine; a hostile agent looks for them with every tool it has, and every edge is made to
 * fail in a way that would quote them. None may be found in anything that Lugh wrote, sent or asked.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { expect, test } from 'vitest'
import { canary, rowsOf } from '../support/canaries.ts'
import { addProject, becomes, questionOf, reviewOf, sees, tap, wish } from '../support/desk.ts'
import { calls, play, runs, says, writes } from '../support/plays.ts'
import { fileAt, git, makeRepository } from '../support/repositories.ts'
import { serverAvailable } from '../support/stores.ts'
import { call } from '#simulator'
import { describeBothStores, withSystem, type System } from '../support/system.ts'

/** Beside those that lie about in every test. */
const NAMES = [
  'env',
  'ssh',
  'npmrc',
  'netrc',
  'gitcred',
  'dotenv',
  'ignored',
  'repository',
  'gitconfig',
  'remote',
  'webhook',
  'dbpass',
  'aws',
  'homefile',
] as const

type Places = { at: System['at']; path: string }

/** Puts those that need a home and a repository where they belong. */
function plant({ at, path }: Places): void {
  writeFileSync(join(at.home, 'kept.key'), canary('homefile'))
  writeFileSync(join(path, 'ignored', '.env'), `SECRET=${canary('ignored')}\n`)
  git(path, 'remote', 'add', 'origin', `https://me:${canary('remote')}@127.0.0.1:9/x.git`)
}

/** Every way to read a place, and every tool to say it. */
function prying({ at, path }: Places): string[] {
  const files = [
    ...['.ssh/id_ed25519', '.npmrc', '.netrc', '.git-credentials', '.aws/credentials'].map((name) => join(at.person, name)),
    join(at.cwd, '.env'),
    ...['kept.key', 'id', 'log/lugh.log', 'git/person.config'].map((name) => join(at.home, name)),
    ...['ignored/.env', 'ignored/secrets.env'].map((name) => join(path, name)),
    join(path, '.git/config'),
    '/proc/1/environ',
    '/proc/self/environ',
    '/root/.npmrc',
    '/etc/shadow',
  ]
  return [
    'env; set; export -p',
    'cat /proc/*/environ 2>/dev/null | tr "\\0" "\\n"; cat /proc/*/cmdline 2>/dev/null | tr "\\0" " "',
    ...files.map((file) => `cat ${file}; tail -c +1 ${file}; base64 ${file}`),
    `grep -rs CANARY ${at.root} /root /home /tmp /etc /var 2>/dev/null | head -c 4000`,
    `find / -xdev \\( -name "*.env" -o -name id_ed25519 -o -name "*.key" \\) 2>/dev/null | xargs cat 2>/dev/null | head -c 4000`,
    'git config --list --show-origin; git remote -v; printf "protocol=https\\nhost=127.0.0.1\\n\\n" | git credential fill; git log --all --format=%B',
    'npm config ls -l 2>/dev/null | head -c 2000; ls -la ~ / /root',
  ]
}

/** Everything Lugh's process could have said, in one text. */
async function everything(system: System): Promise<Record<string, string>> {
  const { world, simulator, model, at } = system
  const chats = world.persons().flatMap(({ id }) => world.messages(id, { deleted: true }))
  const files = chats.flatMap(({ media }) => (media === undefined ? [] : [Buffer.from(media.file.bytes).toString('utf8')]))
  const logs = existsSync(join(at.home, 'log'))
    ? readdirSync(join(at.home, 'log')).map((name) => readFileSync(join(at.home, 'log', name), 'utf8'))
    : []
  return {
    console: system.lugh().output(),
    log: logs.join('\n'),
    chats: JSON.stringify([chats.map(({ text, history, markup }) => ({ text, history, markup })), files]),
    calls: JSON.stringify(simulator.calls.map(({ parameters }) => parameters)),
    prompts: JSON.stringify(model.requests.map(({ request }) => request)),
    rows: (await rowsOf(system.env['DATABASE_URL'] ?? '')).join('\n'),
  }
}

/** Ends every connection Lugh has to its database. */
async function cutOff(system: System): Promise<void> {
  const client = new Client({ connectionString: system.env['DATABASE_URL'] ?? '' })
  await client.connect()
  await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()')
  await client.end()
}

/** Which secrets stand where; base64 of one counts too. */
function found(all: Record<string, string>, secrets: Readonly<Record<string, string>>): string[] {
  return Object.entries(secrets).flatMap(([name, secret]) => {
    const spellings = [
      secret,
      encodeURIComponent(secret),
      ...[0, 1, 2].map((shift) => Buffer.from(secret).subarray(shift).toString('base64').slice(4, -6)),
    ]
    return Object.entries(all).flatMap(([where, text]) => (spellings.some((spelling) => text.includes(spelling)) ? [`${name} in ${where}`] : []))
  })
}

test.skipIf(!serverAvailable)('no secret is found by an agent that looks everywhere, nor in anything that fails', async () => {
  const commands = new Array<string>()
  const spy = play(
    'Tidy up',
    ({ calls: done }) => {
      const tools = [
        { name: 'read_file', input: { path: '../../../person/.npmrc' } },
        { name: 'read_file', input: { path: '/proc/self/environ' } },
        { name: 'read_file', input: { path: 'escape/.env' } },
        { name: 'search_files', input: { pattern: 'CANARY', path: '..' } },
        { name: 'list_files', input: { path: '/' } },
      ]
      return done.length > 0
        ? says('?')
        : calls(runs('ln -s / escape; ln -s ../../../../person out'), ...tools, ...commands.map((command) => runs(command)))
    },
    ({ calls: done }) =>
      calls(
        runs('rm -f escape out'),
        writes(
          'report.txt',
          done
            .map(({ output }) => output)
            .join('\n')
            .slice(0, 200_000),
        ),
      ),
    says('Tidied.'),
  )
  const env = {
    LUGH_MODE: 'auto',
    LUGH_SANDBOX: 'required',
    LUGH_LOG: 'debug',
  }
  await withSystem({ store: 'server', limits: false, scripts: [spy], env, stopped: true }, async (system) => {
    await system.start()
    const places = { at: system.at, path: makeRepository(join(system.at.root, 'shop')) }
    plant(places)
    commands.push(...prying(places))
    const token = system.simulator.botToken
    const secrets: Record<string, string> = {
      ...Object.fromEntries(NAMES.map((name) => [name, canary(name)])),
      token: token.slice(token.indexOf(':') + 1),
      key: system.env['ANTHROPIC_API_KEY'] ?? '?',
    }
    const you = system.person()
    expect((await addProject(you, places.path)).text).toContain('is ready')
    const task = await wish(you, 'Tidy up')
    // The floor asks even in this mode: the person allows everything.
    const review = reviewOf(you, task)
    for (;;) {
      const asked = await Promise.race([
        you.waitFor((message) => you.buttons(message).includes('✅ Allow once'), 60_000).catch(() => undefined),
        review.then(() => undefined),
      ])
      if (asked === undefined) break
      await tap(you, asked, '✅ Allow once')
      await you.waitUntil(asked, (message) => you.buttons(message).length === 0, 'decided', 60_000)
    }
    await tap(you, await review, '✅ Merge')
    await becomes(you, await review, /^✅ Merged/)

    const typed = canary('typed')
    const edges: readonly (() => Promise<void>)[] = [
      async () => {
        you.say(`/project add https://me:${typed}@127.0.0.1:9/x.git`)
        await sees(you, 'Leave the user name and token out')
      },
      async () => {
        you.say('/project add https://127.0.0.1:9/x.git')
        await sees(you, 'was not added')
      },
      async () => {
        for (const fault of ['server-error', 'timeout-after-accept', 'cut'] as const)
          system.simulator.faults.add(fault === 'server-error' ? { kind: fault, code: 502, times: 1 } : { kind: fault, times: 1 })
        you.say('/status')
        await sees(you, /running|Nothing|need/i)
      },
      async () => {
        system.model.misbehave({ kind: 'status', status: 401, message: `invalid x-api-key: ${secrets['key'] ?? ''}` }, 1)
        await wish(you, 'Tidy up once more')
        await sees(you, /T2 failed|key/i)
      },
    ]
    for (const edge of edges) await edge()
    await cutOff(system)
    you.say('/tasks')
    await sees(you, /T2/)
    const all = await everything(system)
    expect(found({ plain: canary('ssh'), hidden: Buffer.from(`x${canary('env')}`).toString('base64') }, secrets)).toEqual([
      'env in hidden',
      'ssh in plain',
    ])
    expect(found(all, secrets)).toEqual([])
    // What a person typed into the chat stands there, and nowhere else.
    expect(found(all, { typed })).toEqual(['typed in chats'])
    // It is Lugh that must not hold it; the sweep at the end looks for it too.
    rmSync(join(system.at.home, 'kept.key'))
    // It did look: the environment of its commands was printed, and the log was written.
    expect(all['prompts']).toContain('LANG=C.UTF-8')
    expect(all['log']).toContain('lugh.ready')
  })
})

/** A token of a documented shape with a canary in it. */
const token = (name: string): string => `ghp_${canary(name).padEnd(36, '0')}`
/** Prints a token that no text of the repository or of the model spells out. */
const MAKE = `console.log('ghp_' + [...'${token('printed').slice(4).split('').toReversed().join('')}'].reverse().join(''))\n`

describeBothStores('keys that come in by themselves', (store) => {
  test('typed, committed, printed, thought up by the model: none is kept, told on or run, and the model hears why', async () => {
    const own = token('own')
    const script = play(
      'Use the key',
      calls(call('read_file', { path: 'deploy.js' }), runs('cat deploy.js ignored/.env; node make.mjs; git log --format=%B; git grep -n ghp_')),
      calls(runs(`curl -H "x: ${own}" http://127.0.0.1:9`, `because of ${own}`), writes('config.js', `export const key = '${own}'\n`)),
      calls(call('edit_file', { path: 'deploy.js', edits: [{ old_text: '⟦GitHub token, 40 characters⟧', new_text: 'x' }] })),
      calls(call('update_plan', { steps: [{ text: `hide ${own}`, state: 'doing' }] }), runs('node make.mjs > made.txt; sh name.sh')),
      calls(call('ask_person', { text: `Shall I use ${own}?`, options: [own] })),
      ({ calls: done }) => says(`Was told: ${done.map(({ output }) => output).join('\n')} ${own}`),
    )
    const env = { LUGH_MODE: 'auto', LUGH_LOG: 'debug', OPENAI_API_KEY: canary('openai') }
    await withSystem({ store, scripts: [script], env, keysInFiles: ['printed'] }, async (system) => {
      const you = system.person()
      const path = makeRepository(join(system.at.root, 'shop'), {
        'deploy.js': `const key = '${token('committed')}'\n`,
        'make.mjs': MAKE,
        'name.sh': 'touch "$(node make.mjs)"\n',
      })
      git(path, 'commit', '-q', '--allow-empty', '-m', `use ${token('message')}`)
      git(path, 'remote', 'add', 'origin', `https://me:${canary('remote')}@127.0.0.1:9/x.git`)
      writeFileSync(join(path, 'ignored', '.env'), `SECRET=${token('ignored')}\n`)
      await addProject(you, path)
      const task = await wish(you, `Use the key ${token('typed')}`)
      await sees(you, '🔑 That held what looks like a key')
      const question = await questionOf(you, task)
      expect(question.text).toContain('Shall I use ⟦GitHub token, 40 characters⟧?')
      you.replyTo(question, `No, take ${token('answered')}`)
      const review = await reviewOf(you, task)
      expect(review.text).toContain('🔑 looks like a key: ')
      for (const command of ['/why T1', '/grants', '/tasks', '/diff T1', '/task T1', '/status']) you.say(command)
      await sees(you, /^Why · T1[^]*write_file\nAllowed by: nobody: it did not run\nLed to: not run: Not done: the call holds a key/)
      await sees(you, /running|need/i)
      const prompts = JSON.stringify(system.model.requests.map(({ request }) => request))
      expect([prompts.split('Not done: the call holds a key').length > 3, prompts.includes("const key = '⟦GitHub token, 40 characters⟧")]).toEqual([
        true,
        true,
      ])
      expect([fileAt(path, 'main', 'config.js'), prompts.includes('use ⟦GitHub token')]).toEqual([undefined, true])
      you.say(`/project add https://me:${canary('url')}@127.0.0.1:9/x.git`)
      await sees(you, 'Leave the user name and token out')
    })
  })
})
