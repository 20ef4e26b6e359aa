/**
 * The kernel's limit on one user's processes and threads (`ulimit -u`), set inside the walls: where it counts those behind them alone, and
 * for whom it binds. Never set where the person's own processes would count.
 */
import { release } from 'node:os'
import { settingAt } from './setting.ts'

/** Since 5.14 the tasks of a user are counted for each user namespace, and walls have one of their own: those outside do not count in it. */
const COUNTED_APART = [5, 14] as const

/** Whether `ulimit -u` behind walls counts only what is behind them. */
export function countsTasksApart(kernel: string = release()): boolean {
  const [major = 0, minor = 0] = process.platform === 'linux' ? kernel.split(/[.-]/).map(Number) : []
  return major > COUNTED_APART[0] || (major === COUNTED_APART[0] && minor >= COUNTED_APART[1])
}

/** Whether it binds there: the kernel exempts the machine's root, behind walls of its own too. A root that is another user outside is bound. */
export function userLimitBinds(user: number | undefined = process.getuid?.(), uidMap: string = settingAt('/proc/self/uid_map')): boolean {
  if (user === undefined || !countsTasksApart()) return false
  const ranges = uidMap.split('\n').map((line) => line.trim().split(/\s+/).map(Number))
  const outside = ranges.flatMap(([inner = 0, outer = 0, length = 0]) => (user >= inner && user < inner + length ? [outer + user - inner] : []))
  return (outside[0] ?? user) !== 0
}
