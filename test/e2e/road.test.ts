/** The main road as a person walks it: a message from the phone becomes a merged commit, and can be taken back. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { addProject, approvalOf, becomes, cardSays, merge, questionOf, reviewOf, sees, shown, tap, wish } from '../support/desk.ts'
import { asks, calls, heard, play, runs, says, writes } from '../support/plays.ts'
import { commitFiles, fileAt, git, makeRepository, subjects, tip } from '../support/repositories.ts'
import { readRows, withStore } from '../support/rows.ts'
import { describeSideBySide, withSystem, type System } from '../support/system.ts'

const TOTAL = 'export const total = (a, b) => Math.round((a + b) * 100) / 100\n'
const TESTED = { '.lugh/config.yaml': 'test: sh test.sh\n', 'test.sh': 'grep -q round src/total.js && echo 7 tests passed\n' }

async function project(system: System, files: Record<string, string> = {}): Promise<string> {
  const path = makeRepository(join(system.at.root, 'shop'), files)
  expect((await addProject(system.person(), path)).text).toContain('shop is ready, on branch main')
  return path
}

describeSideBySide('the main road', (store) => {
  test('a wish becomes 👀, a task card, an approval, a measured review with the diff first, a commit, an undo and the undo of that', async () => {
    const road = play(
      'Round the cart total',
      calls(writes('src/total.js', TOTAL), runs('sh test.sh', 'to see whether the new total is right')),
      says('The total is rounded to cents now.'),
    )
    await withSystem({ store, scripts: [road] }, async (system) => {
      const path = await project(system, TESTED)
      const before = tip(path)
      const you = system.person()
      const task = await wish(you, 'Round the cart total')
      await you.waitUntil(task.wish, ({ reactions }) => reactions.some(({ emoji }) => emoji.includes('👀')), '👀')

      const approval = await approvalOf(you, task)
      expect(approval).toMatchObject({ silent: false })
      expect(approval.text).toContain('sh test.sh')
      expect(approval.text).toContain('Why: to see whether the new total is right')
      expect(you.buttons(approval)).toEqual(expect.arrayContaining(['✅ Allow once', '❌ Deny', 'This task']))
      expect(await tap(you, approval, '✅ Allow once')).toBe('Allowed once.')
      expect((await becomes(you, approval, /Allowed once by You/)).markup).toBeUndefined()

      const review = await reviewOf(you, task)
      expect(review.text).toContain('The total is rounded to cents now.')
      expect(review.text).toContain('src/total.js +1 −1')
      expect(review.text).toMatch(/Tests: ✓ sh test\.sh passed/)
      expect(review.text).toContain(path)
      const diff = shown(you, /change 1/).find(({ text }) => text.includes('+export const total = (a, b) => Math.round'))
      expect(diff?.id).toBeLessThan(review.id)
      expect(you.buttons(review)).toEqual(['✅ Merge', '👁 Diff', '🗂 Files', '✏️ Change', '🗑 Discard'])

      await tap(you, review, '✅ Merge')
      const merged = await becomes(you, review, /^✅ Merged/)
      expect(subjects(path)).toEqual(['Round the cart total (T1)', 'Begin'])
      expect(merged.text).toContain(tip(path, 'main').slice(0, 10))
      expect(tip(path, 'main^')).toBe(before)
      expect(readFileSync(join(path, 'src/total.js'), 'utf8')).toBe(TOTAL)
      expect(git(path, 'status', '--porcelain')).toBe('')

      await tap(you, await you.waitUntil(merged, (message) => you.buttons(message).includes('↩️ Undo'), 'Undo'), '↩️ Undo')
      const undone = await becomes(you, merged, /Undone by commit/)
      expect(subjects(path)).toHaveLength(3)
      expect(git(path, 'diff', before, 'main')).toBe('')
      expect(git(path, 'status', '--porcelain')).toBe('')

      await tap(you, await you.waitUntil(undone, (message) => you.buttons(message).includes('↩️ Undo'), 'Undo'), '↩️ Undo')
      await becomes(you, merged, /Merged again by commit/)
      expect(fileAt(path, 'main', 'src/total.js')).toBe(TOTAL)
      expect(subjects(path)).toHaveLength(4)
      await system.tidy()
    })
  })

  test('tests that fail are shown as Lugh measured them, whatever the agent says of them', async () => {
    const road = play('Break it', calls(writes('src/total.js', 'broken\n')), says('All 99 tests pass.'))
    await withSystem({ store, scripts: [road] }, async (system) => {
      await project(system, TESTED)
      const you = system.person()
      const review = await reviewOf(you, await wish(you, 'Break it'))
      expect(review.text).toMatch(/Tests: ✗ sh test\.sh failed \(exit code 1/)
      await tap(you, review, '🗑 Discard')
      await tap(you, await you.waitUntil(review, (message) => you.buttons(message).includes('✅ Confirm'), 'Confirm'), '✅ Confirm')
      await becomes(you, review, /^🗑 Discarded/)
      await system.tidy()
    })
  })

  test('✏️ Change goes back to the agent with the words, and what is merged is the second answer', async () => {
    const road = play(
      'Greet people',
      calls(writes('hello.txt', 'hello\n')),
      says('Greets.'),
      (conversation) => calls(writes('hello.txt', heard(conversation).includes('in French') ? 'bonjour\n' : 'not heard\n')),
      says('Greets in French.'),
    )
    await withSystem({ store, scripts: [road] }, async (system) => {
      const path = await project(system)
      const you = system.person()
      const task = await wish(you, 'Greet people')
      const first = await reviewOf(you, task)
      await tap(you, first, '✏️ Change')
      const prompt = await sees(you, /What shall be different/)
      const since = you.mark()
      you.replyTo(prompt, 'Say it in French, please')
      const second = await reviewOf(you, task, since)
      expect(second.id).not.toBe(first.id)
      await becomes(you, first, /^Outdated/)
      expect(you.buttons(you.now(first))).toEqual([])
      await merge(you, task)
      expect(fileAt(path, 'main', 'hello.txt')).toBe('bonjour\n')
      expect(subjects(path)).toEqual(['Greet people (T1)', 'Begin'])
      await system.tidy()
    })
  })

  test('🗑 Discard asks once: ◀ Back keeps the change, ✅ Confirm drops it and the repository stays as it was', async () => {
    const road = play('Try something', calls(writes('try.txt', 'x\n')), says('Tried.'))
    await withSystem({ store, scripts: [road] }, async (system) => {
      const path = await project(system)
      const before = git(path, 'for-each-ref')
      const you = system.person()
      const review = await reviewOf(you, await wish(you, 'Try something'))
      const buttons = (label: string) => you.waitUntil(review, (message) => you.buttons(message).includes(label), label)
      await tap(you, review, '🗑 Discard')
      await tap(you, await buttons('◀ Back'), '◀ Back')
      await tap(you, await buttons('✅ Merge'), '🗑 Discard')
      await tap(you, await buttons('✅ Confirm'), '✅ Confirm')
      expect(you.buttons(await becomes(you, review, /^🗑 Discarded/))).toEqual([])
      expect(git(path, 'for-each-ref')).toBe(before)
      await system.tidy()
    })
  })

  test('a denied command is not run, and the words beside the denial reach the agent', async () => {
    const road = play(
      'Clean up',
      calls(runs('touch was-run.txt && echo deleting')),
      ({ calls: [first] }) => calls(writes('heard.txt', `${first?.isError === true ? 'refused' : 'ran'}: ${first?.output ?? ''}\n`)),
      (conversation) => calls(writes('words.txt', heard(conversation))),
      says('Did it another way.'),
    )
    await withSystem({ store, scripts: [road] }, async (system) => {
      const path = await project(system)
      const you = system.person()
      const task = await wish(you, 'Clean up')
      const approval = await approvalOf(you, task)
      you.replyTo(approval, 'Use git rm instead of deleting')
      await sees(you, /hears it/)
      expect(await tap(you, approval, '❌ Deny')).toBe('Denied.')
      await becomes(you, approval, /❌ Denied by You/)
      await merge(you, task)
      expect(fileAt(path, 'main', 'was-run.txt')).toBeUndefined()
      expect(fileAt(path, 'main', 'heard.txt')).toContain('refused')
      expect(`${fileAt(path, 'main', 'heard.txt') ?? ''}${fileAt(path, 'main', 'words.txt') ?? ''}`).toContain('Use git rm instead of deleting')
      await system.tidy()
    })
  })

  test('a reply to the task card reaches the agent, and free words at a gate approve nothing', async () => {
    const road = play(
      'Wait for me',
      calls(runs('touch approved.txt')),
      (conversation) => calls(writes('words.txt', heard(conversation))),
      says('Done.'),
    )
    await withSystem({ store, scripts: [road] }, async (system) => {
      const path = await project(system)
      const you = system.person()
      const task = await wish(you, 'Wait for me')
      const approval = await approvalOf(you, task)
      you.replyTo(task.card, 'The colour is petrol')
      await sees(you, /hears it/)
      expect(you.buttons(you.now(approval))).toContain('✅ Allow once')
      await tap(you, approval, '✅ Allow once')
      await merge(you, task)
      expect(fileAt(path, 'main', 'words.txt')).toContain('The colour is petrol')
      await system.tidy()
    })
  })

  test('"This task" allows the same command again without asking, and no other', async () => {
    const road = play(
      'Run twice',
      calls(runs('echo one >> log.txt')),
      calls(runs('echo one >> log.txt')),
      calls(runs('echo two >> log.txt')),
      says('Ran.'),
    )
    await withSystem({ store, scripts: [road] }, async (system) => {
      const path = await project(system)
      const you = system.person()
      const task = await wish(you, 'Run twice')
      const first = await approvalOf(you, task)
      await tap(you, first, 'This task')
      const second = await you.waitFor((message) => message.text.includes('echo two') && you.buttons(message).includes('✅ Allow once'), 30_000)
      await tap(you, second, '✅ Allow once')
      await merge(you, task)
      expect(fileAt(path, 'main', 'log.txt')).toBe('one\none\ntwo\n')
      expect(shown(you, /Run command/)).toHaveLength(2)
      await system.tidy()
      await system.lugh().stop()
      const { steps } = await withStore({ home: system.at.home, databaseUrl: system.env['DATABASE_URL'] }, readRows)
      const repos = join(system.at.home, 'repos')
      const trees = (store: string): string => git(store, '--git-dir=.', 'for-each-ref', '--format=%(refname:lstrip=3)', 'refs/lugh/trees')
      // The sample project has a store, too.
      const store =
        readdirSync(repos)
          .map((name) => join(repos, name, 'store.git'))
          .find((one) => trees(one) !== '') ?? repos
      expect(trees(store).split('\n'), 'each is kept by a reference').toEqual(expect.arrayContaining(steps.map(({ tree }) => tree)))
      const left = steps.map(({ tree }) => git(store, '--git-dir=.', 'cat-file', 'blob', `${tree}:log.txt`))
      expect(left, 'the files after each step').toEqual(['one', 'one\none', 'one\none\ntwo'])
    })
  })

  test('a question is answered by an option, and another by typing', async () => {
    const road = play(
      'Paint the page',
      calls(asks('Which colour?', ['Petrol', 'Sand'])),
      calls(asks('How bright?')),
      ({ calls: done }) => calls(writes('answers.txt', done.map(({ output }) => output).join('\n'))),
      says('Painted.'),
    )
    await withSystem({ store, scripts: [road] }, async (system) => {
      const path = await project(system)
      const you = system.person()
      const task = await wish(you, 'Paint the page')
      const first = await questionOf(you, task)
      expect(first.text).toContain('Which colour?')
      expect(you.buttons(first)).toEqual(['Petrol', 'Sand', 'Other → type'])
      await tap(you, first, 'Sand')
      await becomes(you, first, /✓ “Sand” by You at \d\d:\d\d UTC \(button\)/)
      const second = await you.waitFor((message) => message.text.includes('How bright?') && you.buttons(message).includes('Other → type'), 30_000)
      await tap(you, second, 'Other → type')
      you.replyTo(await sees(you, /Your answer\?/), 'As bright as the noon')
      await becomes(you, second, /✓ “As bright as the noon” by You at \d\d:\d\d UTC \(reply\)/)
      await merge(you, task)
      expect(fileAt(path, 'main', 'answers.txt')).toContain('Sand')
      expect(fileAt(path, 'main', 'answers.txt')).toContain('As bright as the noon')
      await system.tidy()
    })
  })

  test('a wish that changes nothing is answered in words, and there is nothing to merge', async () => {
    await withSystem({ store, scripts: [play('What is this', says('A shop with one function.'))] }, async (system) => {
      const path = await project(system)
      const you = system.person()
      const task = await wish(you, 'What is this')
      await sees(you, 'A shop with one function.')
      await cardSays(you, task, '💬 answered')
      expect(shown(you, /Review/)).toEqual([])
      expect(subjects(path)).toEqual(['Begin'])
      await system.tidy()
    })
  })
})

describeSideBySide('a target that moves', (store) => {
  test('a commit that came between the card and the tap: nothing lands unseen, the change is merged afresh and shown again', async () => {
    const road = play('Round the cart total', calls(writes('src/total.js', TOTAL)), says('Rounded.'))
    await withSystem({ store, scripts: [road] }, async (system) => {
      const path = await project(system)
      const you = system.person()
      const task = await wish(you, 'Round the cart total')
      const first = await reviewOf(you, task)
      const theirs = commitFiles(path, { 'other.txt': 'meanwhile\n' }, 'Meanwhile')
      const since = you.mark()
      await tap(you, first, '✅ Merge')
      const second = await reviewOf(you, task, since)
      expect(second.id).not.toBe(first.id)
      expect(you.now(first).text).toMatch(/^Outdated/)
      expect(tip(path, 'main')).toBe(theirs)
      expect(shown(you, /change 2/).map(({ id }) => id < second.id)).toEqual([true])
      await merge(you, task)
      expect(subjects(path)).toEqual(['Round the cart total (T1)', 'Meanwhile', 'Begin'])
      expect(git(path, 'diff', '--name-only', 'main^', 'main')).toBe('src/total.js')
      expect(git(path, 'status', '--porcelain')).toBe('')
      await system.tidy()
    })
  })

  test('a conflict goes back to the agent with the conflict in its files, and both intentions land', async () => {
    const both = 'export const total = (a, b, c) => Math.round((a + b + c) * 100) / 100\n'
    const road = play(
      'Round the cart total',
      calls(writes('src/total.js', TOTAL)),
      says('Rounded.'),
      calls({ name: 'read_file', input: { path: 'src/total.js' } }),
      ({ calls: done }) => calls(writes('src/total.js', done.at(-1)?.output.includes('<<<<<<<') === true ? both : 'no markers were there\n')),
      says('Both kept.'),
    )
    await withSystem({ store, scripts: [road] }, async (system) => {
      const path = await project(system)
      const you = system.person()
      const task = await wish(you, 'Round the cart total')
      const first = await reviewOf(you, task)
      commitFiles(path, { 'src/total.js': 'export const total = (a, b, c) => a + b + c\n' }, 'Three numbers')
      const since = you.mark()
      await tap(you, first, '✅ Merge')
      const second = await reviewOf(you, task, since)
      expect(second.text).toContain('Both kept.')
      await merge(you, task)
      expect(subjects(path)).toEqual(['Round the cart total (T1)', 'Three numbers', 'Begin'])
      expect(fileAt(path, 'main', 'src/total.js')).toBe(both)
      await system.tidy()
    })
  })

  test('an undo that later commits stand in the way of changes nothing and says so', async () => {
    const road = play('Round the cart total', calls(writes('src/total.js', TOTAL)), says('Rounded.'))
    await withSystem({ store, scripts: [road] }, async (system) => {
      const path = await project(system)
      const you = system.person()
      const merged = await merge(you, await wish(you, 'Round the cart total'))
      const theirs = commitFiles(path, { 'src/total.js': 'export const total = () => 42\n' }, 'Rewrite')
      await tap(you, await you.waitUntil(merged, (message) => you.buttons(message).includes('↩️ Undo'), 'Undo'), '↩️ Undo')
      await becomes(you, merged, /Not undone/)
      expect(tip(path, 'main')).toBe(theirs)
      await system.tidy()
    })
  })
})

describe('every update counts once', () => {
  test('whatever is delivered three times, in any order, is one task and one merge', async () => {
    const road = play('Greet people', calls(writes('hello.txt', 'hello\n')), says('Greets.'))
    await withSystem({ store: 'embedded', scripts: [road] }, async (system) => {
      const path = await project(system)
      system.simulator.faults.redeliver({ copies: 2, shuffle: true })
      const you = system.person()
      const task = await wish(you, 'Greet people')
      await merge(you, task)
      you.say('/tasks')
      await sees(you, /T1 Greet people/)
      expect(shown(you, /^T\d+ · Greet people/)).toHaveLength(1)
      expect(subjects(path)).toEqual(['Greet people (T1)', 'Begin'])
      await system.tidy()
    })
  })
})
