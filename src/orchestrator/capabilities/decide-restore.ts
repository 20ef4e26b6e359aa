import { LughError, RestoreId } from '#core'
import { decideRestore, dropRestoreRow, holdCheckpoint, insertRestore, lockRestore, setRestoreParts, touchCards, undoOf, type Restore } from '#db'
import { z } from 'zod'
import { capability, type Act } from '../capability.ts'
import { PARTS } from '../checkpoints/parts.ts'
import { postRestoreCard } from './restore-checkpoint.ts'
import { RestoreView, viewRestore } from './restore-words.ts'

const Bound = z.object({ restore: RestoreId, digest: z.string(), how: z.enum(['beside', 'over']) })

async function theRestore(act: Act, id: RestoreId): Promise<Restore> {
  const row = await lockRestore(act.tx, id)
  if (row === undefined) throw new LughError('not-found', 'That way back is gone. /checkpoints lists where one can go back to.')
  return row
}

/** Says how to go back, bound to exactly what the card showed. The worker carries it out. */
export const carryOutRestore = capability({
  name: 'carry_out_restore',
  describe: 'Go back to a checkpoint, as it was shown: beside, or over.',
  input: Bound,
  output: RestoreView,
  kind: 'decide',
  may: ['owner', 'approver'],
  doors: {
    telegram: {},
    cli: {
      verb: 'carry_out_restore',
      usage: 'carry_out_restore RESTORE DIGEST beside|over',
      parse: ([restore, digest, how]) => Bound.parse({ restore, digest, how }),
    },
    mcp: { destroys: true },
  },
  act: async (act, input) => {
    const row = await theRestore(act, input.restore)
    if (row.state !== 'offered') throw new LughError('conflict', `Too late: it is ${WORD[row.state]}. Look at the newest card.`)
    if (row.digest !== input.digest) throw new LughError('conflict', 'It would change something else by now. Look at the newest card.')
    const { caller } = act
    const decided = await decideRestore(act.tx, { id: row.id, digest: input.digest, how: input.how, by: caller.personId, door: caller.door })
    if (decided === undefined) throw new LughError('conflict', 'Somebody decided this a moment ago.')
    await touchCards(act.tx, { kind: 'restore', subjectId: row.id })
    await act.tx.notify('work', row.id)
    return viewRestore(decided)
  },
  say: () => undefined,
  toast: () => 'Going back…',
})

const WORD: Record<Restore['state'], string> = {
  looking: 'being worked out',
  offered: 'offered',
  wanted: 'being carried out',
  done: 'done',
  refused: 'refused',
  dropped: 'dropped',
}

const Choice = z.object({ restore: RestoreId, parts: z.array(z.enum(namesOfParts())).min(1), keep_words: z.boolean().default(true) })

function namesOfParts(): [string, ...string[]] {
  const [first = '', ...rest] = PARTS.map(({ name }) => name)
  return [first, ...rest]
}

/** Which parts go back, and whether what people said since is heard again. Worked out anew. */
export const chooseRestoreParts = capability({
  name: 'choose_restore_parts',
  describe: 'Choose which parts of a checkpoint go back.',
  input: Choice,
  output: RestoreView,
  kind: 'request',
  may: ['owner', 'approver', 'member'],
  doors: {
    telegram: {},
    cli: {
      verb: 'choose_restore_parts',
      usage: 'choose_restore_parts RESTORE PART… [--drop-words]',
      parse: ([restore, ...words]) =>
        Choice.parse({ restore, parts: words.filter((word) => word !== '--drop-words'), keep_words: !words.includes('--drop-words') }),
    },
    mcp: {},
  },
  act: async (act, input) => {
    const row = await theRestore(act, input.restore)
    if ((await setRestoreParts(act.tx, row.id, input.parts, input.keep_words)) === 0)
      throw new LughError('conflict', `Too late: it is ${WORD[row.state]}.`)
    await touchCards(act.tx, { kind: 'restore', subjectId: row.id })
    await act.tx.notify('work', row.id)
    return viewRestore(row)
  },
  say: () => undefined,
  toast: () => 'Looking…',
})

/** Does not go back after all. */
export const dropRestore = capability({
  name: 'drop_restore',
  describe: 'Do not go back after all.',
  input: z.object({ restore: RestoreId }),
  output: RestoreView,
  kind: 'request',
  may: ['owner', 'approver', 'member'],
  doors: {
    telegram: {},
    cli: { verb: 'drop_restore', usage: 'drop_restore RESTORE', parse: ([restore]) => ({ restore: RestoreId.parse(restore) }) },
    mcp: {},
  },
  act: async (act, input) => {
    const row = await theRestore(act, input.restore)
    if ((await dropRestoreRow(act.tx, row.id, act.caller.personId, act.caller.door)) === 0)
      throw new LughError('conflict', `Too late: it is ${WORD[row.state]}.`)
    await touchCards(act.tx, { kind: 'restore', subjectId: row.id })
    return viewRestore({ ...row, state: 'dropped' })
  },
  say: () => 'Nothing was changed.',
  toast: () => 'Nothing was changed.',
})

/** Takes a way back back: what it replaced was saved first. Its own card can be taken back in turn. */
export const undoRestore = capability({
  name: 'undo_restore',
  describe: 'Take a restore back; that can be taken back too.',
  input: z.object({ restore: RestoreId }),
  output: RestoreView,
  kind: 'decide',
  may: ['owner', 'approver'],
  doors: {
    telegram: {},
    cli: { verb: 'undo_restore', usage: 'undo_restore RESTORE', parse: ([restore]) => ({ restore: RestoreId.parse(restore) }) },
    mcp: {},
  },
  act: async (act, input) => viewRestore(await takeBack(act, await theRestore(act, input.restore))),
  say: (o) => `↩️ Being taken back: show_restore ${o.restore}`,
  toast: () => 'Undoing…',
})

/** Asks for the way back from a way back. Throws when there is nothing to take back, or what it replaced is no longer kept. */
export async function takeBack(act: Act, row: Restore): Promise<Restore> {
  if (row.state !== 'done' || row.beforeId === null) throw new LughError('conflict', `It is ${WORD[row.state]}: there is nothing to take back.`)
  const before = await holdCheckpoint(act.tx, row.beforeId)
  if (before?.state !== 'whole') throw new LughError('conflict', 'What it replaced was kept for its time and is gone.')
  if ((await undoOf(act.tx, row.id)) !== undefined) throw new LughError('conflict', 'That was taken back already. Look at the newest card.')
  const undo = await insertRestore(act.tx, {
    id: RestoreId.parse(act.ids.uuid()),
    checkpointId: before.id,
    projectId: row.projectId,
    taskId: row.taskId,
    file: null,
    parts: row.parts,
    how: 'over',
    state: 'wanted',
    undoesId: row.id,
    personId: act.caller.personId,
    door: act.caller.door,
    conversationId: act.caller.conversation?.id ?? row.conversationId,
  })
  if (undo === undefined) throw new LughError('conflict', 'That is being taken back already.')
  await touchCards(act.tx, { kind: 'restore', subjectId: row.id })
  await postRestoreCard(act, undo.id)
  await act.tx.notify('work', undo.id)
  return undo
}
