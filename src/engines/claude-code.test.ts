/** The engine `claude-code`, with the SDK that the tests' own directory of engines has. */
import { call } from '#simulator'
import { noEngine, shelves } from '../../test/support/heavy-engines.ts'
import { createClaudeCodeEngine } from './claude-code.ts'
import { sessionConformance } from './session-conformance.ts'

const PARTS = { defaultModel: 'm', models: async () => ['m'], ground: () => ({ ok: true as const }) }

sessionConformance('claude-code', {
  make: () => createClaudeCodeEngine(shelves, PARTS),
  hands: {
    write: (path, content) => call('Write', { file_path: path, content }),
    run: (command) => call('Bash', { command, description: 'to see' }),
    serve: (tool, input) => call(`mcp__lugh__${tool}`, input),
  },
  asks: true,
  resumes: true,
  namesServed: true,
  patienceMs: 60_000,
  skip: noEngine('engines: claude-code', '@anthropic-ai/claude-agent-sdk'),
})
