/** An MCP server as somebody else would write one, on the SDK's server, over stdio. What its tools say of themselves is read from a file, so that it can change. */
import { readFileSync, existsSync } from 'node:fs'
import { McpServer } from '@modelcontextprotocol/server'
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio'
import { z } from 'zod'

const [, , wordsFile = ''] = process.argv
const words = existsSync(wordsFile) ? readFileSync(wordsFile, 'utf8').trim() : 'Looks a word up.'
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

const server = new McpServer({ name: 'fixture', version: '1.0.0' })
server.registerTool('look_up', { description: words, inputSchema: z.object({ word: z.string() }) }, ({ word }) => ({
  content: [
    { type: 'text', text: `${word}: a word, as ${process.env['FIXTURE_TOKEN'] === undefined ? 'nobody' : process.env['FIXTURE_TOKEN']} says` },
  ],
}))
server.registerTool('picture', { description: 'A picture.', inputSchema: z.object({}) }, () => ({
  content: [
    { type: 'text', text: 'here it is' },
    { type: 'image', data: PIXEL, mimeType: 'image/png' },
  ],
}))
await server.connect(new StdioServerTransport())
