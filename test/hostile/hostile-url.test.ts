/** A stranger's repository, added by its address: nothing it brings along, in its files or beside them, runs on this machine. */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { addProject, becomes, reviewOf, tap, wish } from '../support/desk.ts'
import { calls, play, says, writes } from '../support/plays.ts'
import { fileUrl, git, makeBare, makeRepository, subjects } from '../support/repositories.ts'
import { withSystem } from '../support/system.ts'

const HOOKS = ['pre-receive', 'update', 'post-receive', 'post-update', 'reference-transaction', 'proc-receive', 'push-to-checkout', 'pre-auto-gc']
const FILES = (canary: string): Record<string, string> => ({
  '.gitattributes': '* filter=lfs diff=evil merge=evil\n',
  '.gitmodules': `[submodule "s"]\n\tpath = s\n\turl = ext::sh -c "touch ${canary}"\n\tupdate = !touch ${canary}\n`,
  '.lfsconfig': `[lfs]\n\turl = ext::touch ${canary}\n`,
  '.gitconfig': `[core]\n\tfsmonitor = touch ${canary}\n`,
  '.envrc': `touch ${canary}\n`,
  HEAD: 'ref: refs/heads/main\n',
  config: `[core]\n\tfsmonitor = touch ${canary}\n\tworktree = .\n`,
  'objects/x': 'x\n',
  'refs/x': 'x\n',
  'package.json': `{"scripts":{"preinstall":"touch ${canary}","postinstall":"touch ${canary}"}}\n`,
  '.lugh/config.yaml': `setup: touch ${canary} || true\ntest: touch ${canary} || true\n`,
})

test('hooks, filters, drivers, submodules and settings of a repository added by its address run nowhere but behind the walls', async () => {
  const road = play('Round it', calls(writes('src/total.js', 'export const total = 1\n')), says('Rounded.'))
  await withSystem({ store: 'embedded', limits: false, scripts: [road], env: { LUGH_MODE: 'auto', LUGH_SANDBOX: 'required' } }, async (system) => {
    const canary = join(system.at.root, 'canary')
    const origin = makeRepository(join(system.at.root, 'origin'), FILES(canary))
    const bare = makeBare(join(system.at.root, 'shop.git'), origin)
    mkdirSync(join(bare, 'hooks'), { recursive: true })
    for (const hook of HOOKS) {
      writeFileSync(join(bare, 'hooks', hook), `#!/bin/sh\ntouch ${canary}\n`)
      chmodSync(join(bare, 'hooks', hook), 0o755)
    }
    for (const key of [
      'core.alternateRefsCommand',
      'uploadpack.packObjectsHook',
      'core.fsmonitor',
      'core.pager',
      'filter.lfs.smudge',
      'filter.lfs.clean',
      'diff.evil.command',
      'merge.evil.driver',
      'gpg.program',
      'core.sshCommand',
    ])
      git(bare, 'config', key, `touch ${canary}; cat`)
    writeFileSync(join(bare, 'objects', 'info', 'alternates'), `${join(origin, '.git', 'objects')}\n`)
    const you = system.person()
    expect((await addProject(you, fileUrl(bare))).text).toContain('is ready')
    const review = await reviewOf(you, await wish(you, 'Round it'))
    await tap(you, review, '✅ Merge')
    const merged = await becomes(you, review, /^✅ Merged/)
    expect(subjects(bare)).toEqual(['Round it (T1)', 'Begin'])
    await tap(you, await you.waitUntil(merged, (message) => you.buttons(message).includes('↩️ Undo'), 'Undo', 30_000), '↩️ Undo')
    await becomes(you, merged, /Undone by commit/)
    expect(existsSync(canary)).toBe(false)
    await system.tidy()
  })
})
