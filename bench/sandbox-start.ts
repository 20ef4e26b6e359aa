/** A command that does nothing behind Lugh's walls, without and with a way to the network, beside the barest bubblewrap line with the same namespaces. */
import { plantMachine } from '../test/support/sandbox.ts'
import { inTurn, timed, type Figure, type Row } from './support/figure.ts'

/** What any walls must have to run `true`: a system to see and namespaces of its own. */
const BARE =
  '/usr/bin/bwrap --unshare-user --unshare-pid --unshare-net --unshare-ipc --unshare-uts --die-with-parent --ro-bind / / --proc /proc --dev /dev'

export const figure: Figure = {
  name: 'sandbox-start',
  measure: async (bench) => {
    const machine = await plantMachine({ mode: 'required' })
    const [closed, open] = [new Array<number>(), new Array<number>()]
    const [besideClosed, besideOpen] = [new Array<number>(), new Array<number>()]
    // The bare line is started through the same door, so that what is compared is the walls.
    const bare = (): Promise<unknown> => machine.sandbox.trusted({ argv: ['/usr/bin/env', ...BARE.split(' '), '/bin/true'], cwd: '/' })
    const rounds = bench.rounds(60, 8)
    const beside = (lugh: number[], plain: number[], walled: () => Promise<unknown>): Promise<void> =>
      inTurn(
        rounds,
        async () => void lugh.push(await timed(walled)),
        async () => void plain.push(await timed(bare)),
      )
    try {
      await beside(closed, besideClosed, () => machine.sh('true'))
      await beside(open, besideOpen, () => machine.sh('true', { network: { rules: [] } }))
    } finally {
      await machine.end()
    }
    const row = (name: string, lugh: number[], samples: number[]): Row => ({
      name,
      unit: 'ms',
      lugh,
      bare: { name: 'bwrap true', samples },
      goal: { text: 'at most 50 ms more', met: (mine, plain) => mine.median - (plain?.median ?? 0) <= 50 },
    })
    return [row('sandbox start, no network', closed, besideClosed), row('sandbox start, network by allow-list', open, besideOpen)]
  },
}
