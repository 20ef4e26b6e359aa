/** One wire format of the stand-in: which address, how a request is checked and read, how answers and refusals are worded. */
import type { IncomingHttpHeaders } from 'node:http'
import type { AnswerMessage } from './answer.ts'
import type { ApiRefusal } from './api-refusal.ts'
import type { Limits } from './check-request.ts'
import type { Fault } from './fault.ts'
import type { Request } from './wire.ts'

export type Dialect = {
  readonly path: string
  /** The key a caller showed; undefined: none. Throws the refusal of other headers. */
  readonly keyOf: (headers: IncomingHttpHeaders) => string | undefined
  /** No key was shown, or a wrong one. */
  readonly badKey: (shown: string | undefined) => ApiRefusal
  readonly unknownModel: (model: string) => ApiRefusal
  readonly badJson: (why: string) => ApiRefusal
  /** Parses and checks a body; throws the refusal of the first rule broken. What it answers is the request in the one form scripts look at. */
  readonly read: (body: unknown, limits: Limits) => { readonly request: Request; readonly stream: boolean }
  readonly whole: (message: AnswerMessage) => unknown
  /** The frames of a streamed answer. `breakJson`: the input of tool calls is cut in the middle. */
  readonly frames: (message: AnswerMessage, breakJson: boolean) => readonly string[]
  /** The frame of an error inside a stream that had begun. */
  readonly errorFrame: (fault: Extract<Fault, { kind: 'error-event' }>) => string
  readonly refusalBody: (refusal: ApiRefusal, requestId: string) => unknown
  /** What an HTTP status alone is called here. */
  readonly statusRefusal: (fault: Extract<Fault, { kind: 'status' }>) => ApiRefusal
}

/** Cut into pieces of a delta's size, between code points and never inside one. */
export function pieces(text: string, characters = 24): string[] {
  const points = Array.from(text)
  return Array.from({ length: Math.ceil(points.length / characters) }, (_, n) => points.slice(n * characters, (n + 1) * characters).join(''))
}

/** The input of a call as text, cut in its middle when it shall be broken. */
export function inputText(input: unknown, broken: boolean): string {
  const json = JSON.stringify(input)
  return broken ? json.slice(0, Math.max(1, Math.floor(json.length / 2))) : json
}
