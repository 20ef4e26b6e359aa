/** The tool that runs a shell command in the worktree, behind whatever walls the context has. It spawns nothing itself. */
import { z } from 'zod'
import { defineTool, line } from './tool.ts'

const SECOND = 1000
/** A test run of a middling project. */
const TIMEOUT_DEFAULT_S = 120
/** Longer work belongs into a project's own automation; a person waits for this. */
const TIMEOUT_MAX_S = 600

const Input = z.object({
  command: z.string().trim().min(1).max(4000).describe('One shell command line, run in the project’s directory. No prompts can be answered.'),
  why: z.string().trim().min(1).max(300).describe('Why, in one honest sentence: the person decides by it.'),
  timeout_s: z
    .number()
    .int()
    .min(1)
    .max(TIMEOUT_MAX_S)
    .default(TIMEOUT_DEFAULT_S)
    .describe(`Seconds until it is ended. Default ${TIMEOUT_DEFAULT_S}.`),
  background: z
    .boolean()
    .default(false)
    .describe('Answers at once and lets it run; look at it with check_command. It ends when you finish, or wait for the person.'),
})

export const runCommand = defineTool({
  name: 'run_command',
  description:
    'Runs a shell command in the project and answers its output and exit code. Use it for tests, builds and tools; files are read and changed by the other tools.',
  input: Input,
  call: ({ command, why, timeout_s: seconds }) => ({ kind: 'command', line: line(`run ${command}`), command, why, timeoutMs: seconds * SECOND }),
  run: ({ command, timeout_s: seconds, background }, context) =>
    background
      ? Promise.resolve(context.background.start(command, seconds * SECOND))
      : context.runCommand(command, seconds * SECOND, context.onOutput),
})
