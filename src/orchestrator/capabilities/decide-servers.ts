import { LughError } from '#core'
import { decideProposalRow, liveConnectors, proposalById, touchCards } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { add, show } from './connect.ts'

/** Adds what a repository's file proposes, each with a card on which it is looked at and tried; or ignores it for good. */
export const decideServers = capability({
  name: 'decide_servers',
  describe: 'Add or ignore the MCP servers a repository proposes.',
  input: z.object({ proposal: z.uuid(), digest: z.string(), add: z.boolean() }),
  output: z.object({ added: z.array(z.string()) }),
  kind: 'decide',
  may: ['owner'],
  doors: {
    telegram: {},
    cli: { none: 'connect adds each of them by its own words' },
    mcp: { none: 'what a repository proposes is looked at by the owner, on its card' },
  },
  act: async (act, input) => {
    const open = await proposalById(act.tx, input.proposal)
    if (open === undefined) throw new LughError('not-found', 'That proposal is gone.')
    const proposal = await decideProposalRow(act.tx, open.id, input.digest, input.add ? 'added' : 'ignored', act.caller.personId, act.caller.door)
    if (proposal === undefined) throw new LughError('conflict', `Too late: this was already ${open.state}.`)
    const added: string[] = []
    const taken = new Set((await liveConnectors(act.tx, proposal.projectId)).map(({ name }) => name))
    for (const { name, definition } of input.add ? proposal.servers : []) {
      if (taken.has(name)) continue
      await show(act, await add(act, { name, projectId: proposal.projectId, definition, tryNow: false }))
      added.push(name)
    }
    await touchCards(act.tx, { kind: 'servers', subjectId: proposal.id })
    return { added }
  },
  say: () => undefined,
  toast: (o) => (o.added.length === 0 ? 'Nothing is connected.' : `Look at ${o.added.join(', ')}, then test.`.slice(0, 190)),
})
