/**
 * The Inspector of the protocol, by its command line and strictly, on every tool of a whole Lugh: `LUGH_TEST_LONG=1 vitest run --project system
 * test/e2e/mcp-inspector.test.ts`. It is 120 MB and a process for each call, so it is fetched for this alone.
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { addProject } from '../support/desk.ts'
import { asks, calls, runs, says, writes } from '../support/plays.ts'
import { doorOf, freePort, type Door } from '../support/programs.ts'
import { makeRepository } from '../support/repositories.ts'
import { LONG, withSystem, type System } from '../support/system.ts'
import type { Script } from '#simulator'

const VERSION = '2.12.0'
const ERAS = ['legacy', 'modern'] as const
/** Its own code for an answer that says `isError`. */
const TOOL_ERROR = 5

const Output = z.record(z.string(), z.unknown())
type Output = z.infer<typeof Output>
const Listed = z.object({ result: z.object({ tools: z.array(z.object({ name: z.string() })) }) })
const Called = z.object({ result: z.looseObject({ structuredContent: Output.optional() }) })
const Waiting = z.object({ id: z.string(), digest: z.string().nullable() })
const Said = z.looseObject({ waits_for: z.array(Waiting).optional(), session: z.string().nullable().optional() })

/** What needs a plan, a host, a used-up budget, a rule, a server or tests that were not run: refused, with a sentence. */
const REFUSED: Readonly<Record<string, Output>> = {
  accept_plan: { plan: crypto.randomUUID(), digest: 'x' },
  cancel_plan: { plan: crypto.randomUUID(), digest: 'x' },
  carry_out_restore: { restore: crypto.randomUUID(), digest: 'x', how: 'beside' },
  change_plan: { plan: crypto.randomUUID(), text: 'Otherwise' },
  choose_restore_parts: { restore: crypto.randomUUID(), parts: [] },
  continue_dry_run: { task: 1, digest: 'x' },
  decide_budget: { notice: crypto.randomUUID(), limit: '1', decision: 'more' },
  decide_host: { request: crypto.randomUUID(), digest: 'x', decision: 'deny' },
  discard_dry_run: { task: 1, digest: 'x' },
  drop_restore: { restore: crypto.randomUUID() },
  forget_host: { host: 'example.org' },
  remove_connector: { name: 'nothing' },
  retry_connector: { name: 'nothing' },
  revoke_grant: { grant: crypto.randomUUID() },
  run_tests: { change: crypto.randomUUID(), digest: 'x' },
  show_log: { task: 1 },
  show_restore: { restore: crypto.randomUUID() },
  undo_restore: { restore: crypto.randomUUID() },
}

const script: Script = {
  name: 'inspected',
  match: () => true,
  turns: ({ wish, calls: done }) => {
    if (done.length > 0) return says('Done.')
    if (wish.startsWith('Run')) return calls(runs('node -e "console.log(1)"'))
    return wish.startsWith('Ask') ? calls(asks('Which colour?')) : calls(writes('a.txt', `${wish}\n`))
  },
}

/** Fetches it into the test's own folder. Answers its command line. */
async function fetchInspector(root: string): Promise<string> {
  const folder = join(root, 'inspector')
  await new Promise<void>((resolve, reject) => {
    const argv = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder, `@modelcontextprotocol/inspector@${VERSION}`]
    execFile('npm', argv, (error, _, err) => (error === null ? resolve() : reject(new Error(err))))
  })
  return join(folder, 'node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js')
}

type Ran = Readonly<{ code: number; out: string; err: string }>

function runner(system: System, program: string, { url, secret }: Door) {
  const env = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: system.at.person }
  return (...argv: readonly string[]): Promise<Ran> =>
    new Promise((resolve) => {
      const all = [program, '--cli', url, '--header', `Authorization: Bearer ${secret}`, '--format', 'json', '--connect-timeout', '0', ...argv]
      execFile(process.execPath, all, { env, maxBuffer: 64 * 1024 * 1024 }, (error, out, err) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, err }),
      )
    })
}

describe.runIf(LONG)('the Inspector', () => {
  test('finds no fault in any tool, listed and called, in both eras', { timeout: 1_800_000 }, async () => {
    const port = await freePort()
    await withSystem({ store: 'embedded', scripts: [script], env: { PORT: String(port) } }, async (system) => {
      await addProject(system.person(), makeRepository(join(system.at.root, 'shop'), { '.lugh/config.yaml': 'test: "true"\n' }))
      const run = runner(system, await fetchInspector(system.at.root), await doorOf(system, port, 'admin'))
      const called = new Map<string, number>()
      const wrong: string[] = []
      const call = async (name: string, args: Output = {}): Promise<z.infer<typeof Said>> => {
        const era = ERAS[called.size % ERAS.length] ?? 'legacy'
        const ran = await run('--method', 'tools/call', '--tool-name', name, '--tool-args-json', JSON.stringify(args), '--protocol-era', era)
        called.set(name, ran.code)
        if (ran.code !== (name in REFUSED ? TOOL_ERROR : 0)) wrong.push(`${name} (${ran.code}): ${ran.out}${ran.err}`)
        return ran.code === 0 ? Said.parse(Called.parse(JSON.parse(ran.out)).result.structuredContent ?? {}) : {}
      }
      const rested = async (task: number): Promise<{ id: string; digest: string | null }> =>
        z.tuple([Waiting]).parse((await call('wait_for_task', { task, timeout_seconds: 120 })).waits_for)[0]

      const listed: string[] = []
      for (const era of ERAS) {
        const list = await run('--method', 'tools/list', '--strict', '--protocol-era', era)
        // Code 6 would be an error of a schema; what it warns of are the parts of a preview, which may be anything.
        expect([era, list.code], list.err).toEqual([era, 0])
        listed.push(...Listed.parse(JSON.parse(list.out)).result.tools.map(({ name }) => name))
      }

      await call('spawn_agent', { name: 'Ada', project: 'shop', wish: 'Write one' }) // T1
      await call('assign_task', { project: 'shop', wish: 'Run two' }) // T2
      await call('assign_task', { project: 'shop', wish: 'Ask three' }) // T3
      await call('dry_run', { project: 'shop', wish: 'Write four' }) // T4
      await call('assign_task', { project: 'shop', wish: 'Run five' }) // T5
      const { id: change, digest } = await rested(1)
      for (const name of ['list_tasks', 'list_projects', 'list_agents', 'list_approvals', 'list_grants', 'list_connectors', 'connect', 'show_status'])
        await call(name)
      for (const name of ['get_diff', 'list_hunks', 'why_task', 'get_costs', 'export_audit']) await call(name, { task: 1 })
      for (const name of ['show_budget', 'show_settings', 'show_network', 'list_checkpoints']) await call(name)
      await call('what_happened', { since: '1h' })
      await call('search', { words: 'Write' })
      await call('query_knowledge', { question: 'where is the total', project: 'shop' })
      await call('read_document', { document: 'README.md', project: 'shop' })
      await call('show_file', { path: 'a.txt', task: 1 })
      await call('show_session', { session: (await call('get_task', { task: 1 })).session })
      await call('create_checkpoint', { name: 'one', project: 'shop' })
      await call('checkpoint_everything', { name: 'two' })
      await call('review', { change, digest, decision: 'merge' })
      await call('wait_for_task', { task: 1 })
      await call('undo_task', { task: 1 })
      const approval = await rested(2)
      await call('decide_approval', { approval: approval.id, digest: approval.digest, decision: 'deny' })
      await call('answer_question', { question: (await rested(3)).id, answer: 'Blue' })
      await rested(5)
      await call('send_message', { task: 5, text: 'Quickly' })
      await call('pause_task', { task: 5 })
      await call('resume_task', { task: 5 })
      await call('stop_task', { task: 5 })
      await call('wait_for_task', { task: 5 })
      await call('discard_task', { task: 5 })
      await call('compare_checkpoints', { from: 1, to: 2 })
      await call('restore_checkpoint', { checkpoint: 1 })
      await call('restore_everything', { checkpoint: 2 })
      await call('set_budget', { scope: 'day', usd: 100 })
      await call('set_project', { project: 'shop', setting: 'test', value: 'true' })
      await call('add_project', { location: makeRepository(join(system.at.root, 'other')) })
      for (const [name, args] of Object.entries(REFUSED)) await call(name, args)
      await call('remove_project', { project: 'other' })
      expect(wrong).toEqual([])
      expect([...called.keys()].toSorted()).toEqual([...new Set(listed)].toSorted())
    })
  })
})
