/** A command is stopped at a host, a person decides on the card, and what they said holds exactly as far as they said it. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import type { Message, Person } from '#simulator'
import { expect, test } from 'vitest'
import { addProject, becomes, card, sees, tap, wish } from '../support/desk.ts'
import { calls, play, runs, says } from '../support/plays.ts'
import { makeRepository } from '../support/repositories.ts'
import { noWalls } from '../support/sandbox.ts'
import { describeBothStores, withSystem } from '../support/system.ts'

const skip = noWalls('e2e: network') !== undefined

/** Asks the proxy by itself: what lies on loopback, as the only server a test may depend on does, programs do not ask it for. */
const FETCH = `import { request } from 'node:http'
const { port, hostname } = new URL(process.env.http_proxy)
request({ hostname, port, path: process.argv[2] }, (answer) => answer.setEncoding('utf8').on('data', (text) => process.stdout.write(text))).end()`

async function witness(): Promise<{ port: number; reached: string[]; close: () => void }> {
  const reached: string[] = []
  const server = createServer((request, response) => {
    reached.push(request.url ?? '')
    response.end('hello\n')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return { port: address !== null && typeof address === 'object' ? address.port : 0, reached, close: () => void server.close() }
}

const hostOf = (person: Person, number: number, since?: number): Promise<Message> => card(person, { number }, 'Reach', '✅ Allow once', since)

describeBothStores('the network', (store) => {
  test.skipIf(skip)('a host is asked about: once, for the task, never, and for the project after a second look', async () => {
    const { port, reached, close } = await witness()
    const gets = (path: string): ReturnType<typeof runs> => runs(`node fetch.mjs http://127.0.0.1:${port}/${path}`)
    const first = play(
      'Fetch it',
      calls(gets('first')),
      calls(gets('first')),
      calls(gets('second')),
      calls(gets('second'), gets('third')),
      calls(runs('node fetch.mjs http://other.test/x')),
      calls(runs('node fetch.mjs http://other.test/y')),
      ({ calls: done }) => says(`I was told: ${done.map(({ output }) => output).join(' | ')}`),
    )
    const second = play('Once more', calls(gets('fourth')), calls(gets('fourth')), says('Done.'))
    await withSystem({ store, scripts: [first, second], env: { LUGH_MODE: 'auto', LUGH_SANDBOX: 'required' } }, async (system) => {
      const you = system.person()
      const config = `network:\n  - registry.npmjs.org\n  - "127.0.0.1:${port}"\n`
      await addProject(you, makeRepository(join(system.at.root, 'shop'), { 'fetch.mjs': FETCH, '.lugh/config.yaml': config }))
      const { number } = await wish(you, 'Fetch it')
      const once = await hostOf(you, number)
      expect(once.text).toMatch(new RegExp(`^🟠 Reach 127\\.0\\.0\\.1:${port} · shop · T1[^]*Stopped: node fetch[^]*own network: 127\\.0\\.0\\.1`))
      expect([you.buttons(once), reached]).toEqual([['✅ Allow once', '❌ Deny', 'This task', 'Always…'], []])
      const afterOnce = you.mark()
      await tap(you, once, '✅ Allow once')
      const task = await hostOf(you, number, afterOnce)
      expect([reached, task.text.includes('/second')]).toEqual([['/first'], true])
      const afterTask = you.mark()
      await tap(you, task, 'This task')
      const denied = await hostOf(you, number, afterTask)
      expect([reached, denied.text.includes('Reach other.test:80')]).toEqual([['/first', '/second', '/third'], true])
      await tap(you, denied, '❌ Deny')
      const told = await sees(you, 'I was told')
      expect(told.text).toMatch(/allowed 127\.0\.0\.1:\d+ for one more run of this very command[^]*for this task[^]*did not allow other\.test:80/)
      expect(told.text.match(/Lugh stopped the way to other\.test:80/g)).toHaveLength(2)

      const later = await wish(you, 'Once more')
      const always = await hostOf(you, later.number)
      await tap(you, always, 'Always…')
      const rule = await you.waitUntil(always, (message) => you.buttons(message).includes('✅ Confirm'), 'the rule in full', 30_000)
      expect(rule.text).toContain(`every command of every task of shop may reach 127.0.0.1 on port ${port}, without asking.`)
      expect(you.buttons(rule)).toEqual(['✅ Confirm', '◀ Back'])
      await tap(you, always, '✅ Confirm')
      await becomes(you, always, /✅ Allowed for 30 days in this project by/)
      await sees(you, 'T2 changed no file')
      expect(reached).toEqual(['/first', '/second', '/third', '/fourth'])
      you.say('/network')
      expect((await sees(you, 'Network of shop')).text).toMatch(
        new RegExp(
          `127\\.0\\.0\\.1:${port} \\(own network\\) · until \\d{4}-\\d\\d-\\d\\d\\nThe repository would like \\(only you allow it\\):\\nregistry\\.npmjs\\.org → `,
        ),
      )
      you.say(`/network forget 127.0.0.1:${port}`)
      await sees(you, 'shop may no longer reach')
      you.say('/network')
      await sees(you, 'No host may be reached.')
    })
    close()
  })
})
