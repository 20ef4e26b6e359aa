/** The microphone: a tap begins to record, another ends it; then the words are asked for, since the simulator cannot hear. */
import { byId } from './dom.js'
import { icon } from './icons.js'
import { askWords } from './sheets.js'

/** `replyTo()` answers what is being answered to; `done()` is called when it was sent. */
export function createVoice({ replyTo, done, onFail }) {
  const button = byId('mic')
  let recorder
  button.append(icon('mic'))

  async function start() {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true })
      const pieces = []
      const began = performance.now()
      recorder = new MediaRecorder(stream)
      recorder.addEventListener('dataavailable', ({ data }) => pieces.push(data))
      recorder.addEventListener('stop', () => {
        for (const track of stream.getTracks()) track.stop()
        const blob = new Blob(pieces, { type: recorder.mimeType })
        recorder = undefined
        show()
        void finish(blob, (performance.now() - began) / 1000)
      })
      recorder.start()
      show()
    } catch {
      // Without a microphone the words alone make a voice message.
      recorder = undefined
      await finish(new Blob([]), 2)
    }
  }

  function show() {
    button.setAttribute('aria-pressed', String(recorder !== undefined))
    button.setAttribute('aria-label', recorder === undefined ? 'Record a voice message' : 'Stop recording')
    button.classList.toggle('recording', recorder !== undefined)
  }

  async function finish(blob, seconds) {
    const answer = await askWords()
    if (answer === undefined) return
    const { says, file } = answer
    try {
      await post(file ?? blob, { kind: file === undefined ? 'voice' : 'audio', says, seconds, name: file?.name, replyTo: replyTo() })
      done()
    } catch (error) {
      onFail(error.message)
    }
  }

  button.addEventListener('click', () => (recorder === undefined ? void start() : recorder.stop()))
}

async function post(blob, asked) {
  const given = Object.entries(asked).filter(([, value]) => value !== undefined)
  const response = await fetch(`/page/voice?${new URLSearchParams(given)}`, {
    method: 'POST',
    headers: { 'content-type': blob.type === '' ? 'application/octet-stream' : blob.type },
    body: blob,
  })
  if (response.ok) return
  const text = await response.text()
  throw new Error(response.headers.get('content-type')?.startsWith('application/json') ? JSON.parse(text).say : text)
}
