/** Arguments nested beyond all reason are refused by the protocol, on every way in. */
import { duplexPair } from 'node:stream'
import { expect, it } from 'vitest'
import { lastOf, modern, openMcpRoom, type McpRoom } from '../../../test/support/mcp-room.ts'
import { describeEachStore } from '../../../test/support/stores.ts'
import { MAX_ARGUMENT_DEPTH } from './depth.ts'

/** Braces and brackets in turn: a value nested so many times. */
const nested = (depth: number): string => `${'{"a":['.repeat(depth / 2)}1${']}'.repeat(depth / 2)}`

/** A call of the tool with these arguments, as text: the older protocol leaves out what the newer has in `_meta`. */
function called(args: string, isOlder = false): string {
  const { body } = modern('tools/call', { name: 'create_checkpoint', arguments: 'ARGS' })
  const { _meta, ...params } = body.params
  return JSON.stringify({ ...body, params: isOlder ? params : body.params }).replace('"ARGS"', args)
}

async function overSocket(room: McpRoom, secret: string, line: string): Promise<unknown> {
  const [ours, theirs] = duplexPair()
  const over = room.mcp.serve(theirs, `Bearer ${secret}`)
  let heard = ''
  ours.setEncoding('utf8').on('data', (piece: string) => {
    heard += piece
  })
  ours.write(`${line}\n`)
  await expect.poll(() => heard).toContain('\n')
  ours.end()
  await over
  return JSON.parse(heard)
}

describeEachStore('arguments nested too deep', (open) => {
  it('are invalid params, over HTTP, in a session and on the socket, and nothing is done', async () => {
    const room = await openMcpRoom(await open())
    const secret = await room.token(['read', 'request'])
    const say = `The arguments of create_checkpoint are nested more than ${MAX_ARGUMENT_DEPTH} deep. Send them flatter.`
    const refused = { error: { code: -32_602, message: expect.stringContaining(say) } }
    const { headers } = modern('tools/call', { name: 'create_checkpoint' })
    for (const depth of [MAX_ARGUMENT_DEPTH + 2, 10_000]) {
      const args = `{"name":${nested(depth)},"call_id":"deep-${depth}-as-can-be"}`
      const http = await room.post(called(args), { authorization: `Bearer ${secret}`, ...headers })
      expect(lastOf(await http.text())).toMatchObject(refused)
      const session = await room.older(secret)
      const older = await room.post(called(args, true), session.headers)
      expect(lastOf(await older.text())).toMatchObject(refused)
      expect(await overSocket(room, secret, called(args))).toMatchObject(refused)
    }
    expect(room.warnings).toEqual([])
    await room.mcp.close()
  })

  it('less deep, it is for the tool to say what is wrong', async () => {
    const room = await openMcpRoom(await open())
    const secret = await room.token(['read', 'request'])
    const answer = await room.post(called(`{"name":${nested(MAX_ARGUMENT_DEPTH - 2)}}`), {
      authorization: `Bearer ${secret}`,
      ...modern('tools/call', { name: 'create_checkpoint' }).headers,
    })
    expect(await answer.text()).toMatch(/input\.invalid: name/u)
    await room.mcp.close()
  })
})
