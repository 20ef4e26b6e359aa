/** Who listens to which channel in this process. A hint that reaches nobody is dropped; a listener that throws harms no other. */
import { errorText } from '#core'
import type { StoreLog } from './store.ts'

type Heard = (payload: string) => void

export class Listeners {
  readonly #channels = new Map<string, Set<Heard>>()
  readonly #log: StoreLog

  constructor(log: StoreLog) {
    this.#log = log
  }

  /** Registers; answers whether this is the channel's first listener. */
  add(channel: string, heard: Heard): boolean {
    const all = this.#channels.get(channel)
    if (all === undefined) this.#channels.set(channel, new Set([heard]))
    else all.add(heard)
    return all === undefined
  }

  /** Takes a listener away; answers whether it was the channel's last. */
  remove(channel: string, heard: Heard): boolean {
    const all = this.#channels.get(channel)
    if (all === undefined || !all.delete(heard) || all.size > 0) return false
    this.#channels.delete(channel)
    return true
  }

  /** Passes one notification on. */
  ring(channel: string, payload: string): void {
    for (const heard of this.#channels.get(channel) ?? []) this.#call(channel, heard, payload)
  }

  /** Tells everybody to look again: notifications may have been lost. */
  ringAll(): void {
    for (const channel of this.#channels.keys()) this.ring(channel, '')
  }

  channels(): string[] {
    return [...this.#channels.keys()]
  }

  count(): number {
    return [...this.#channels.values()].reduce((sum, all) => sum + all.size, 0)
  }

  #call(channel: string, heard: Heard, payload: string): void {
    try {
      heard(payload)
    } catch (error) {
      this.#log.error({ channel, error: errorText(error) }, 'db.listener-failed')
    }
  }
}

/** A channel's name as an SQL identifier. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
