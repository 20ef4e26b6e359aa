/** `lugh mcp` outlives the Lugh it speaks with: nothing asked is lost, nothing is asked for twice under another name. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, type Duplex } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { runMcp } from './mcp-proxy.ts'
import { socketPath } from './protocol.ts'

const Line = z.looseObject({
  id: z.number().optional(),
  method: z.string().optional(),
  params: z.looseObject({ arguments: z.looseObject({ call_id: z.string() }).optional() }).optional(),
})
type Line = z.infer<typeof Line>

const homes: string[] = []
afterEach(() => {
  for (const home of homes.splice(0)) rmSync(home, { recursive: true, force: true })
})

/** Something that listens where a Lugh would and answers what it is told to. */
async function standIn(
  home: string,
  answers: (line: Line, say: (message: object) => void) => void,
): Promise<{ heard: Line[]; kill(): Promise<void> }> {
  rmSync(socketPath(home), { force: true })
  const heard: Line[] = []
  const open = new Set<Duplex>()
  const server: Server = createServer()
  server.on('upgrade', (_request, socket) => {
    open.add(socket)
    socket.on('error', () => undefined)
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: lugh-mcp\r\nConnection: Upgrade\r\n\r\n')
    let rest = ''
    socket.on('data', (piece: Buffer) => {
      const lines = (rest + piece.toString('utf8')).split('\n')
      rest = lines.pop() ?? ''
      for (const text of lines) {
        const line = Line.parse(JSON.parse(text))
        heard.push(line)
        answers(line, (message) => socket.write(`${JSON.stringify(message)}\n`))
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(socketPath(home), () => resolve()))
  const kill = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      for (const socket of open) socket.destroy()
    })
  return { heard, kill }
}

describe('lugh mcp', () => {
  it('starts a Lugh when none runs, and asks the next one what the last left unanswered, under the same name', { timeout: 30_000 }, async () => {
    const home = mkdtempSync(join(tmpdir(), 'lugh-proxy-'))
    homes.push(home)
    const [input, output] = [new PassThrough(), new PassThrough()]
    let said = ''
    output.on('data', (piece: Buffer) => (said += piece.toString('utf8')))
    const lives: Promise<Awaited<ReturnType<typeof standIn>>>[] = []
    // The first Lugh answers the handshake and then dies of the call; the second answers everything.
    const start = (): void => {
      const first = lives.length === 0
      lives.push(
        standIn(home, (line, say) => {
          if (line.method === 'initialize') say({ jsonrpc: '2.0', id: line.id, result: { life: lives.length } })
          if (line.method === 'tools/call' && first) void lives[0]?.then((life) => life.kill())
          if (line.method === 'tools/call' && !first) say({ jsonrpc: '2.0', id: line.id, result: { done: true } })
        }),
      )
    }
    const over = runMcp({ home, start, input, output, err: () => undefined })
    input.write('{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}\n')
    await expect.poll(() => said).toContain('"life":1')
    input.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n')
    input.write('{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"spawn_agent","arguments":{"wish":"x"}}}\n')
    await expect.poll(() => said).toContain('"done":true')
    input.end()
    expect(await over).toBe(0)
    const [one, two] = await Promise.all(lives)
    await two?.kill()
    const call = (heard: Line[] | undefined): unknown => heard?.find(({ method }) => method === 'tools/call')?.params?.arguments
    expect(call(two?.heard)).toEqual(call(one?.heard))
    expect(two?.heard.map(({ method }) => method)).toEqual(['initialize', 'notifications/initialized', 'tools/call'])
    // The client has one answer to each of its requests.
    expect(said.trim().split('\n')).toHaveLength(2)
    expect(said).not.toContain('"life":2')
  })

  it('answers what is too long itself, so that it costs nobody the connection', { timeout: 30_000 }, async () => {
    const home = mkdtempSync(join(tmpdir(), 'lugh-proxy-'))
    homes.push(home)
    const lugh = await standIn(home, () => undefined)
    const [input, output] = [new PassThrough(), new PassThrough()]
    let said = ''
    output.on('data', (piece: Buffer) => (said += piece.toString('utf8')))
    const over = runMcp({ home, start: () => undefined, input, output, err: () => undefined })
    input.write(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"assign_task","arguments":{"wish":"${'x'.repeat(1_000_001)}"}}}\n`)
    await expect.poll(() => said).toContain('too long')
    input.end()
    expect(await over).toBe(0)
    await lugh.kill()
    expect(lugh.heard).toEqual([])
  })

  it('ends with the sentence when its token is refused, in place of asking again and again', { timeout: 30_000 }, async () => {
    const home = mkdtempSync(join(tmpdir(), 'lugh-proxy-'))
    homes.push(home)
    const refusal = { jsonrpc: '2.0', id: null, error: { code: -32_000, message: 'That token was revoked.' } }
    const lugh = await standIn(home, (_, say) => say(refusal))
    const [input, output] = [new PassThrough(), new PassThrough()]
    let said = ''
    output.on('data', (piece: Buffer) => (said += piece.toString('utf8')))
    const complaints: string[] = []
    const over = runMcp({ home, token: 'lugh_gone', start: () => undefined, input, output, err: (text) => complaints.push(text) })
    input.write('{"jsonrpc":"2.0","id":1,"method":"tools/list"}\n')
    expect(await over).toBe(1)
    await lugh.kill()
    expect([lugh.heard.length, complaints]).toEqual([1, ['That token was revoked.']])
    expect(JSON.parse(said)).toEqual({ jsonrpc: '2.0', id: 1, error: { code: -32_000, message: 'That token was revoked.' } })
  })
})
