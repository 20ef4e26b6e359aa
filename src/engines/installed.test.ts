/** Engines that a person installs beside Lugh: found, loaded, and missed in words that help. */
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { watchLeaks, type LeakWatch } from '../../test/support/leaks.ts'
import { createAcpEngine } from './acp.ts'
import { createClaudeCodeEngine } from './claude-code.ts'
import { createCodexEngine } from './codex.ts'
import { findPackage, howToInstall, loadPackage, programOn, type Shelves } from './installed.ts'

const PARTS = { defaultModel: 'm', models: async () => ['m'], ground: () => ({ ok: true as const }) }

let leaks: LeakWatch
function shelvesWith(files: Readonly<Record<string, string>>): Shelves {
  leaks = watchLeaks()
  const root = leaks.directory('shelf')
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  return { own: join(root, 'own'), beside: join(root, 'app/node_modules/lugh') }
}
afterEach(() => leaks.end())

const manifest = (version: string, more: object = {}): string => JSON.stringify({ version, type: 'module', main: 'index.js', ...more })

describe('an engine that is not Lugh’s own', () => {
  it('is found on the shelf first, then beside Lugh, and loaded from there', async () => {
    const shelves = shelvesWith({
      'own/node_modules/@a/both/package.json': manifest('1.0.0'),
      'own/node_modules/@a/both/index.js': 'export const where = "shelf"',
      'app/node_modules/@a/both/package.json': manifest('2.0.0'),
      'app/node_modules/@a/beside/package.json': manifest('3.0.0'),
      'app/node_modules/@a/beside/index.js': 'export const where = "beside"',
    })
    const both = findPackage(shelves, '@a/both')
    const beside = findPackage(shelves, '@a/beside')
    expect([both?.version, beside?.version, findPackage(shelves, '@a/none')]).toEqual(['1.0.0', '3.0.0', undefined])
    if (both === undefined || beside === undefined) return
    expect([await loadPackage(both, '@a/both'), await loadPackage(beside, '@a/beside')]).toMatchObject([{ where: 'shelf' }, { where: 'beside' }])
  })

  it('that is half there is not there, and one that is broken says so', async () => {
    const shelves = shelvesWith({
      'own/node_modules/half/package.json': '{"ver',
      'own/node_modules/broken/package.json': manifest('1.2.3'),
      'own/node_modules/broken/index.js': 'throw new Error("no")',
    })
    expect(findPackage(shelves, 'half')).toBeUndefined()
    const found = findPackage(shelves, 'broken')
    if (found === undefined) throw new Error('not found')
    await expect(loadPackage(found, 'broken')).rejects.toMatchObject({ code: 'engine.failed', say: expect.stringContaining('broken 1.2.3') })
  })

  it('says how it is installed, and what else is missing', () => {
    const bare = shelvesWith({})
    const acp = { '@agentclientprotocol/sdk': '2.4.0' }
    const shelves = shelvesWith({
      ...Object.fromEntries(Object.entries(acp).map(([name, version]) => [`own/node_modules/${name}/package.json`, manifest(version)])),
      'own/node_modules/@anthropic-ai/claude-agent-sdk/package.json': manifest('0.3.316'),
      'own/node_modules/@openai/codex/package.json': manifest('0.166.0'),
    })
    const why = (engine: { available: () => unknown }): unknown => engine.available()
    expect([
      why(createAcpEngine('claude-agent-acp', bare, PARTS)),
      why(createClaudeCodeEngine(bare, PARTS)),
      why(createCodexEngine(bare, PARTS)),
      why(createAcpEngine(undefined, shelves, PARTS)),
      why(createAcpEngine('"a', shelves, PARTS)),
      why(createAcpEngine('a', shelves, PARTS)),
      why(createClaudeCodeEngine(shelves, PARTS)),
      why(createCodexEngine(shelves, PARTS)),
    ]).toEqual([
      { ok: false, why: howToInstall(bare, '@agentclientprotocol/sdk@2.4.0') },
      { ok: false, why: `Not installed. On Lugh's machine: npm install --prefix ${bare.own} @anthropic-ai/claude-agent-sdk@0.3.316` },
      { ok: false, why: howToInstall(bare, '@openai/codex@0.166.0') },
      { ok: false, why: expect.stringContaining('LUGH_ENGINE_ACP') },
      { ok: false, why: expect.stringContaining('quote') },
      { ok: true },
      { ok: false, why: expect.stringContaining('without its program for this machine') },
      { ok: false, why: expect.stringContaining('without its program for this machine') },
    ])
  })

  it('is started by its real path when npm put it there, a script by the Node that runs Lugh, any other by its name', () => {
    const shelves = shelvesWith({ 'own/node_modules/agent/index.js': '#!/usr/bin/env node\n', 'own/node_modules/agent/native': '\x7fELF' })
    const root = join(shelves.own, 'node_modules')
    mkdirSync(join(root, '.bin'))
    for (const [name, target] of Object.entries({ script: '../agent/index.js', native: '../agent/native' })) {
      symlinkSync(target, join(root, '.bin', name))
      chmodSync(join(root, '.bin', name), 0o755)
    }
    expect(['script', 'native', 'elsewhere', './script'].map((word) => programOn(shelves, word))).toEqual([
      { argv: [process.execPath, join(root, 'agent/index.js')], readable: [root, dirname(process.execPath)] },
      { argv: [join(root, 'agent/native')], readable: [root] },
      { argv: ['elsewhere'] },
      { argv: ['./script'] },
    ])
  })
})
