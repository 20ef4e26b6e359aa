/** What a person allows beyond one act: a rule read in full, one answer for all who ask the same, and nothing that changed behind the card. */
import { readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { addProject, approvalOf, becomes, merge, sees, shown, tap, wish } from '../support/desk.ts'
import { calls, play, runs, says } from '../support/plays.ts'
import { fileAt, makeRepository } from '../support/repositories.ts'
import { describeSideBySide, withSystem, type System } from '../support/system.ts'

const FILES = { 'check.sh': 'echo "$1" >> log.txt\n', 'other.sh': 'echo other >> log.txt\n' }

async function project(system: System): Promise<string> {
  const path = makeRepository(join(system.at.root, 'shop'), FILES)
  expect((await addProject(system.person(), path)).text).toContain('shop is ready, on branch main')
  return path
}

describeSideBySide('what is allowed beyond one act', (store) => {
  test('Always… shows the rule, its scope and its end; Confirm lets exactly that run unasked, and /grants takes it back', async () => {
    const first = play('First', calls(runs('sh check.sh one')), calls(runs('sh check.sh one')), calls(runs('sh other.sh')), says('Ran.'))
    const second = play('Second', calls(runs('sh check.sh one')), says('Ran.'))
    await withSystem({ store, scripts: [first, second] }, async (system) => {
      const path = await project(system)
      const you = system.person()
      const task = await wish(you, 'First')
      const card = await approvalOf(you, task)
      expect(you.buttons(card)).toEqual(['✅ Allow once', '❌ Deny', 'This task', 'Always…', '👁 Details', '🤔 Why?'])
      expect(card.text).toMatch(/^Risk: .*; (?:sandboxed, no network|outside a sandbox: .*)$/m)
      await tap(you, card, 'Always…')
      const face = await becomes(you, card, /Always allow in shop\?/)
      expect(face.text).toContain('Rule: sh check.sh one exactly, nothing after it')
      expect(face.text).toContain('Scope: every task and agent of shop, in the sandbox')
      expect(face.text).toContain('Expiry: 30 days after you confirm')
      expect(you.buttons(face)).toEqual(['✅ Confirm', '◀ Back'])
      await tap(you, face, '◀ Back')
      await you.waitUntil(card, (message) => you.buttons(message).includes('Always…'), 'Always…')
      await tap(you, card, '🤔 Why?')
      await becomes(you, card, /The agent says \(its claim\)/)
      await tap(you, card, '👁 Details')
      await becomes(you, card, /Bound to [0-9a-f]{12}/)
      await tap(you, card, 'Always…')
      await you.waitUntil(card, (message) => you.buttons(message).includes('✅ Confirm'), 'Confirm')
      expect(await tap(you, card, '✅ Confirm')).toBe('Allowed from now on.')
      await becomes(you, card, /Allowed for 30 days in this project by You/)
      const other = await you.waitFor((message) => message.text.includes('other.sh') && you.buttons(message).includes('✅ Allow once'), 30_000)
      await tap(you, other, '✅ Allow once')
      await merge(you, task)
      expect(fileAt(path, 'main', 'log.txt')).toBe('one\none\nother\n')
      expect(shown(you, /Run command/).map(({ text }) => text.split('\n')[1])).toEqual(['sh check.sh one', 'sh other.sh'])

      you.say('/why T1')
      const why = await sees(you, /^Why · T1 First/)
      expect(why.text.split('\n\n').slice(1, 4)).toEqual([
        expect.stringMatching(
          /^run sh check\.sh one\nIts claim: “.+”\nAllowed by: allowed by You for good at \d\d:\d\d UTC\nLed to: done: exit code 0/,
        ),
        expect.stringMatching(
          /^run sh check\.sh one\nIts claim: “.+”\nAllowed by: the rule “sh check\.sh one” \(project shop\), given by You\nLed to: done: exit code 0/,
        ),
        expect.stringMatching(/^run sh other\.sh\nIts claim: “.+”\nAllowed by: allowed by You once at \d\d:\d\d UTC\nLed to: done: exit code 0/),
      ])
      expect(why.text).toMatch(/Change 1: 1 file \+3 −0: landed; no tests are configured\n+Merge onto main by You, .+: landed; commit [0-9a-f]{10}/)

      you.say('/grants')
      const grants = await sees(you, /1\. sh check/)
      expect(grants.text).toMatch(/1\. sh check\.sh one · project shop · until \d{4}-\d\d-\d\d · You/)
      await tap(you, grants, '🗑 Take back 1')
      await becomes(you, grants, /Nothing runs unasked/)
      const again = await approvalOf(you, await wish(you, 'Second'))
      await tap(you, again, '❌ Deny')
      await becomes(you, again, /Denied by You/)
      await system.tidy()
    })
  })

  test('two tasks that ask the same are one card, and its answer decides both', async () => {
    const one = play('First', calls(runs('sh check.sh $((1))')), says('Ran.'))
    const two = play('Second', calls(runs('sh check.sh $((1))')), says('Ran.'))
    await withSystem({ store, scripts: [one, two] }, async (system) => {
      await project(system)
      const you = system.person()
      const card = await approvalOf(you, await wish(you, 'First'))
      expect(you.buttons(card)).not.toContain('Always…')
      await wish(you, 'Second')
      await becomes(you, card, /T2 asks the same: your answer counts for all/)
      await tap(you, card, '✅ Allow once')
      await becomes(you, card, /Allowed once by You/)
      await you.waitFor((message) => /Review.*T1/u.test(message.text), 30_000)
      await you.waitFor((message) => /Review.*T2/u.test(message.text), 30_000)
      expect(shown(you, /Run command/)).toHaveLength(1)
    })
  })

  test('files that change between the card and the run: nothing runs, and the card asks anew', async () => {
    const road = play('First', calls(runs('sh check.sh one')), says('Ran.'))
    await withSystem({ store, scripts: [road] }, async (system) => {
      const path = await project(system)
      const you = system.person()
      const task = await wish(you, 'First')
      const card = await approvalOf(you, task)
      const worktrees = join(system.at.home, 'worktrees')
      const worktree = join(worktrees, readdirSync(worktrees)[0] ?? '')
      writeFileSync(join(worktree, 'check.sh'), 'echo swapped >> log.txt\n')
      symlinkSync('/etc/passwd', join(worktree, 'escape'))
      await tap(you, card, '✅ Allow once')
      await sees(you, /T1 asks again: since you allowed it, files of the worktree changed, so nothing was run/)
      const again = await becomes(you, card, /Asked anew, since this changed: files of the worktree/)
      expect(you.buttons(again)).toContain('✅ Allow once')
      await tap(you, again, '❌ Deny')
      await becomes(you, card, /Denied by You/)
      await you.waitFor((message) => /Review.*T1/u.test(message.text), 30_000)
      expect(fileAt(path, 'main', 'log.txt')).toBeUndefined()
    })
  })
})
