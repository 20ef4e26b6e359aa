/** The engine `acp`: the whole suite with an agent in small, and in its long form with Claude Code behind the protocol, which takes minutes. */
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { call } from '#simulator'
import { noEngine, shelves } from '../../test/support/heavy-engines.ts'
import { LONG } from '../../test/support/system.ts'
import { createAcpEngine } from './acp.ts'
import { sessionConformance } from './session-conformance.ts'

const PARTS = { defaultModel: 'm', models: async () => ['m'], ground: () => ({ ok: true as const }) }
const AGENTS = fileURLToPath(new URL('../../test/support/agents/', import.meta.url))

sessionConformance('acp', {
  make: (machine) => {
    for (const file of ['tiny-agent.mjs', 'tiny-acp-agent.mjs']) copyFileSync(join(AGENTS, file), join(machine.worktree, file))
    return createAcpEngine('node tiny-acp-agent.mjs', shelves, PARTS)
  },
  hands: {
    write: (path, content) => call('write_file', { path, content }),
    run: (command) => call('run_command', { command, why: 'to see' }),
    serve: (tool, input) => call('use_server', { tool, input }),
  },
  asks: true,
  resumes: true,
  namesServed: false,
  patienceMs: 20_000,
  skip: noEngine('engines: acp', '@agentclientprotocol/sdk'),
})

sessionConformance('acp, Claude Code behind it', {
  make: () => createAcpEngine('claude-agent-acp', shelves, PARTS),
  hands: {
    write: (path, content) => call('Write', { file_path: path, content }),
    run: (command) => call('Bash', { command, description: 'to see' }),
    serve: (tool, input) => call(`mcp__lugh__${tool}`, input),
  },
  asks: true,
  resumes: true,
  namesServed: true,
  patienceMs: 60_000,
  skip: !LONG || noEngine('engines: acp with Claude Code', '@agentclientprotocol/sdk', '@agentclientprotocol/claude-agent-acp'),
})
