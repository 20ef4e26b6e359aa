/** The functions of this folder as the one `Checkpoints` the rest of Lugh sees. Decides nothing itself. */
import type { Context } from '../command.ts'
import type { Checkpoints } from '../port.ts'
import { dropBundle, takeBundle, writeBundle } from './bundle.ts'
import { bytesFreed, collect } from './collect.ts'
import { keep } from './keep.ts'
import { commitsBetween, differing, held, historySince, list, read, stat } from './read.ts'
import { withFile } from './with-file.ts'
import { saveWorktree } from './save-worktree.ts'
import { verify } from './verify.ts'

/** Makes the part of the room's port that is about checkpoints. */
export function checkpoints(context: Context): Checkpoints {
  return {
    saveWorktree: (...args) => saveWorktree(context, ...args),
    keep: (...args) => keep(context, ...args),
    list: (...args) => list(context, ...args),
    read: (...args) => read(context, ...args),
    held: (...args) => held(context, ...args),
    historySince: (...args) => historySince(context, ...args),
    withFile: (...args) => withFile(context, ...args),
    commitsBetween: (...args) => commitsBetween(context, ...args),
    stat: (...args) => stat(context, ...args),
    differing: (...args) => differing(context, ...args),
    verify: (...args) => verify(context, ...args),
    writeBundle: (...args) => writeBundle(context, ...args),
    takeBundle: (...args) => takeBundle(context, ...args),
    dropBundle: (...args) => dropBundle(context, ...args),
    bytesOf: (...args) => bytesFreed(context, ...args),
    collect: (...args) => collect(context, ...args),
  }
}
