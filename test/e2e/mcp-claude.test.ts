/** Claude Code without a window, its model played by a script, walks the whole road with Lugh as its MCP server. */
import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { call, type Script, type ScriptedAnswer } from '#simulator'
import { findPackage } from '../../src/engines/installed.ts'
import { addProject } from '../support/desk.ts'
import { noEngine, shelves } from '../support/heavy-engines.ts'
import { BIN, NODE } from '../support/lugh-process.ts'
import { calls, play, runs, says, writes } from '../support/plays.ts'
import { doorOf, freePort, type Door } from '../support/programs.ts'
import { fileAt, makeRepository } from '../support/repositories.ts'
import { serverAvailable } from '../support/stores.ts'
import { WHOLE, withSystem, type System } from '../support/system.ts'

const PROGRAM = `@anthropic-ai/claude-agent-sdk-${process.platform}-${process.arch}`
const MODEL = 'claude-sonnet-5-5'
/** What a model that reads Lugh's answers does next: every argument comes from an answer, none from this test. */
const Waits = z.looseObject({ waits_for: z.array(z.looseObject({ id: z.string(), digest: z.string() })).min(1) })
const Handle = z.object({ task: z.number() })

/** What a tool answered: Claude Code tells its model the structured part. */
function json(output: string): unknown {
  try {
    return JSON.parse(output)
  } catch (cause) {
    throw new Error(`no JSON: ${output}`, { cause })
  }
}
const lugh = (name: string, input: object = {}): ScriptedAnswer => calls(call(`mcp__lugh__${name}`, { ...input }))

const claude: Script = {
  name: 'Claude Code',
  match: ({ wish }) => wish.includes('Have Lugh write a poem'),
  turns: ({ calls: done, tools }) => {
    const last = (name: string): string => done.findLast((one) => one.name === `mcp__lugh__${name}`)?.output ?? ''
    const wait = (): ScriptedAnswer => lugh('wait_for_task', Handle.parse(json(last('spawn_agent'))))
    const turns: readonly (() => ScriptedAnswer)[] = [
      () => lugh('list_projects'),
      () => lugh('spawn_agent', { project: 'shop', wish: 'Write a poem' }),
      wait,
      () => {
        const [first] = Waits.parse(json(last('wait_for_task'))).waits_for
        return lugh('decide_approval', { approval: first?.id, digest: first?.digest, decision: 'allow' })
      },
      wait,
      // A patch is words, as a person reads it: what is decided about stands in the task.
      () => lugh('get_diff', Handle.parse(json(last('spawn_agent')))),
      () => {
        const [first] = Waits.parse(json(last('wait_for_task'))).waits_for
        return lugh('review', { change: first?.id, digest: first?.digest, decision: 'merge' })
      },
      wait,
      () => calls(call('mcp__piped__get_task', Handle.parse(json(last('spawn_agent'))))),
    ]
    // A wait whose time was over is asked again.
    const finished = done.filter(({ output }) => !output.includes('"done":false'))
    // What cannot be read is said: an error of the model would be asked for again, for minutes.
    try {
      return (
        turns[finished.length]?.() ??
        says(`${tools.includes('mcp__lugh__query_knowledge') ? 'All' : 'Not all'} tools are there. ${done.at(-1)?.output ?? ''}`)
      )
    } catch (error) {
      return says(String(error))
    }
  },
}

/** Runs it with Lugh at its address and by `lugh mcp`, and answers what it says at its end. */
async function headless(system: System, { url, secret, env }: Door, prompt: string): Promise<string> {
  const home = join(system.at.root, 'claude')
  mkdirSync(home)
  const mcpServers = {
    lugh: { type: 'http', url, headers: { Authorization: `Bearer ${secret}` } },
    piped: { type: 'stdio', command: NODE, args: [BIN, 'mcp'], env },
  }
  writeFileSync(join(home, 'mcp.json'), JSON.stringify({ mcpServers }))
  const own = {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOME: home,
    TMPDIR: home,
    ANTHROPIC_BASE_URL: system.env['ANTHROPIC_BASE_URL'] ?? '',
    ANTHROPIC_API_KEY: system.env['ANTHROPIC_API_KEY'] ?? '',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS: '1',
    DISABLE_AUTOUPDATER: '1',
    // Every tool is told the model at once, so that the script need not look for them.
    ENABLE_TOOL_SEARCH: 'false',
    MCP_TOOL_TIMEOUT: '120000',
  }
  const argv = ['-p', prompt, '--model', MODEL, '--output-format', 'json', '--strict-mcp-config', '--mcp-config', join(home, 'mcp.json')]
  const program = join(findPackage(shelves, PROGRAM)?.directory ?? '', 'claude')
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, out: string, err: string): void =>
      error === null ? resolve(out) : reject(new Error(`${error.message}\n${out}\n${err}`))
    execFile(program, [...argv, '--allowedTools', 'mcp__lugh,mcp__piped'], { cwd: home, env: own, maxBuffer: 64 * 1024 * 1024 }, done).stdin?.end()
  })
}

describe.runIf(serverAvailable && WHOLE)('Claude Code in headless mode', () => {
  test.skipIf(noEngine('e2e: Lugh for Claude Code', '@anthropic-ai/claude-agent-sdk'))(
    'spawns, waits, decides, reads the diff and merges',
    async () => {
      const port = await freePort()
      const agent = play('Write a poem', calls(writes('poem.txt', 'Moss.\n')), calls(runs('node -e "console.log(1)"')), says('Written.'))
      await withSystem({ store: 'server', scripts: [claude, agent], env: { PORT: String(port) } }, async (system) => {
        await addProject(system.person(), makeRepository(join(system.at.root, 'shop')))
        const door = await doorOf(system, port, 'read', 'request', 'approve-own')
        const said = await headless(system, door, 'Have Lugh write a poem')
        expect(z.looseObject({ is_error: z.boolean(), result: z.string() }).parse(JSON.parse(said))).toMatchObject({
          is_error: false,
          result: expect.stringMatching(/^All tools are there\. [^]*merged/u),
        })
        expect(fileAt(join(system.at.root, 'shop'), 'main', 'poem.txt')).toBe('Moss.\n')
        await system.tidy()
      })
    },
  )
})
