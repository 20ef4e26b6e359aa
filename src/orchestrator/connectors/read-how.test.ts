/** What a person may say about a server, and what is refused with a way out. */
import { describe, expect, it } from 'vitest'
import { changed, readChanges, readConnect, readHow, recheck, serverName, withHost, withReading, withSecret } from './read-how.ts'

const PROGRAM = { kind: 'stdio', argv: ['npx', '-y', '@x/server'], env: {}, hosts: [], reads: [], writes: false }

describe('how a server is started or reached', () => {
  it('is read from one line: options first, then a command or an address', () => {
    expect(readConnect('github TOKEN=env:GITHUB_TOKEN host=registry.npmjs.org read=/opt/x write npx -y @x/server --a=b'.split(' '))).toEqual({
      name: 'github',
      all: false,
      definition: {
        kind: 'stdio',
        argv: ['npx', '-y', '@x/server', '--a=b'],
        env: { TOKEN: 'env:GITHUB_TOKEN' },
        hosts: ['registry.npmjs.org'],
        reads: ['/opt/x'],
        writes: true,
      },
    })
    expect(readConnect('docs all Authorization=env:DOCS https://mcp.example.org/mcp'.split(' '))).toEqual({
      name: 'docs',
      all: true,
      definition: { kind: 'http', url: 'https://mcp.example.org/mcp', headers: { Authorization: 'env:DOCS' } },
    })
    expect(readConnect(['later', 'project=shop'])).toEqual({ name: 'later', all: false, project: 'shop' })
  })

  it('never holds a secret, and hands none to where others listen', () => {
    const program = readHow(['x'])
    for (const said of ['TOKEN=abc', 'TOKEN=env:', 'TOKEN', '=env:X', 'TOKEN=env:A B'])
      expect(() => withSecret(program, said)).toThrow('NAME=env:NAME')
    expect(() => readHow(['x', '⟦GitHub token, 40 characters⟧'])).toThrow('That holds a key')
    expect(() => readHow(['https://user:pass@example.org/mcp'])).toThrow('no address')
    expect(() => withSecret(readHow(['http://example.org/mcp']), 'Authorization=env:X')).toThrow('https:// address only')
    expect(withSecret(readHow(['http://127.0.0.1:9/mcp']), 'Authorization=env:X')).toMatchObject({ headers: { Authorization: 'env:X' } })
    for (const name of ['PATH', 'NODE_OPTIONS', 'LD_PRELOAD', 'GIT_DIR', 'https_proxy'])
      expect(() => withSecret(program, `${name}=env:X`)).toThrow('cannot be given')
  })

  it('has names, hosts and directories that are some', () => {
    for (const name of ['', 'Lugh', 'a b', '1st', 'a__b', 'x'.repeat(21)]) expect(() => serverName(name)).toThrow('cannot be a server')
    expect(serverName(' GitHub ')).toBe('github')
    expect(() => withHost(readHow(['x']), 'not a host')).toThrow('is no host')
    expect(() => withReading(readHow(['x']), '../up')).toThrow('whole path')
    expect(() => withHost(readHow(['https://example.org']), 'a.example')).toThrow('servers that are programs')
  })

  it('said by a program is read as strictly as said by a person', () => {
    expect(recheck({ kind: 'stdio', argv: ['npx', '-y', '@x/server'], env: {}, hosts: [], reads: [], writes: false })).toEqual(PROGRAM)
    expect(() => recheck({ kind: 'stdio', argv: ['x'], env: { A: 'secret' }, hosts: [], reads: [], writes: false })).toThrow('NAME=env:NAME')
    expect(() => recheck({ kind: 'http', url: 'ftp://x', headers: {} })).not.toThrow() // a command that does not exist: it runs behind the walls
  })

  it('changes in part: what is not said stays, what is taken away is gone, and no secret moves to another address', () => {
    const split = (text: string): string[] => text.split(' ')
    const program = readConnect(['x', 'A=env:A', 'host=a.example', 'read=/one', 'npx', 'server']).definition ?? null
    expect(changed(program, readChanges(['B=env:B', 'host=b.example:8080', 'write', 'npx', 'other']), split)).toEqual({
      kind: 'stdio',
      argv: ['npx', 'other'],
      env: { A: 'env:A', B: 'env:B' },
      hosts: ['a.example', 'b.example:8080'],
      reads: ['/one'],
      writes: true,
    })
    expect(changed(program, readChanges(['A=', 'host=-a.example', 'read=-/one', 'no-write']), split)).toMatchObject({
      env: {},
      hosts: [],
      reads: [],
      writes: false,
    })
    const address = readConnect(['x', 'Authorization=env:T', 'https://a.example/mcp']).definition ?? null
    expect(changed(address, { how: 'https://a.example/v2' }, split)).toMatchObject({ headers: { Authorization: 'env:T' } })
    expect(changed(address, { how: 'https://b.example/mcp' }, split)).toMatchObject({ headers: {} })
    expect(changed(address, { how: 'npx server' }, split)).toMatchObject({ env: {} })
    expect(() => changed(null, { secret: ['A=env:A'] }, split)).toThrow('First say how')
    expect(readChanges(['all', 'say', "it's so"])).toEqual({ all: true, how: `say 'it'\\''s so'` })
  })
})
