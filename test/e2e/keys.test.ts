/** A change that adds what looks like a key says so, takes a second tap, and shows the key nowhere; nor is one that lies in the repository told to the model. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { call } from '#simulator'
import { expect, test } from 'vitest'
import { addProject, becomes, reviewOf, tap, wish } from '../support/desk.ts'
import { calls, play, runs, says } from '../support/plays.ts'
import { fileAt, makeRepository } from '../support/repositories.ts'
import { withSystem } from '../support/system.ts'

// Put together here, so that no scanner takes them for real ones.
const ADDED = `ghp_${'a1B2c3D4e5F6g7H8i9J0'.repeat(2).slice(0, 36)}`
/** A model that is told to write a key is refused; what a program writes is found by Lugh. */
const MAKE = `console.log("export const port = 1\\nexport const token = 'ghp_" + '${ADDED.slice(4)}' + "'")\n`
const THERE = `npm_${'Z9y8X7w6V5u4T3s2R1q0'.repeat(2).slice(0, 36)}`

test('a key in a change is flagged by place, merged only after a second tap, and never shown', async () => {
  const script = play(
    'Add the config',
    calls(call('read_file', { path: 'old.txt' }), runs('cat old.txt')),
    calls(runs('node make.mjs > config.js')),
    says(`I added ${ADDED} to config.js.`),
  )
  await withSystem({ store: 'embedded', scripts: [script], env: { LUGH_MODE: 'auto', LUGH_LOG: 'debug' } }, async (system) => {
    const you = system.person()
    const path = makeRepository(join(system.at.root, 'shop'), { 'old.txt': `//registry/:_authToken=${THERE}\n`, 'make.mjs': MAKE })
    await addProject(you, path)
    const task = await wish(you, 'Add the config')
    const review = await reviewOf(you, task)
    expect(review.text).toContain('🔑 looks like a key: config.js:2 (GitHub token)')
    expect(review.text).toContain('I added ⟦GitHub token, 40 characters⟧ to config.js.')
    await tap(you, review, '✅ Merge')
    const asked = await you.waitUntil(review, (message) => you.buttons(message).includes('✅ Confirm'), 'the second look', 30_000)
    expect([asked.text.includes('Merge it all the same?'), you.buttons(asked)]).toEqual([true, ['✅ Confirm', '◀ Back']])
    await tap(you, review, '◀ Back')
    await you.waitUntil(review, (message) => you.buttons(message).includes('✅ Merge'), 'the first look again', 30_000)
    expect(fileAt(path, 'main', 'config.js')).toBeUndefined()
    await tap(you, review, '✅ Merge')
    await you.waitUntil(review, (message) => you.buttons(message).includes('✅ Confirm'), 'the second look', 30_000)
    await tap(you, review, '✅ Confirm')
    await becomes(you, review, /^✅ Merged/)
    expect(fileAt(path, 'main', 'config.js')).toContain(ADDED)
    const logs = readdirSync(join(system.at.home, 'log')).map((name) => readFileSync(join(system.at.home, 'log', name), 'utf8'))
    const said = JSON.stringify([logs, system.simulator.calls.map(({ parameters }) => parameters), system.lugh().output()])
    const prompts = JSON.stringify(system.model.requests.map(({ request }) => request))
    expect([said.includes(ADDED), said.includes(THERE), prompts.includes(THERE), prompts.includes(ADDED)]).toEqual([false, false, false, false])
    expect([said.includes('⟦GitHub token, 40 characters⟧'), prompts.includes('⟦npm token, 40 characters⟧')]).toEqual([true, true])
  })
})
