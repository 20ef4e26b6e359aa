/** A no of the Messages API, in its words and shape. */

export type RefusalType =
  | 'invalid_request_error'
  | 'authentication_error'
  | 'billing_error'
  | 'permission_error'
  | 'not_found_error'
  | 'request_too_large'
  | 'rate_limit_error'
  | 'api_error'
  | 'overloaded_error'

/** Thrown by checks, written by the server. */
export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal'
  readonly status: number
  readonly type: RefusalType
  constructor(status: number, type: RefusalType, message: string) {
    super(message)
    this.status = status
    this.type = type
  }
}

/** A 400 with its message. */
export const invalid = (message: string): ApiRefusal => new ApiRefusal(400, 'invalid_request_error', message)

/** The body of any refusal. */
export function refusalBody(type: RefusalType, message: string, requestId: string): Record<string, unknown> {
  return { type: 'error', error: { type, message }, request_id: requestId }
}
