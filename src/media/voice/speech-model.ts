/** Which speech model lies in a folder, by the names its files were published under (sherpa-onnx's). Pure. */

export type SpeechModel = {
  readonly kind: 'whisper' | 'transducer'
  readonly encoder: string
  readonly decoder: string
  readonly joiner?: string
  readonly tokens: string
  /** Of a transducer made with NeMo (Parakeet), which sherpa-onnx must be told. */
  readonly nemo?: true
}

/** The model; undefined when one of its files is missing. Of two of a file the smaller (`int8`) is taken: it hears as well, in half the time. */
export function speechModelIn(names: readonly string[]): SpeechModel | undefined {
  const one = (part: string): string | undefined => {
    const fits = names.filter((name) => name.endsWith('.onnx') && new RegExp(`(?:^|[-_.])${part}(?:[-_.]|$)`, 'u').test(name))
    return fits.find((name) => name.includes('int8')) ?? fits[0]
  }
  const [encoder, decoder, joiner] = [one('encoder'), one('decoder'), one('joiner')]
  const tokens = names.find((name) => /(?:^|[-_])tokens\.txt$/u.test(name))
  if (encoder === undefined || decoder === undefined || tokens === undefined) return undefined
  if (joiner === undefined) return { kind: 'whisper', encoder, decoder, tokens }
  // A NeMo export names its parts by nothing else; those of other makers carry epochs and sizes.
  const nemo = /^encoder(?:\.int8)?\.onnx$/u.test(encoder) ? { nemo: true as const } : {}
  return { kind: 'transducer', encoder, decoder, joiner, tokens, ...nemo }
}
