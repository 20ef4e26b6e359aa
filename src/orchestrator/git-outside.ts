/**
 * A transaction never waits for git: on the embedded store everybody else would wait with it. Whoever needs git in the middle of one gives it up,
 * git is asked outside, and the work begins anew with the answer at hand. So the work may run several times and must write into its transaction only.
 */
import { LughError } from '#core'
import type { Db, Tx } from '#db'
import type { Git } from '#git'

/** A capability asks git for a few things; one that never has enough asks inside. */
const ROUNDS = 8

/** Runs `work` in one transaction, with a git whose answers were fetched outside of it. Errors of git and of the work pass, in the work's own order. */
export async function txWithGit<T>(db: Db, git: Git, work: (tx: Tx, git: Git) => Promise<T>): Promise<T> {
  const wanted: { fetch: (() => Promise<void>) | undefined } = { fetch: undefined }
  const outside = asked(git, (fetch) => (wanted.fetch = fetch))
  for (let round = 0; ; round += 1) {
    try {
      return await db.tx(async (tx) => {
        wanted.fetch = undefined
        const done = await work(tx, round < ROUNDS ? outside : git)
        if (wanted.fetch !== undefined) throw givenUp() // the work caught it; what it wrote without the answer must not stay
        return done
      })
    } catch (error) {
      if (wanted.fetch === undefined) throw error
    }
    await wanted.fetch()
  }
}

function givenUp(): LughError {
  return new LughError('internal', 'git is asked outside of the transaction first')
}

/** A git that answers what it has fetched, and for anything else says what to fetch. */
function asked(git: Git, want: (fetch: () => Promise<void>) => void): Git {
  const once = <A extends readonly unknown[], R>(ask: (...args: A) => Promise<R>): ((...args: A) => Promise<R>) => {
    const known = new Map<string, Promise<R>>()
    return (...args) => {
      const key = JSON.stringify(args)
      const answer = known.get(key)
      if (answer !== undefined) return answer
      want(async () => {
        const asking = ask(...args)
        known.set(key, asking)
        await asking.catch(() => undefined) // the work meets the error where it asks again
      })
      return Promise.reject(givenUp())
    }
  }
  return {
    ...git,
    fetch: once((...args) => git.fetch(...args)),
    readFile: once((...args) => git.readFile(...args)),
    tipOf: once((...args) => git.tipOf(...args)),
    search: once((...args) => git.search(...args)),
    author: once((...args) => git.author(...args)),
    treeOf: once((...args) => git.treeOf(...args)),
    diff: once((...args) => git.diff(...args)),
    checkpoints: { ...git.checkpoints, bytesOf: once((...args) => git.checkpoints.bytesOf(...args)) },
  }
}
