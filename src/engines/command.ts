/**
 * Any command line as an engine: it is told the task once and works until it ends. It cannot ask and has no memory of its own, so
 * sandbox and review alone bind it, and whatever comes later is told to it anew with all that went before.
 */
import { LughError, withoutTerminalCodes } from '#core'
import { ended } from './ended.ts'
import { gatewayEnvironment, toolsEnvironment } from './gateway-environment.ts'
import type { Availability, EngineFace } from './port.ts'
import type { Session, SessionEngine } from './session-port.ts'
import { splitCommand } from './split-command.ts'

/** What is kept of its output as its last word: the end, where such programs sum up. */
const WORDS_MAX = 2000

/** It may be a program that runs commands and knows of no servers. */
const TOOLS_WORDS = `# Tools of servers
The person has connected servers whose tools you may use by HTTP; a call can take minutes, since they may be asked first.
- List: curl -sS "$TOOLS_URL" -H "Authorization: Bearer $TOOLS_TOKEN"
- Call: curl -sS "$TOOLS_URL/NAME" -H "Authorization: Bearer $TOOLS_TOKEN" -d '{"argument":"value"}'`

export type SessionEngineParts = Pick<EngineFace, 'defaultModel' | 'models'> & {
  /** Why no engine of this kind can work here: no sandbox, no way to the gateway, no model. */
  readonly ground: () => Availability
}

/** `line`: as the operator set it, `aider --message {prompt}`. Without `{prompt}` the task is its standard input; `{model}` is the run's. */
export function createCommandEngine(line: string | undefined, parts: SessionEngineParts): SessionEngine {
  return {
    name: 'command',
    asks: false,
    ...parts,
    available: () => {
      if (line === undefined)
        return {
          ok: false,
          why: 'No command is set: put it into LUGH_ENGINE_COMMAND, as in "aider --yes-always --message {prompt}", and restart Lugh.',
        }
      if (splitCommand(line) === undefined) return { ok: false, why: 'LUGH_ENGINE_COMMAND has a quote that does not end.' }
      return parts.ground()
    },
    work: (session) => work(line ?? '', session),
  }
}

async function work(line: string, session: Session): Promise<{ words: string }> {
  const [file, ...rest] = splitCommand(line) ?? []
  if (file === undefined) throw new LughError('engine.failed', 'LUGH_ENGINE_COMMAND names no program: set it and restart Lugh.')
  const prompt = session.tools === undefined ? session.promptAnew : `${session.promptAnew}\n\n${TOOLS_WORDS}`
  const fill = (word: string): string => word.replaceAll('{model}', session.model).replaceAll('{prompt}', () => prompt)
  let words = ''
  const finished = await session.launch({
    argv: [fill(file), ...rest.map(fill)],
    env: { ...gatewayEnvironment(session.gateway, session.model), ...toolsEnvironment(session.tools) },
    ...(line.includes('{prompt}') ? {} : { stdin: prompt }),
    onOutput: (text) => {
      const plain = withoutTerminalCodes(text)
      words = (words + plain).slice(-WORDS_MAX * 2)
      if (plain !== '') session.on({ type: 'text', text: plain })
    },
  })
  session.signal.throwIfAborted()
  if (finished.exitCode !== 0) throw ended('The engine command', finished)
  return { words: words.slice(-WORDS_MAX).toWellFormed().trim() }
}
