/** The event stream: reads it, comes back after a break where it left, and says how the connection stands. */

/** Three missed heartbeats: the line is dead though nobody said so. */
const SILENCE_MS = 31_000
const FIRST_WAIT_MS = 400
const LONGEST_WAIT_MS = 5000

/** Calls `onEvent(name, data)` for each event and `onLine('open' | 'lost' | 'locked')` when the connection changes. Never ends by itself. */
export async function followEvents(onEvent, onLine) {
  let last
  let wait = FIRST_WAIT_MS
  for (;;) {
    const abort = new AbortController()
    let guard
    const alive = () => {
      clearTimeout(guard)
      guard = setTimeout(() => abort.abort(), SILENCE_MS)
    }
    try {
      alive()
      const headers = last === undefined ? {} : { 'last-event-id': last }
      const response = await fetch('/page/events', { headers, cache: 'no-store', signal: abort.signal })
      if (response.status === 401 || response.status === 403) return onLine('locked')
      if (!response.ok) throw new Error(`status ${response.status}`)
      onLine('open')
      wait = FIRST_WAIT_MS
      for await (const event of readEvents(response.body, alive)) {
        last = event.id ?? last
        if (event.data !== '') onEvent(event.name, JSON.parse(event.data))
      }
    } catch {
      // Whatever broke the line: the banner says so, and the next turn of the loop tries again.
    } finally {
      clearTimeout(guard)
    }
    onLine('lost')
    await pause(wait)
    wait = Math.min(wait * 2, LONGEST_WAIT_MS)
  }
}

/** Waits, but not longer than until the page is looked at again or the network is back. */
function pause(ms) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      removeEventListener('online', done)
      document.removeEventListener('visibilitychange', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    addEventListener('online', done)
    document.addEventListener('visibilitychange', done)
  })
}

async function* readEvents(body, alive) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    alive()
    const blocks = (rest + value).split('\n\n')
    rest = blocks.pop()
    for (const block of blocks) yield parseEvent(block)
  }
}

function parseEvent(block) {
  const event = { id: undefined, name: 'message', data: '' }
  for (const line of block.split('\n')) {
    const at = line.indexOf(': ')
    const [field, value] = at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 2)]
    if (field === 'id') event.id = value
    else if (field === 'event') event.name = value
    else if (field === 'data') event.data += value
  }
  return event
}

/** Posts one act. Answers what the server said; throws an `Error` whose message can be shown. */
export async function act(body) {
  const response = await fetch('/page/act', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).catch(() => {
    throw new Error('Lugh did not answer. Is it still running?')
  })
  const text = await response.text()
  if (response.ok) return JSON.parse(text)
  throw new Error(sayOf(text))
}

function sayOf(text) {
  try {
    return JSON.parse(text).say
  } catch {
    return text
  }
}

/** The messages before this id: `{messages, more}`. */
export async function older(before) {
  const response = await fetch(`/page/older?before=${before}`, { cache: 'no-store' })
  if (!response.ok) throw new Error(await response.text())
  return response.json()
}
