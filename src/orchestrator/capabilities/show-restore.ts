import { LughError, RestoreId } from '#core'
import { Restore, restoreById } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { RestoreView, sayRestore, viewRestore } from './restore-words.ts'

/** What a way back would change or has changed. */
export const showRestore = capability({
  name: 'show_restore',
  describe: 'What going back would change, or has changed.',
  input: z.object({ restore: RestoreId }),
  output: z.object({ view: RestoreView, row: Restore }),
  kind: 'read',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: {
    telegram: { none: 'its card shows it' },
    cli: { verb: 'show_restore', usage: 'show_restore RESTORE', parse: ([restore]) => ({ restore: RestoreId.parse(restore) }) },
    mcp: {},
  },
  act: async (act, input) => {
    const row = await restoreById(act.tx, input.restore)
    if (row === undefined) throw new LughError('not-found', 'There is no such restore.')
    return { view: viewRestore(row), row }
  },
  say: (o) => sayRestore(o.view, o.row),
})
