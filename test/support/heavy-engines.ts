/** The engines that are installed for tests alone, in `test/engines`, and whether they are. */
import { fileURLToPath } from 'node:url'
import { findPackage, type Shelves } from '../../src/engines/installed.ts'
import { noWalls } from './sandbox.ts'

const OWN = fileURLToPath(new URL('../engines', import.meta.url))
export const shelves: Shelves = { own: OWN, beside: OWN }

/** How a program with nothing but a shell calls a server's tool, as docs/engines.md has it: the words of a command. */
export function calledByShell(tool: string, input: object): string {
  const args = JSON.stringify(input).replaceAll("'", `'\\''`)
  return `curl -sS "$TOOLS_URL/${tool}" -H "Authorization: Bearer $TOOLS_TOKEN" -d '${args}'`
}

/** Whether a suite is to be skipped, said aloud. With LUGH_TEST_REQUIRE_ENGINES set it throws instead. */
export function noEngine(suite: string, ...packages: readonly string[]): boolean {
  if (noWalls(suite) !== undefined) return true
  const missing = packages.filter((name) => findPackage(shelves, name) === undefined)
  if (missing.length === 0) return false
  const why = `${suite}: not installed: ${missing.join(', ')} (npm ci --ignore-scripts --prefix test/engines)`
  if ((process.env['LUGH_TEST_REQUIRE_ENGINES'] ?? '') !== '') throw new Error(why)
  console.warn(`\n!!! SKIPPED: not installed: ${why}\n`)
  return true
}
