/** The door programs speak MCP through: it lets go of those that hang up, and of those that stay when Lugh stops. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createConnection, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomIds, systemClock } from '#core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { FACTS, NO_GIT } from '../../test/support/no-git.ts'
import { describeEachStore } from '../../test/support/stores.ts'
import { openDoor } from './door.ts'
import { MCP_PATH, MCP_UPGRADE, socketPath } from './protocol.ts'

let home: string
beforeEach(() => (home = mkdtempSync(join(tmpdir(), 'lugh-door-'))))
afterEach(() => rmSync(home, { recursive: true, force: true }))

async function speak(): Promise<Socket> {
  const socket = createConnection(socketPath(home))
  await once(socket, 'connect')
  socket.write(`GET ${MCP_PATH} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ${MCP_UPGRADE}\r\n\r\n`)
  await once(socket, 'data')
  return socket
}

describeEachStore('the door', (open) => {
  it('ends with a client that has hung up, and closes though another still speaks', async () => {
    let served = 0
    const mcp = async (stream: NodeJS.ReadableStream): Promise<void> => {
      served += 1
      stream.resume()
      await once(stream, 'close')
      served -= 1
    }
    const log = { warn: () => undefined }
    const door = await openDoor({ home, db: await open(), capabilities: [], facts: FACTS, git: NO_GIT, clock: systemClock, ids: randomIds, log, mcp })
    const [first, second] = [await speak(), await speak()]
    await expect.poll(() => served).toBe(2)
    first.end()
    await expect.poll(() => served).toBe(1)
    await door.close()
    await expect.poll(() => served).toBe(0)
    second.destroy()
  })
})
