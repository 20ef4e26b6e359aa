#!/usr/bin/env node
// Starts Lugh on a Node that can run it: this one, or the one that `npm ci` brought. Plain JavaScript that any Node since 12 can read.
'use strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const entry = join(root, 'src', 'main.ts')
const [major, minor] = process.versions.node.split('.').map(Number)
const fits = major > 22 || (major === 22 && minor >= 18)
const brought = join(root, 'node_modules', 'node', 'bin', 'node')

if (fits) {
  // Stripping types and compiling are most of a start: the result is kept beside the packages, where only their owner writes. Without it: slower.
  const { enableCompileCache, flushCompileCache } = await import('node:module')
  enableCompileCache(join(root, 'node_modules', '.cache', 'lugh'))
  const { main } = await import(pathToFileURL(entry).href)
  await main(process.argv.slice(2))
  flushCompileCache()
} else if (existsSync(brought)) {
  // As `npm start` does: a bot has little garbage at once, and room for more of it costs 36 MB.
  const child = spawn(brought, ['--max-semi-space-size=2', fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 1))
} else {
  console.error(
    `Lugh needs Node 22.18 or newer; this is ${process.versions.node}. Run \`npm ci\` (without --ignore-scripts), which brings one, or install a newer Node.`,
  )
  process.exit(1)
}
