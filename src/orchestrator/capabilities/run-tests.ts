import { LughError } from '#core'
import { allowTests } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { moveTask } from '../move-task.ts'
import { ChangeBound, theOpenChange } from './the-change.ts'

/** Allows the project's tests to run outside a sandbox, once, on exactly the change shown. */
export const runTests = capability({
  name: 'run_tests',
  describe: 'Run the project’s tests on a change although there is no sandbox.',
  input: ChangeBound,
  output: z.object({ task: z.number() }),
  kind: 'decide',
  may: ['owner', 'approver'],
  doors: {
    telegram: {},
    cli: { verb: 'run_tests', usage: 'run_tests CHANGE DIGEST', parse: ([change, digest]) => ChangeBound.parse({ change, digest }) },
    mcp: {},
  },
  act: async (act, input) => {
    const { change, task } = await theOpenChange(act, input)
    if (change.tests?.state !== 'not-run') throw new LughError('conflict', 'The tests have been run already.')
    await allowTests(act.tx, change.id, act.caller.personId)
    await moveTask(act.tx, task, { to: 'proposing', scope: { personId: act.caller.personId, door: act.caller.door } })
    return { task: task.number }
  },
  say: () => undefined,
  toast: () => 'Running the tests…',
})
