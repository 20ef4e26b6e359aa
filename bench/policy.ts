/** The policy's decision about one command, over the whole corpus, beside the bare parser on the same commands. Milliseconds a command. */
import { parse } from 'unbash'
import { decideCommand, judgeCommand } from '../src/orchestrator/policy/judge-command.ts'
import { ASKED_COMMANDS, FLOOR_COMMANDS, HARMLESS_COMMANDS } from '../test/support/command-corpus.ts'
import { inTurn, timed, type Figure } from './support/figure.ts'

const COMMANDS = [...FLOOR_COMMANDS, ...ASKED_COMMANDS, ...HARMLESS_COMMANDS]

export const figure: Figure = {
  name: 'policy',
  measure: async (bench) => {
    const lugh: number[] = []
    const samples: number[] = []
    await inTurn(
      bench.rounds(200, 5),
      async () => void lugh.push(await perCommand((command) => decideCommand(judgeCommand(command), { mode: 'ask', walls: 'up' }))),
      async () => void samples.push(await perCommand(parse)),
    )
    return [{ name: 'policy, one command', unit: 'ms', lugh, bare: { name: 'unbash parse', samples } }]
  },
}

async function perCommand(act: (command: string) => unknown): Promise<number> {
  const ms = await timed(() => {
    for (const command of COMMANDS) act(command)
  })
  return ms / COMMANDS.length
}
