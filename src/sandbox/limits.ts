/** Every cap of this room, with its reason. Nothing in here may be raised by a command, a repository or a model. */
import { availableParallelism } from 'node:os'

const MIB = 1024 * 1024
const GIB = 1024 * MIB

/** Long enough for a test suite of a large project; a person who needs more says so in the project's settings. */
export const TIMEOUT_MS = 10 * 60_000

/** Lugh's own git answers whole diffs and files; beyond this a phone cannot be shown it anyway. */
export const TRUSTED_OUTPUT_BYTES = 64 * MIB

/** What is kept of each stream of a sandboxed command: more than any model is shown, small enough for eight at once. */
export const SANDBOXED_OUTPUT_BYTES = 256 * 1024

/** A command that says more than this in total says nothing: it is killed, so that a loop of output cannot hold a slot for ten minutes. */
export const HARD_OUTPUT_BYTES = 64 * MIB

/** The same for an engine that works for hours and says each step of it. */
export const LASTING_OUTPUT_BYTES = 1024 * MIB

/** Between SIGTERM and SIGKILL. A stop must be over within a second, so half of it is for good manners. */
export const TERM_GRACE_MS = 500

/** How long the dead may take to leave (pipes closed, namespace empty) before Lugh goes on without them. */
export const FUNERAL_MS = 2_000

/** How often all running groups are looked at. One scan of 200 processes costs about 3 ms: 1 % of one core while something runs. */
export const WATCH_EVERY_MS = 250

/** How often the launcher asks whether the machine has more processes: one small read. A bomb makes about 80 in this time on two cores. */
export const CROWD_EVERY_MS = 20

/** Commands of others give way to Lugh and to the person: at 10 each has a tenth of the weight of an ordinary process. */
export const NICENESS = 10

/** The launcher counts for a millisecond fifty times a second, and must not wait for it: at -10 it has nine times the weight of an ordinary session. */
export const LAUNCHER_NICENESS = -10

/** Memory-backed directories inside the walls; they are not in any process's own memory, so they are capped where they are made. */
export const TMPFS_BYTES = 512 * MIB
export const SHM_BYTES = 256 * MIB

/** What one command and all that it starts may use together. */
export type GroupLimits = {
  readonly memoryBytes: number
  readonly processes: number
  /** Disk taken since the command began, in the directories it may write. Also the largest single file it may write. */
  readonly diskBytes: number
}

/** A TypeScript build or a browser test stays under 4 GiB and 512 processes; `npm install` of a large project writes about 1 GiB. */
export const GROUP_LIMITS: GroupLimits = { memoryBytes: 4 * GIB, processes: 512, diskBytes: 2 * GIB }

/** A JVM starts about three threads a core, and a build has a few of them. */
const THREADS_A_CORE = 32

/**
 * Where the kernel refuses a command one more: processes and threads together, which is what it counts. Above the limit of processes, so that
 * a command over that limit is ended with the reason and does not merely fail; a command of many threads meets this one.
 */
export function kernelTasks({ processes }: Pick<GroupLimits, 'processes'>, cores: number = availableParallelism()): number {
  return Math.max(2 * processes, THREADS_A_CORE * cores)
}

/** `endedBy: 'limit'` in words. */
export function tooManyProcesses(processes: number): string {
  return `more than ${processes} processes`
}
