/** What the page knows: the chat and its messages by id. A projection of the event stream; nothing else changes it. */

export function createChat() {
  let messages = new Map()
  let ids = []
  return {
    info: undefined,
    more: false,
    ids: () => ids,
    get: (id) => messages.get(id),
    /** Replaces everything. */
    reset({ chat, messages: list, more }) {
      this.info = chat
      this.more = more
      messages = new Map(list.map((message) => [message.id, message]))
      ids = list.map(({ id }) => id)
    },
    /** Adds or updates a message; answers `'new'`, `'changed'`, or undefined for what is older than what is shown. */
    put(message) {
      const before = messages.get(message.id)
      if (before !== undefined && before.version >= message.version) return undefined
      messages.set(message.id, message)
      if (before !== undefined) return 'changed'
      // An edit of something older than what was loaded stays unseen until it is loaded.
      if (this.more && ids.length > 0 && message.id < ids[0]) {
        messages.delete(message.id)
        return undefined
      }
      ids.push(message.id)
      if (ids.length > 1 && ids.at(-2) > message.id) ids.sort((a, b) => a - b)
      return 'new'
    },
    /** Puts older messages in front. */
    prepend({ messages: list, more }) {
      this.more = more
      for (const message of list) messages.set(message.id, message)
      ids = [...list.map(({ id }) => id), ...ids]
    },
    remove(id) {
      messages.delete(id)
      ids = ids.filter((other) => other !== id)
    },
  }
}
