/** A repository's file only proposes; what it sets for a server is named and not taken over. */
import { expect, it } from 'vitest'
import { readProposals } from './read-proposals.ts'

it('reads servers without what the file sets for them', () => {
  const file = {
    mcpServers: {
      'My Server': { command: 'npx', args: ['-y', '@x/server'], env: { TOKEN: '${TOKEN}', LEVEL: 'debug' } },
      remote: { type: 'http', url: 'https://mcp.example.org/mcp', headers: { Authorization: 'Bearer abc' } },
      broken: { command: 7 },
      nothing: {},
    },
  }
  expect(readProposals(JSON.stringify(file))).toEqual([
    {
      name: 'my-server',
      definition: { kind: 'stdio', argv: ['npx', '-y', '@x/server'], env: {}, hosts: [], reads: [], writes: false },
      wants: ['TOKEN', 'LEVEL'],
    },
    { name: 'remote', definition: { kind: 'http', url: 'https://mcp.example.org/mcp', headers: {} }, wants: ['Authorization'] },
  ])
})

it('takes what is no such file for none', () => {
  for (const text of ['', '[]', '{', '{"mcpServers":7}', 'null']) expect(readProposals(text)).toEqual([])
})
