/** The tools a built-in engine's model may call, as one set. */
import type { ParsedCall, ToolSet } from '../port.ts'
import { applyPatch } from './apply-patch.ts'
import { askPerson } from './ask-person.ts'
import { checkCommand } from './check-command.ts'
import { editFile } from './edit-file.ts'
import { fetchUrl } from './fetch-url.ts'
import { findFiles } from './find-files.ts'
import { listFiles } from './list-files.ts'
import { proposePlan } from './propose-plan.ts'
import { readFile } from './read-file.ts'
import { runCommand } from './run-command.ts'
import { sendFile } from './send-file.ts'
import { searchFiles } from './search-files.ts'
import { line, type Tool } from './tool.ts'
import { updatePlan } from './update-plan.ts'
import { writeFile } from './write-file.ts'

/** In a fixed order: caches of a prompt hang on it. */
const TOOLS: readonly Tool[] = [
  listFiles,
  findFiles,
  searchFiles,
  readFile,
  editFile,
  writeFile,
  applyPatch,
  runCommand,
  checkCommand,
  fetchUrl,
  askPerson,
  updatePlan,
  sendFile,
]
/** What is left of them while nothing may be written. */
const PLANNING: readonly Tool[] = [listFiles, findFiles, searchFiles, readFile, runCommand, fetchUrl, askPerson, proposePlan]

/** The tool set. It holds no state: one serves all tasks. */
export function createTools(): ToolSet {
  const byName = new Map([...TOOLS, ...PLANNING].map((tool) => [tool.definition.name, tool]))
  return {
    definitions: TOOLS.map((tool) => tool.definition),
    planning: PLANNING.map((tool) => tool.definition),
    parse: (name, input) => byName.get(name)?.parse(input) ?? unknownTool(name),
    guard: async (name, input, context) => byName.get(name)?.guard(input, context),
    run: async (name, input, context, guard) => byName.get(name)?.run(input, context, guard) ?? { output: unknownTool(name).say, isError: true },
  }
}

function unknownTool(name: string): Extract<ParsedCall, { kind: 'invalid' }> {
  return {
    kind: 'invalid',
    line: line(`unknown tool ${name}`),
    say: `There is no such tool. There are: ${TOOLS.map((tool) => tool.definition.name).join(', ')}.`,
  }
}
