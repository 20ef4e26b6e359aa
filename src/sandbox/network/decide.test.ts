/** Names, addresses and the decision about them, without a network. */
import { describe, expect, it } from 'vitest'
import { addressKind } from './address.ts'
import { decideWay, type Lookup } from './decide.ts'
import { isDisguised, parseHostPort, showHost } from './host.ts'

describe('a place', () => {
  it.each([
    ['Registry.NPMjs.org.:443', 'registry.npmjs.org', 443],
    ['example.com:80', 'example.com', 80],
    ['0x7f.1:80', '127.0.0.1', 80],
    ['2130706433:22', '127.0.0.1', 22],
    ['0177.0.0.1:80', '127.0.0.1', 80],
    ['[::1]:8080', '::1', 8080],
    ['[::ffff:10.0.0.1]:80', '::ffff:a00:1', 80],
    ['pypі.org:443', 'xn--pyp-lhd.org', 443],
    ['ｅxample。com:443', 'example.com', 443],
  ])('%s is %s at %i', (text, host, port) => {
    expect(parseHostPort(text)).toEqual({ host, port })
  })
  it.each(['example.com', ':443', 'a@b:443', 'a/b:443', 'a b:443', 'a:0', 'a:70000', 'a:1#', '', 'a\\b:443', '[::1:443', '999.1.1.1:80'])(
    '%j is none',
    (text) => {
      expect(parseHostPort(text)).toBeUndefined()
    },
  )
  it('is shown as it really is, and says when it is in another alphabet', () => {
    const places = ['pypі.org:443', 'example.com:8443', '[::1]:443'].map((text) => parseHostPort(text) ?? { host: '?', port: 0 })
    expect(places.map((place) => [showHost(place), isDisguised(place)])).toEqual([
      ['xn--pyp-lhd.org', true],
      ['example.com:8443', false],
      ['[::1]', false],
    ])
  })
})

describe('an address', () => {
  it.each([
    ['public', ['93.184.216.34', '1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700:4700::1111', '::ffff:1.1.1.1']],
    [
      'private',
      ['127.0.0.1', '127.9.9.9', '10.1.2.3', '172.31.0.1', '192.168.1.1', '100.64.0.1', '::1', 'fd00::1', '::ffff:127.0.0.1', '::ffff:a00:1'],
    ],
    [
      'never',
      [
        '0.0.0.0',
        '169.254.169.254',
        '::ffff:169.254.169.254',
        '224.0.0.1',
        '255.255.255.255',
        'fe80::1',
        'fe80::1%eth0',
        '::',
        'ff02::1',
        '64:ff9b::a00:1',
      ].concat(['2002:a00:1::', '::7f00:1', '2001:db8::1', 'nonsense', '']),
    ],
  ])('is %s', (kind, addresses) => {
    expect(addresses.map((address) => [address, addressKind(address)])).toEqual(addresses.map((address) => [address, kind]))
  })
})

describe('the decision', () => {
  const asked: string[] = []
  const answers =
    (...addresses: string[]): Lookup =>
    async (host) => {
      asked.push(host)
      return addresses
    }
  const rules = [{ host: 'good.test', port: 443 }]
  const good = { host: 'good.test', port: 443 }

  it('allows a listed place, at the address that was checked', async () => {
    expect(await decideWay(good, rules, answers('93.184.216.34'))).toEqual({ to: ['93.184.216.34'] })
  })
  it('allows nothing when nothing is listed, and never looks such a name up', async () => {
    asked.length = 0
    expect(await decideWay({ host: 'c2VjcmV0.evil.test', port: 443 }, [], answers('1.1.1.1'))).toMatchObject({ blocked: { reason: 'not-listed' } })
    expect(await decideWay({ host: 'good.test', port: 22 }, rules, answers('1.1.1.1'))).toMatchObject({ blocked: { reason: 'not-listed' } })
    expect(await decideWay({ host: 'sub.good.test', port: 443 }, rules, answers('1.1.1.1'))).toMatchObject({ blocked: { reason: 'not-listed' } })
    expect(asked).toEqual([])
  })
  it.each([['127.0.0.1'], ['10.0.0.1'], ['::1'], ['::ffff:192.168.0.1']])(
    'refuses a listed name that leads to %s, though others are public',
    async (address) => {
      const way = await decideWay(good, rules, answers('93.184.216.34', address))
      expect(way).toEqual({ blocked: { ...good, reason: 'private', address } })
      expect(await decideWay(good, [...rules, { ...good, private: true }], answers(address))).toEqual({ to: [address] })
    },
  )
  it('lets nobody allow the keys of a cloud machine', async () => {
    const metadata = { host: '169.254.169.254', port: 80, private: true }
    expect(await decideWay(metadata, [metadata], answers())).toEqual({ blocked: { host: '169.254.169.254', port: 80, reason: 'never' } })
    expect(await decideWay(good, [{ ...good, private: true }], answers('169.254.169.254'))).toEqual({ blocked: { ...good, reason: 'never' } })
  })
  it('says of an address in the own network that it is one, without a lookup', async () => {
    expect(await decideWay({ host: '127.0.0.1', port: 5432 }, [], answers())).toEqual({
      blocked: { host: '127.0.0.1', port: 5432, reason: 'private', address: '127.0.0.1' },
    })
    expect(await decideWay({ host: '10.0.0.1', port: 80 }, [{ host: '10.0.0.1', port: 80 }], answers())).toMatchObject({
      blocked: { reason: 'private' },
    })
  })
  it('does not connect where a name has no address', async () => {
    expect(await decideWay(good, rules, () => Promise.reject(new Error('ENOTFOUND')))).toEqual({ blocked: { ...good, reason: 'unknown-name' } })
  })
})
