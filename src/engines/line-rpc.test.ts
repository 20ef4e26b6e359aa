/** JSON-RPC in lines, with a program that is not always polite. */
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { lineRpc } from './line-rpc.ts'

function pair(): { stdin: PassThrough; stdout: PassThrough; sent: () => unknown[] } {
  const stdin = new PassThrough()
  const stdout = new PassThrough()
  const lines: string[] = []
  stdin.on('data', (piece: Buffer) => lines.push(piece.toString()))
  return {
    stdin,
    stdout,
    sent: () =>
      lines
        .join('')
        .trim()
        .split('\n')
        .map((line) => parsed(line)),
  }
}

describe('JSON-RPC in lines', () => {
  it('calls and is called, with words split anywhere and lines that are none passed over', async () => {
    const { stdin, stdout, sent } = pair()
    const heard: unknown[] = []
    const rpc = lineRpc(
      { stdin, stdout },
      {
        told: (method, params) => heard.push([method, params]),
        called: (method, params) => (method === 'ask' ? Promise.resolve({ got: params }) : undefined),
      },
    )
    const answer = rpc.call('begin', { a: 1 })
    const refused = rpc.call('never', {})
    const bytes = Buffer.from('warning: no json\n[]\n{"id":1,"result":{"say":"🧑‍🚀"}}\r\n{"id":2,"error":{"code":1,"message":"no"}}\n')
    const at = bytes.indexOf(0xf0) + 2
    stdout.write(bytes.subarray(0, at))
    stdout.write(bytes.subarray(at))
    stdout.write('{"method":"news","params":7}\n{"id":"x","method":"ask","params":8}\n{"id":9,"method":"unknown"}\n{"id":77,"result":0}\n')
    expect(await answer).toEqual({ say: '🧑‍🚀' })
    await expect(refused).rejects.toThrow('no')
    await expect.poll(() => sent().length).toBe(4)
    expect([heard, sent()]).toEqual([
      [['news', 7]],
      [
        { jsonrpc: '2.0', id: 1, method: 'begin', params: { a: 1 } },
        { jsonrpc: '2.0', id: 2, method: 'never', params: {} },
        { jsonrpc: '2.0', id: 9, error: { code: -32_601, message: 'Lugh has no unknown.' } },
        { jsonrpc: '2.0', id: 'x', result: { got: 8 } },
      ],
    ])
  })

  it('fails every call when the other is gone', async () => {
    const { stdin, stdout } = pair()
    const rpc = lineRpc({ stdin, stdout }, { told: () => undefined, called: () => undefined })
    const open = rpc.call('begin', {})
    stdout.end()
    await expect(open).rejects.toThrow('has ended')
    await expect(rpc.call('again', {})).rejects.toThrow('has ended')
  })
})

function parsed(line: string): unknown {
  return JSON.parse(line)
}
