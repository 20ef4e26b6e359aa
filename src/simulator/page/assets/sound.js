/** A short soft tone for messages that ring; off until the person switches it on. */
import { icon } from './icons.js'

const KEY = 'lugh.sound'

/** Wires the button; answers `{ring}`. */
export function createSound(button) {
  let on = localStorage.getItem(KEY) === 'on'
  let context

  function show() {
    button.replaceChildren(icon(on ? 'soundOn' : 'soundOff'))
    button.setAttribute('aria-pressed', String(on))
    button.setAttribute('aria-label', on ? 'Sound is on' : 'Sound is off')
    button.title = on ? 'Messages that ring make a sound' : 'Messages that ring are silent'
  }

  function tone(at, hertz) {
    const oscillator = context.createOscillator()
    const volume = context.createGain()
    oscillator.frequency.value = hertz
    volume.gain.setValueAtTime(0, at)
    volume.gain.linearRampToValueAtTime(0.08, at + 0.015)
    volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.35)
    oscillator.connect(volume).connect(context.destination)
    oscillator.start(at)
    oscillator.stop(at + 0.4)
  }

  function ring() {
    if (!on) return
    context ??= new AudioContext()
    tone(context.currentTime, 880)
    tone(context.currentTime + 0.11, 1175)
  }

  button.addEventListener('click', () => {
    on = !on
    localStorage.setItem(KEY, on ? 'on' : 'off')
    show()
    ring()
  })
  show()
  return { ring }
}
