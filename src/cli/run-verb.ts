/** Runs one verb from a terminal: words for people, `--json` for programs. */
import { LughError, sayError } from '#core'
import { callRunning } from './call.ts'

export type Terminal = { readonly out: (text: string) => void; readonly err: (text: string) => void }

/** Answers the exit code: 0 done, 1 refused, 2 nothing runs here. */
export async function runVerb(home: string, argv: readonly string[], terminal: Terminal): Promise<number> {
  const json = argv.includes('--json')
  const [verb = 'help', ...words] = argv.filter((word) => word !== '--json')
  try {
    const answer = await callRunning(home, verb, words)
    if (json) terminal.out(JSON.stringify(answer.ok ? answer.output : { error: { code: answer.code, say: answer.say } }))
    else if (answer.ok) terminal.out(answer.say ?? 'Done.')
    else terminal.err(answer.say)
    return answer.ok ? 0 : 1
  } catch (error) {
    const say = sayError(error)
    if (json) terminal.out(JSON.stringify({ error: { code: error instanceof LughError ? error.code : 'internal', say } }))
    else terminal.err(say)
    return 2
  }
}
