/** The hello of a real TLS client is read, however it arrives, and nothing else is taken for one. */
import { Duplex } from 'node:stream'
import { connect } from 'node:tls'
import { expect, test } from 'vitest'
import { readHello } from './client-hello.ts'

/** What Node's own TLS says first. */
function helloFor(servername?: string): Promise<Buffer> {
  return new Promise((resolve) => {
    const socket = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer) => resolve(chunk),
    })
    connect({ socket, ...(servername === undefined ? {} : { servername }) }).on('error', () => undefined)
  })
}

/** The same hello in records of a few bytes each. */
function inRecords(hello: Buffer, size: number): Buffer {
  const body = hello.subarray(5)
  const records: Buffer[] = []
  for (let at = 0; at < body.length; at += size) {
    const part = body.subarray(at, at + size)
    records.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 255]), part)
  }
  return Buffer.concat(records)
}

test('the name is read, whole or spread over records, and with whatever follows', async () => {
  const hello = await helloFor('shop.example')
  const known = { kind: 'tls', names: ['shop.example'] }
  for (const bytes of [hello, inRecords(hello, 7), inRecords(hello, 100), Buffer.concat([hello, Buffer.from([23, 3, 3, 0, 1, 0])])])
    expect(readHello(bytes)).toEqual(known)
  expect(readHello(await helloFor())).toEqual({ kind: 'tls', names: [] })
})

test('too few bytes ask for more, at every length', async () => {
  const hello = await helloFor('shop.example')
  for (let length = 0; length < hello.length; length += 1) expect([length, readHello(hello.subarray(0, length))]).toEqual([length, { kind: 'more' }])
})

test('what is no TLS is left alone, and what only begins as TLS is broken', async () => {
  const hello = await helloFor('shop.example')
  for (const text of ['GET / HTTP/1.1\r\n', 'SSH-2.0-x\r\n', '\0']) expect(readHello(Buffer.from(text))).toEqual({ kind: 'other' })
  const server = Buffer.from(hello)
  server[5] = 2 // a server's hello
  const long = Buffer.from(hello)
  long.writeUInt16BE(0xffff, 3)
  const lying = Buffer.from(hello)
  lying[5 + 4 + 34] = 255 // a session longer than what follows of it can be read as
  for (const bytes of [server, long, Buffer.from('\x16\x03\x01\0\0'), Buffer.concat([hello.subarray(0, 5), Buffer.alloc(2000, 1)])])
    expect(readHello(bytes)).toEqual({ kind: 'broken' })
  expect(readHello(lying)).not.toEqual({ kind: 'tls', names: ['shop.example'] })
})

test('bytes changed by lot never throw, and never make it say another name than the bytes hold', async () => {
  const hello = await helloFor('shop.example')
  for (let n = 0; n < 5000; n += 1) {
    const bytes = Buffer.from(hello)
    bytes[(n * 7919) % bytes.length] = (n * 31) & 255
    const read = readHello(bytes)
    if (read.kind === 'tls') for (const name of read.names) expect(bytes.includes(name, 'latin1')).toBe(true)
  }
})
