/** What the Bot API says when it says no. Thrown by methods, turned into the answer by the server, and never seen elsewhere. */
import type { JsonObject } from './world-types.ts'

/**
 * `request`: the caller did what a correct client never does; counted as a breach. `world`: it could not have known,
 * because a person or time got in between. `flood`: too fast.
 */
export type Blame = 'request' | 'world' | 'flood'

export class Refusal extends Error {
  readonly code: number
  readonly blame: Blame
  readonly parameters: JsonObject | undefined

  constructor(code: number, description: string, blame: Blame = 'request', parameters?: JsonObject) {
    super(description)
    this.name = 'Refusal'
    this.code = code
    this.blame = blame
    this.parameters = parameters
  }
}

/** 400, the caller's mistake. */
export function badRequest(text: string): Refusal {
  return new Refusal(400, `Bad Request: ${text}`)
}

/** 400, because the world moved on. */
export function movedOn(text: string): Refusal {
  return new Refusal(400, `Bad Request: ${text}`, 'world')
}

/** 429 with the seconds to wait. */
export function tooMany(retryAfter: number): Refusal {
  return new Refusal(429, `Too Many Requests: retry after ${retryAfter}`, 'flood', { retry_after: retryAfter })
}

/** 409, of two pollers or of polling beside a webhook. */
export function conflict(text: string): Refusal {
  return new Refusal(409, `Conflict: ${text}`)
}

/** The body of a refusal. */
export function refusalJson(refusal: Refusal): JsonObject {
  const parameters = refusal.parameters === undefined ? {} : { parameters: refusal.parameters }
  return { ok: false, error_code: refusal.code, description: refusal.message, ...parameters }
}
