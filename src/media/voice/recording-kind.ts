/** What a recording is, by its content and never by its name: the kind, and for Telegram's voice notes how long it really is. */

export type Kind = { readonly ending: string; readonly mime: string }

const text = (bytes: Uint8Array, from: number, length: number): string => Buffer.from(bytes.subarray(from, from + length)).toString('latin1')
const starts = (mark: string, at = 0) => {
  return (bytes: Uint8Array): boolean => text(bytes, at, mark.length) === mark
}

/** What transcribers read. An Ogg file without sound in it (a video, a picture) is none of them. */
const KINDS: readonly (readonly [(bytes: Uint8Array) => boolean, Kind])[] = [
  [(bytes) => starts('OggS')(bytes) && /OpusHead|vorbis|FLAC/u.test(text(bytes, 0, 200)), { ending: 'ogg', mime: 'audio/ogg' }],
  [starts('ID3'), { ending: 'mp3', mime: 'audio/mpeg' }],
  [(bytes) => bytes[0] === 0xff && [0xfb, 0xf3, 0xf2, 0xfa].includes(bytes[1] ?? 0), { ending: 'mp3', mime: 'audio/mpeg' }],
  [starts('ftyp', 4), { ending: 'mp4', mime: 'video/mp4' }],
  [(bytes) => starts('RIFF')(bytes) && starts('WAVE', 8)(bytes), { ending: 'wav', mime: 'audio/wav' }],
  [starts('\x1aE\xdf\xa3'), { ending: 'webm', mime: 'audio/webm' }],
  [starts('fLaC'), { ending: 'flac', mime: 'audio/flac' }],
]

/** The kind; undefined for what is no recording. */
export function recordingKind(bytes: Uint8Array): Kind | undefined {
  return KINDS.find(([is]) => is(bytes))?.[1]
}

/** Opus counts in samples of 48 kHz, whatever was recorded. */
const OPUS_RATE = 48_000
const PAGE_HEAD = 27

/** Seconds of an Ogg/Opus file by the position of its last page; undefined for other kinds and for what has no whole page. */
export function opusSeconds(bytes: Uint8Array): number | undefined {
  if (!/OpusHead/u.test(text(bytes, 0, 200))) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = bytes.length - PAGE_HEAD; at >= 0; at--) {
    if (bytes[at] !== 0x4f || text(bytes, at, 4) !== 'OggS') continue
    const position = view.getBigInt64(at + 6, true)
    if (position >= 0n) return Number(position) / OPUS_RATE
  }
  return undefined
}
