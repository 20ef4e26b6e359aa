/**
 * Side effects outside the database are three lines: write the intent, act with an idempotent key, write the outcome.
 * Between them stand named crash points, no-ops in production, at which a test process can be told to die.
 */

type CrashPlan = { name: string; nth: number }
let plan: CrashPlan | undefined
const seen = new Map<string, number>()

/**
 * Arms one crash point for this process. `spec` is `name` or `name@N` (die at the Nth pass, counted from 1).
 * Only the composition root of a test process calls this.
 */
export function armCrashPoint(spec: string): void {
  const [name = '', nth = '1'] = spec.split('@')
  plan = { name, nth: Number(nth) }
  seen.clear()
}

/** Dies with SIGKILL when armed for this name and pass; otherwise does nothing. */
export function crashPoint(name: string): void {
  if (plan?.name !== name) return
  const count = (seen.get(name) ?? 0) + 1
  seen.set(name, count)
  if (count === plan.nth) process.kill(process.pid, 'SIGKILL')
}

/**
 * Runs one outside effect: `intent` commits what is about to happen, `act` does it (must be safe to do again),
 * `outcome` commits what came of it. Answers the outcome's value. Errors of any part pass through.
 */
export async function effect<A, O>(name: string, intent: () => Promise<void>, act: () => Promise<A>, outcome: (result: A) => Promise<O>): Promise<O> {
  crashPoint(`${name}.before-intent`)
  await intent()
  crashPoint(`${name}.before-act`)
  const result = await act()
  crashPoint(`${name}.after-act`)
  const value = await outcome(result)
  crashPoint(`${name}.after-outcome`)
  return value
}
