/** A line in front of a single thing: one holder at a time, first come first served. */
export class Queue {
  #last: Promise<unknown> = Promise.resolve()

  /** Waits for its turn, then runs `use`; the next one waits until that has settled. */
  run<T>(use: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(use)
    this.#last = turn.catch(() => undefined)
    return turn
  }
}
