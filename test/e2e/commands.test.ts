/** Every command a person is promised answers in the chat, and the settings a project has do what they say. */
import { existsSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { call } from '#simulator'
import { addProject, approvalOf, becomes, merge, reviewOf, sees, shown, tap, wish } from '../support/desk.ts'
import { calls, numberedFiles, play, runs, says, writes } from '../support/plays.ts'
import { fileAt, git, makeRepository, subjects, writeFiles } from '../support/repositories.ts'
import { describeSideBySide, withSystem, type System } from '../support/system.ts'

async function project(system: System, files: Record<string, string> = {}): Promise<string> {
  const path = makeRepository(join(system.at.root, 'shop'), files)
  await addProject(system.person(), path)
  return path
}

describeSideBySide('commands', (store) => {
  test('/start /help /new /status /tasks /task /diff /undo /project /mode /cost /settings /stop: each has an answer of its own', () =>
    withSystem({ store, scripts: [numberedFiles] }, async (system) => {
      const path = await project(system)
      const you = system.person()
      const answer = async (command: string, words: string | RegExp): Promise<string> => {
        const since = you.mark()
        you.say(command)
        return (await sees(you, words, since)).text
      }
      await answer('/start', 'Try it on the sample project')
      const starters = ['🐞 Fix a bug', '🌙 Dark mode', '🧪 Add a test', '📖 Better README']
      expect(shown(you, /Try it on the sample/).map((message) => you.buttons(message))).toEqual([starters])
      const help = await answer('/help', '/new')
      for (const command of ['/status', '/tasks', '/task', '/stop', '/diff', '/undo', '/project', '/mode', '/cost', '/settings'])
        expect(help).toContain(command)
      await answer('/help undo', '/undo T')
      you.say('/new Add file 1')
      await reviewOf(you, { number: 1 })
      await answer('/status', '1 needs you')
      await answer('/tasks', 'T1 Add file 1')
      await answer('/task T1', /Add file 1/)
      await answer('/diff', /\+This is file 1\./)
      await merge(you, { number: 1 })
      await answer('/undo T1', /taken back/)
      await sees(you, /Undone by commit/)
      expect(subjects(path)).toEqual(['Undo: Add file 1 (T1)', 'Add file 1 (T1)', 'Begin'])
      await answer('/project list', '▸ shop')
      await answer('/project use sample', 'about sample now')
      await answer('/project use shop', 'about shop now')
      await answer('/mode', /ask/)
      await answer('/mode auto', /auto/)
      await answer('/cost', /Today \$/)
      await answer('/doctor', /✓ Engine/)
      await answer('/groups', 'Lugh is in no group')
      await answer('/token list', 'No program has a token')
      await answer('/compare', 'Which two?')
      await answer('/settings', '⚙️ Settings')
      const panel = await sees(you, '⚙️ Settings')
      for (const [label, words] of [
        ['🌙 Quiet hours', /🌙 Quiet hours/],
        ['22 to 7', /Quiet 22:00 to 07:00, UTC/],
        ['◀ Back', /⚙️ Settings[^]*Quiet 22:00/],
      ] as const) {
        await tap(you, panel, label)
        await becomes(you, panel, words)
      }
      await answer('/stop', 'no task')
      await answer('/project remove shop', 'is forgotten')
      expect(existsSync(path)).toBe(true)
      await system.tidy()
    }))

  test('a mistyped command offers the nearest as a button, and the button does it', () =>
    withSystem({ store }, async (system) => {
      const you = system.person()
      you.say('/staus')
      const offer = await you.waitFor((message) => message.text.includes('staus') && you.buttons(message).includes('/status'), 30_000)
      await you.tap('/status', { in: offer })
      await sees(you, /needs? you/)
    }))

  test('an edited message and a picture are answered honestly and start nothing', () =>
    withSystem({ store, scripts: [numberedFiles] }, async (system) => {
      await project(system)
      const you = system.person()
      const said = you.say('/status')
      await sees(you, /needs? you/)
      system.world.editText(you.id, said, 'Add file 1')
      you.sendPhoto({ bytes: new Uint8Array([255, 216, 255]) }, 'Add file 2')
      await sees(you, /picture/)
      expect(system.model.requests).toEqual([])
    }))
})

describeSideBySide('a project’s settings', (store) => {
  test('.lugh/config.yaml sets setup, test, target and author; a command overrules it', () => {
    const config = 'setup: echo prepared > setup.out\ntest: test -f setup.out && echo green\ntarget: trunk\nauthor: Repo Robot <robot@example.org>\n'
    return withSystem({ store, scripts: [numberedFiles] }, async (system) => {
      const path = makeRepository(join(system.at.root, 'shop'), { '.lugh/config.yaml': config, '.gitignore': 'setup.out\n' })
      git(path, 'branch', 'trunk')
      const you = system.person()
      await addProject(you, path)
      const review = await reviewOf(you, await wish(you, 'Add file 1'))
      expect(review.text).toMatch(/Tests: ✓ .* passed/)
      await merge(you, { number: 1 })
      expect(subjects(path, 'trunk')).toEqual(['Add file 1 (T1)', 'Begin'])
      expect(subjects(path, 'main')).toEqual(['Begin'])
      expect(git(path, 'log', '-1', '--format=%an <%ae>', 'trunk')).toBe('Repo Robot <robot@example.org>')
      expect(fileAt(path, 'trunk', 'setup.out')).toBeUndefined()
      for (const words of ['author Bea <bea@example.org>', 'test false', 'target main']) {
        const since = you.mark()
        you.say(`/project set ${words}`)
        await sees(you, 'is now', since)
      }
      const second = await reviewOf(you, await wish(you, 'Add file 2'))
      expect(second.text).toMatch(/Tests: ✗/)
      await merge(you, { number: 2 })
      expect(subjects(path, 'main')).toEqual(['Add file 2 (T2)', 'Begin'])
      expect(git(path, 'log', '-1', '--format=%an <%ae>', 'main')).toBe('Bea <bea@example.org>')
      await system.tidy()
    })
  })
})

describeSideBySide('the diff', (store) => {
  test('a long one comes whole as a file, and ✅ Merge appears only when Telegram has accepted it', () => {
    const long = Array.from({ length: 1200 }, (_, index) => `line ${index}`).join('\n')
    const road = play('Write a lot', calls(writes('long.txt', `${long}\n`)), says('Written.'))
    return withSystem({ store, scripts: [road] }, async (system) => {
      const path = await project(system)
      const you = system.person()
      let tries = 0
      system.simulator.faults.add({
        kind: 'server-error',
        code: 502,
        method: 'sendDocument',
        times: 2,
        when: () => {
          tries += 1
          expect(you.messages().flatMap((message) => you.buttons(message))).not.toContain('✅ Merge')
          return true
        },
      })
      const review = await reviewOf(you, await wish(you, 'Write a lot'))
      expect(tries).toBeGreaterThanOrEqual(2)
      const file = you.messages().find(({ media }) => media?.kind === 'document')
      expect(file?.id).toBeLessThan(review.id)
      const diff = Buffer.from(file?.media?.file.bytes ?? []).toString('utf8')
      for (const line of ['+line 0', '+line 600', '+line 1199']) expect(diff.split('\n')).toContain(line)
      await merge(you, { number: 1 })
      expect(fileAt(path, 'main', 'long.txt')).toBe(`${long}\n`)
      await system.tidy()
    })
  })

  test('characters that show nothing are named, in the diff and in the count', () => {
    const road = play('Hide it', calls(writes('a.js', "const ok = 'a\u202eb\u200b'\n")), says('Hidden.'))
    return withSystem({ store, scripts: [road] }, async (system) => {
      await project(system)
      const you = system.person()
      const review = await reviewOf(you, await wish(you, 'Hide it'))
      expect(review.text).toContain('2 hidden characters')
      expect(shown(you, /change 1/)[0]?.text).toContain("a⟦U+202E⟧b⟦U+200B⟧'")
      await tap(you, review, '🗑 Discard')
      await you.tap('✅ Confirm', { in: review })
      await becomes(you, review, /Discarded/)
      await system.tidy()
    })
  })
})

describeSideBySide('the built-in engine', (store) => {
  test('rides out 429, 529, a broken stream and a dropped connection; tokens and cost are counted', () =>
    withSystem({ store, scripts: [numberedFiles] }, async (system) => {
      const path = await project(system)
      const you = system.person()
      system.model.misbehave({ kind: 'status', status: 429, retryAfter: 1 })
      system.model.misbehave({ kind: 'status', status: 529 })
      system.model.misbehave({ kind: 'cut', afterEvents: 2 })
      system.model.misbehave({ kind: 'reset' })
      const task = await wish(you, 'Add file 1')
      await you.waitFor((message) => /Review[^\n]*T1/.test(message.text) && you.buttons(message).includes('✅ Merge'), 60_000)
      await merge(you, task)
      expect(subjects(path)).toHaveLength(2)
      expect(you.now(task.card).text).toMatch(/tokens · \$\d/)
      await system.tidy()
    }))

  test('reads AGENTS.md as guidance; paths cannot leave the worktree, by symlink neither; secrets and state stay unreadable to commands', () => {
    const road = play(
      'Break out',
      calls(
        writes('../outside.txt', 'x'),
        writes('/tmp/lugh-outside.txt', 'x'),
        writes('door/inside.txt', 'x'),
        call('read_file', { path: 'door/secret.txt' }),
      ),
      ({ wish: words }) => {
        const root = words.split(' ').at(-1) ?? ''
        return calls(runs(`cat ${root}/lugh/id ${root}/person/.netrc; ls ${root}/lugh; echo x > ${root}/person/written; env`))
      },
      ({ calls: done }) => calls(writes('told.txt', `${done.map(({ isError, output }) => `${String(isError)} ${output}`).join('\n---\n')}\n`)),
      says('Tried.'),
    )
    return withSystem({ store, scripts: [road] }, async (system) => {
      const { root, person } = system.at
      const path = makeRepository(join(root, 'shop'), { 'AGENTS.md': 'Always write in petrol ink.\n' })
      writeFiles(join(root, 'elsewhere'), { 'secret.txt': 'SECRET-7\n' })
      writeFiles(person, { '.netrc': 'machine example.org password SECRET-9\n' })
      symlinkSync(join(root, 'elsewhere'), join(path, 'door'))
      git(path, 'add', 'door')
      git(path, 'commit', '--quiet', '-m', 'Door')
      const you = system.person()
      await addProject(you, path)
      const task = await wish(you, `Break out of ${root}`)
      await tap(you, await approvalOf(you, task), '✅ Allow once')
      const review = await reviewOf(you, task)
      expect(system.model.requests[0]?.conversation?.system).toContain('Always write in petrol ink.')
      await tap(you, review, '✅ Merge')
      await becomes(you, review, /^✅ Merged/)
      const told = fileAt(path, 'main', 'told.txt') ?? ''
      for (const secret of ['SECRET-7', 'SECRET-9', readFileSync(join(root, 'lugh', 'id'), 'utf8').trim()]) expect(told).not.toContain(secret)
      expect(told).not.toContain('sk-ant')
      expect(told).not.toContain(system.simulator.botToken)
      expect(
        told
          .split('\n---\n')
          .slice(0, 4)
          .map((one) => one.split(' ')[0]),
      ).toEqual(['true', 'true', 'true', 'true'])
      for (const file of [join(root, 'outside.txt'), '/tmp/lugh-outside.txt', join(root, 'elsewhere', 'inside.txt'), join(person, 'written')])
        expect(existsSync(file), file).toBe(false)
      await system.tidy()
    })
  })
})
