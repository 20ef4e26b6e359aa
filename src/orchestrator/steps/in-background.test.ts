/** A command that runs on while its agent works is stopped at a host: the person is asked at once, and the agent hears the answer. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { call, startModelServer, type Script } from '#simulator'
import { HostRequestId, plain } from '#core'
import type { Blocked, Sandbox } from '#sandbox'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { openMoneyRoom } from '../../../test/support/money-room.ts'
import { calls, says } from '../../../test/support/plays.ts'
import { describeEachStore } from '../../../test/support/stores.ts'
import { giveFolder, machineryFor, workOnce } from '../../../test/support/work-room.ts'
import { renderCard } from '../render-card.ts'

const COMMAND = 'npm run dev'
const REGISTRY: Blocked = { host: 'registry.npmjs.org', port: 443, reason: 'not-listed' }
const NEVER: Blocked = { host: '169.254.169.254', port: 80, reason: 'never' }
const Row = z.object({ id: HostRequestId })

const look = (seconds: number): ReturnType<typeof calls> => calls(call('check_command', { id: 'bg1', wait_s: seconds }))
const script: Script = {
  name: 'dev server',
  match: () => true,
  turns: [
    calls(call('run_command', { command: COMMAND, why: 'to see it', background: true })),
    look(1),
    look(60),
    ({ calls: done }) => says(done.map(({ output }) => output).join('\n---\n')),
  ],
}

describeEachStore('a command in the background', (open) => {
  it('that is stopped at a host asks on a card while it runs, keeps nobody waiting, and its agent hears what was said', async () => {
    const db = await open()
    const server = await startModelServer({ script })
    const folder = mkdtempSync(join(tmpdir(), 'lugh-background-'))
    const room = await openMoneyRoom(db, 1)
    const [at] = room.tasks
    if (at === undefined) throw new Error('no task')
    const { task } = at.claim
    /** Taps on the card while the command still runs, as nothing else would let it end. */
    const answered = async (): Promise<string> => {
      for (;;) {
        const request = await db.row(Row, `select id from host_request`)
        const card = request === undefined ? undefined : await renderCard(db, room.facts, 'host', request.id)
        const button = card?.buttons.flat().find(({ label }) => label === 'This task')
        // The agent has looked once already, and went on.
        if (card !== undefined && button !== undefined && server.requests.length >= 3) {
          await room.ask(button.capability, button.input)
          return plain(card.text)
        }
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
    let cardText = ''
    const run: Sandbox['run'] = async ({ network, onOutput }) => {
      onOutput?.('listening\n')
      network?.onBlocked?.(NEVER)
      network?.onBlocked?.(REGISTRY)
      cardText = await answered()
      return { exitCode: 0, signal: null, endedBy: null, stdout: '', stderr: '', truncated: false, ms: 1 }
    }
    try {
      const plainMachinery = machineryFor(db, { url: server.url })
      const m = {
        ...plainMachinery,
        git: { ...plainMachinery.git, mounts: () => ({ writable: [], readable: [] }) },
        facts: { ...plainMachinery.facts, mode: 'auto' as const },
        sandbox: {
          ...plainMachinery.sandbox,
          status: { walls: 'up', how: 'test', processes: 'counted', network: { ok: true } } as const,
          run,
        },
      }
      await giveFolder(db, task, folder)
      const done = await workOnce(m, task.id)
      expect(done.state).toBe('proposing')
      expect(cardText.split('\n').slice(0, 2)).toEqual(['🟠 Reach registry.npmjs.org · shop · T1', `Stopped: ${COMMAND}`])
      const [begun = '', first = '', second = ''] = (done.summary ?? '').split('\n---\n')
      expect(begun).toContain('Runs in the background as bg1')
      expect(first).toMatch(/bg1 still runs[^]*Lugh stopped the way to registry\.npmjs\.org[^]*The person is being asked about that place/)
      expect(first).toContain('Lugh stopped the way to 169.254.169.254:80: never reachable.')
      expect(second).toMatch(/bg1 has ended: exit code 0[^]*The person allowed registry\.npmjs\.org for this task\. Run the command again/)
      const requests = await db.rows(z.object({ host: z.string() }), `select host from host_request`)
      expect(requests).toEqual([{ host: REGISTRY.host }])
      expect(await room.ask('show_log', { task: 1, of: 'dev' })).toMatchObject({ command: COMMAND, text: 'listening', printed: 10 })
    } finally {
      await server.close()
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
