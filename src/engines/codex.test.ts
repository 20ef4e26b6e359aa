/** The engine `codex`, with the package that the tests' own directory of engines has. */
import { call } from '#simulator'
import { noEngine, shelves } from '../../test/support/heavy-engines.ts'
import { createCodexEngine } from './codex.ts'
import { sessionConformance } from './session-conformance.ts'

const PARTS = { defaultModel: 'm', models: async () => ['m'], ground: () => ({ ok: true as const }) }
const quoted = (words: string): string => `'${words.replaceAll("'", `'\\''`)}'`

sessionConformance('codex', {
  make: () => createCodexEngine(shelves, PARTS),
  hands: {
    // It has no tool that writes a file but a patch for models it knows: files are written by a command.
    write: (path, content) => call('exec_command', { cmd: `printf %s ${quoted(content)} > ${path}` }),
    run: (command) => call('exec_command', { cmd: command }),
    serve: (tool, input) => call(`mcp__lugh__${tool}`, input),
  },
  asks: true,
  resumes: true,
  namesServed: true,
  patienceMs: 60_000,
  skip: noEngine('engines: codex', '@openai/codex'),
})
