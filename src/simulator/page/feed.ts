/** The page's event stream: numbered events, the last few kept so that a phone that was away picks up where it left. Knows nothing of HTTP. */
import { randomBytes } from 'node:crypto'
import type { PageEvent } from './views.ts'

/** A minute of a busy task; whoever missed more gets the whole state again. */
const KEPT_EVENTS = 500

export type Listener = (text: string) => void

/** `state` is asked for whenever somebody must start afresh. */
export function createFeed(state: () => PageEvent) {
  // Another life of the server counts from 1 again: its ids must not be taken for ours.
  const life = randomBytes(6).toString('hex')
  const kept: { number: number; text: string }[] = []
  const listeners = new Set<Listener>()
  let number = 0

  /** Numbers the event and hands it to everybody. */
  function publish(event: PageEvent): void {
    number += 1
    const text = write(`${life}-${number}`, event)
    kept.push({ number, text })
    if (kept.length > KEPT_EVENTS) kept.shift()
    for (const listener of listeners) listener(text)
  }

  /** Gives `listener` what it missed since `lastId` (the whole state when that is not known) and everything after. Answers how to stop. */
  function join(lastId: string | undefined, listener: Listener): () => void {
    const missed = since(lastId)
    if (missed === undefined) listener(write(`${life}-${number}`, state()))
    else for (const { text } of missed) listener(text)
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  function since(lastId: string | undefined): { text: string }[] | undefined {
    const match = /^([0-9a-f]+)-(\d{1,15})$/.exec(lastId ?? '')
    if (match === null || match[1] !== life) return undefined
    const last = Number(match[2])
    const first = kept[0]?.number ?? number + 1
    return last > number || last < first - 1 ? undefined : kept.filter((event) => event.number > last)
  }

  return { publish, join, listeners: () => listeners.size }
}

/** JSON never holds a line break, so one `data:` line is enough. */
function write(id: string, { event, data }: PageEvent): string {
  return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}
