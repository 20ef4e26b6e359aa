/** Agents, repositories and commands that behave as badly as they can: one clear sentence each, nothing lost, and the next task works. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Message, Person, Script, ScriptedAnswer } from '#simulator'
import { addProject, becomes, cardSays, sees, tap, wish } from '../support/desk.ts'
import { calls, play, runs, says, writes } from '../support/plays.ts'
import { fingerprint, git, makeRepository, tip } from '../support/repositories.ts'
import { steadyHands } from '../support/steady-hands.ts'
import { LONG, withSystem, type System } from '../support/system.ts'
import { filesOf, filesShown, shownPatch } from './shown.ts'

const AUTO = { LUGH_MODE: 'auto', LUGH_SANDBOX: 'required' }
const NEXT = play('The next task', calls(writes('next.txt', 'works\n')), says('Done.'))
const PATIENCE_MS = 90_000

async function open(system: System, files: Record<string, string> = {}): Promise<{ you: Person; path: string }> {
  const path = makeRepository(join(system.at.root, 'shop'), files)
  const you = system.person()
  expect((await addProject(you, path)).text).toContain('is ready')
  return { you, path }
}

/** Whatever came before: a wish still becomes a merged commit. */
async function nextTaskWorks(you: Person, path: string): Promise<void> {
  const task = await wish(you, 'The next task')
  const review = await you.waitFor((message) => message.text.includes(` · T${task.number} `) && you.buttons(message).includes('✅ Merge'), 120_000)
  await tap(you, review, '✅ Merge')
  await becomes(you, review, /^✅ Merged/, 120_000)
  expect(git(path, 'show', 'main:next.txt')).toBe('works')
}

/** Plays one script on a fresh system, hands the task to `check`, and then the next task must work. */
async function odd(
  words: string,
  turns: readonly ScriptedAnswer[],
  check: (at: { system: System; you: Person; path: string; number: number; card: Message }) => Promise<void>,
  options: { files?: Record<string, string>; env?: Record<string, string>; script?: Script } = {},
): Promise<void> {
  const scripts = [options.script ?? play(words, ...turns), NEXT]
  await withSystem({ store: 'embedded', limits: false, scripts, env: { ...AUTO, ...options.env } }, async (system) => {
    const { you, path } = await open(system, options.files)
    // What no rule can read to its end is asked even in `auto`: here somebody allows all of it.
    const hands = steadyHands(system.world, { presses: ['✅ Allow once'] })
    try {
      const { number, card } = await wish(you, words)
      await check({ system, you, path, number, card })
    } finally {
      hands.rest()
    }
    await nextTaskWorks(you, path)
    const ended = you.messages().filter(({ text }) => /Something went wrong/.test(text))
    expect(ended).toEqual([])
  })
}

/** The review, its diff rebuilt from the chat, merged, and nothing in it that was not shown. */
async function landsAsShown({ you, path, number }: { you: Person; path: string; number: number }): Promise<Message> {
  const base = tip(path, 'main')
  const review = await you.waitFor((message) => message.text.includes(` · T${number} `) && you.buttons(message).includes('✅ Merge'), PATIENCE_MS)
  const shown = filesShown(path, base, shownPatch(you, number))
  await tap(you, review, '✅ Merge')
  const merged = await becomes(you, review, /^✅ Merged/, PATIENCE_MS)
  expect(shown).toEqual(filesOf(path, 'main'))
  return merged
}

const spoken = (system: System): string =>
  system.model.requests.flatMap(({ conversation }) => conversation?.calls.map(({ output }) => output) ?? []).join('\n')

test.concurrent('an agent that edits nothing is answered in words, and there is nothing to merge', () =>
  odd('Do nothing', [says('There is nothing to do.')], async ({ you, card, path }) => {
    await sees(you, 'changed no file')
    await cardSays(you, { number: 1, title: '', wish: card, card }, '💬 answered')
    expect(git(path, 'log', '--format=%s', 'main')).toBe('Begin')
  }))

test.concurrent('an agent that never ends is asked about with the reason, and may be stopped', () =>
  odd(
    'Loop for ever',
    [],
    async ({ you, card }) => {
      await you.waitUntil(
        card,
        ({ text }) => /needs you: it does not get on: it did the same thing \(list_files\)/.test(text),
        'the card to say why it waits',
        PATIENCE_MS,
      )
      await tap(you, card, '⏹ Stop')
      await you.waitUntil(card, ({ text }) => text.includes('⏹ stopped'), 'stopped', PATIENCE_MS)
    },
    {
      env: { LUGH_BUDGET_TASK_USD: '0.05' },
      script: {
        name: 'loop',
        match: ({ wish: words }) => words.includes('Loop for ever'),
        turns: () => ({ calls: [{ name: 'list_files', input: {} }], usage: { input: 900, output: 300 } }),
      },
    },
  ))

test.concurrent('a command that prints 50 MB is cut in its middle for the model, and everything goes on', () =>
  odd(
    'Print much',
    [calls(runs('head -c 50000000 /dev/zero | tr "\\\\0" x; echo END')), calls(writes('after.txt', 'x\n')), says('Printed.')],
    async (at) => {
      await landsAsShown(at)
      const said = spoken(at.system)
      expect(said.length).toBeLessThan(400_000)
      expect(said).toContain('END')
    },
  ))

test.concurrent('a command that writes 10 GB is ended at the limit, says so, and leaves the disk as it was', () =>
  odd(
    'Fill the disk',
    [calls(runs('head -c 10G /dev/zero > big; ls -la big')), calls(runs('rm -f big')), calls(writes('after.txt', 'x\n')), says('Filled.')],
    async (at) => {
      await landsAsShown(at)
      expect(spoken(at.system)).toMatch(/[Ff]ile (?:too large|size limit exceeded)|write error|was ended: /)
    },
  ))

test.concurrent('a sparse file of 10 GB is refused with its name, and nothing of it is kept', () =>
  odd(
    'Pretend much',
    [calls(runs('truncate -s 1900M huge.bin; truncate -s 1900M more.bin; echo made')), says('Pretended.')],
    async ({ you, path }) => {
      const failed = await sees(you, /T1 failed|cannot be merged/)
      expect(failed.text).toMatch(/huge\.bin is (?:too large|larger than)|more\.bin is (?:too large|larger than)/)
      expect(git(path, 'log', '--format=%s', 'main')).toBe('Begin')
    },
  ))

/** A hundred thousand in the long form: each step of the road takes their time. */
const FOLDERS = LONG ? 100 : 5
test.concurrent(`${FOLDERS},000 new files are shown whole and land whole`, () =>
  odd(
    'Make many files',
    [calls(runs(`mkdir many; cd many; for d in $(seq ${FOLDERS}); do mkdir $d; (cd $d; seq 1000 | xargs touch); done; echo made`)), says('Made.')],
    async ({ you, path }) => {
      const review = await you.waitFor((message) => message.text.includes(' · T1 ') && you.buttons(message).includes('✅ Merge'), 240_000)
      expect(review.text).toContain(`${FOLDERS}000 files`)
      await tap(you, review, '✅ Merge')
      await becomes(you, review, /^✅ Merged/, 240_000)
      expect(
        git(path, 'ls-tree', '-r', '--name-only', 'main')
          .split('\n')
          .filter((name) => name.startsWith('many/')),
      ).toHaveLength(FOLDERS * 1000)
    },
  ))

test.concurrent('binary files, odd names and a huge diff are shown, whole, and land as shown', () =>
  odd(
    'Make odd things',
    [
      calls(
        runs(
          `printf '\\000\\377' > b.bin; printf 1 > "$(printf 'new\\nline')"; printf 2 > 'quo"te'; printf 3 > -rf; printf 4 > "$(printf 'caf\\351')"; printf 5 > "$(printf 'rtl\\342\\200\\256txt')"; seq 200000 > huge.txt; echo made`,
        ),
      ),
      says('Made.'),
    ],
    async (at) => {
      const merged = await landsAsShown(at)
      expect(merged.text).toContain('hidden characters')
    },
  ))

test.concurrent('a link out, a nested repository and an added submodule are each named, and cannot be merged', () =>
  odd(
    'Reach out',
    [
      calls(
        runs(
          'ln -s /etc/passwd out; ln -s ../../.. up; git init -q inner; git -C inner -c user.name=a -c user.email=a@x commit -q --allow-empty -m x; git init -q sub; git -C sub -c user.name=a -c user.email=a@x commit -q --allow-empty -m x; printf "[submodule \\"sub\\"]\\n\\tpath = sub\\n\\turl = ./sub\\n" > .gitmodules; git add sub; echo made',
        ),
      ),
      says('Reached.'),
    ],
    async ({ system, you, path }) => {
      const review = await you.waitFor(
        (message) => message.text.includes('cannot be merged') && you.buttons(message).includes('🗑 Discard'),
        PATIENCE_MS,
      )
      expect(review.text).toMatch(/out is a link that leads out/)
      expect(review.text).toMatch(/inner is a git repository of its own/)
      expect(review.text).toMatch(/sub is a git repository of its own/)
      expect(you.buttons(review)).not.toContain('✅ Merge')
      await tap(you, review, '🗑 Discard')
      await tap(you, await you.waitUntil(review, (message) => you.buttons(message).includes('✅ Confirm'), 'Confirm', PATIENCE_MS), '✅ Confirm')
      await system.tidy()
      expect(git(path, 'log', '--format=%s', 'main')).toBe('Begin')
    },
  ))

test.concurrent('a command that never ends is ended in its time, survivors and all', () =>
  odd(
    'Never end',
    [
      calls({ name: 'run_command', input: { command: '(setsid sleep 3600 &) ; nohup sleep 3601 & sleep 3602', why: 'x', timeout_s: 2 } }),
      calls(writes('after.txt', 'x\n')),
      says('Ended.'),
    ],
    async (at) => {
      await landsAsShown(at)
      expect(spoken(at.system)).toContain('timed out after')
      expect(execFileSync('ps', ['-eo', 'args']).toString()).not.toMatch(/sleep 360[012]/)
    },
  ))

test.concurrent('tests that print 50 MB, kill their parent and leave children are reported as they ended, and the change can still land', () =>
  odd(
    'With bad tests',
    [calls(writes('a.txt', 'a\n')), says('Done.')],
    async (at) => {
      const merged = await landsAsShown(at)
      expect(merged.text).toMatch(/Tests: ✗ .* failed \((?:exit code|ended by)/)
      at.you.say('/log T1 tests')
      await sees(at.you, /^T1 · tests: [^]*its beginning and end are in the file below/)
      const file = await at.you.waitFor(({ media }) => media?.file.name === 'T1-tests.log', PATIENCE_MS)
      const log = Buffer.from(file.media?.file.bytes ?? []).toString('utf8')
      expect(log.length).toBeLessThan(1_000_000)
      expect(Number(/\n… (\d+) bytes left out …\n/.exec(log)?.[1])).toBeGreaterThan(1_000_000)
      expect(execFileSync('ps', ['-eo', 'args']).toString()).not.toContain('sleep 3610')
    },
    { files: { '.lugh/config.yaml': `test: "(sleep 3610 &); head -c 50000000 /dev/zero | tr '\\\\0' y; kill -9 $PPID; kill -9 $$; kill -9 -1"\n` } },
  ))

test.concurrent('a fork bomb and a hunger for memory are ended at their limits', () =>
  odd('Take everything', [calls(runs('b() { b | b & }; b; sleep 20')), calls(writes('after.txt', 'x\n')), says('Took.')], async (at) => {
    await landsAsShown(at)
    expect(spoken(at.system)).toMatch(/was ended: /)
  }))

test.concurrent('a worktree whose agent took away its own permissions and directory is still shown or refused by name', () =>
  odd(
    'Lock up',
    [calls(runs('mkdir d; echo x > d/f; chmod 000 d src; chmod 000 README.md; rm -rf .git; echo made')), says('Locked.')],
    async ({ you, path, system }) => {
      const ended = await you.waitFor(
        (message) =>
          /T1 failed|changed no file/.test(message.text) || (message.text.includes(' · T1 ') && you.buttons(message).includes('🗑 Discard')),
        PATIENCE_MS,
      )
      expect(ended.text).not.toContain('Something went wrong')
      expect(git(path, 'log', '--format=%s', 'main')).toBe('Begin')
      expect(existsSync(system.at.home)).toBe(true)
    },
  ))

test('repositories that cannot be worked on are refused in a sentence each, and stay as they are', () =>
  withSystem({ store: 'embedded', limits: false, scripts: [NEXT], env: AUTO }, async (system) => {
    const { you, path } = await open(system)
    const at = (name: string): string => join(system.at.root, name)
    mkdirSync(at('empty'))
    git(at('empty'), 'init', '--quiet')
    mkdirSync(at('plain'))
    writeFileSync(at('file.txt'), 'x')
    makeRepository(at('broken'))
    writeFileSync(join(at('broken'), '.git', 'HEAD'), 'garbage\n')
    const before = fingerprint(at('empty'))
    const cases: readonly (readonly [string, RegExp])[] = [
      [at('empty'), /has no commits yet\. Make a first one there/],
      [at('plain'), /is not a git repository: run "git init" there/],
      [at('file.txt'), /is not a git repository: there is no such folder/],
      [at('nowhere'), /is not a git repository: there is no such folder/],
      [at('broken'), /is not a git repository/],
      [`${path}/.git`, /is the inside of one|is not a git repository|already/],
      ['file:///nonexistent/repo.git', /cannot be read/],
      ['https://127.0.0.1:9/repo.git', /could not be reached|cannot be read/],
      ['ext::sh -c touch% /tmp/x', /is neither|Write the whole path/],
      ['--upload-pack=touch /tmp/x', /is neither|Write the whole path/],
      ['relative/path', /Write the whole path or a URL/],
      ['https://user:secret-token-1234@example.org/x.git', /Leave the user name and token out/],
      [`/${'x'.repeat(1900)}`, /is not a git repository|too long/],
    ]
    for (const [place, words] of cases) {
      const since = you.mark()
      you.say(`/project add ${place}`)
      const said = await you.waitFor((message) => !message.text.startsWith('Adding'), { since, timeoutMs: PATIENCE_MS })
      expect({ place, text: said.text }).toEqual({ place, text: expect.stringMatching(words) })
    }
    expect(fingerprint(at('empty'))).toEqual(before)
    you.say('/project use shop')
    await sees(you, 'about shop now')
    await nextTaskWorks(you, path)
  }))
