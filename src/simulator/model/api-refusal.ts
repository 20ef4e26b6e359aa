/** A no of a model API, in its words and shape. */

/** Thrown by checks, written by the server. `code` and `param` belong to OpenAI's formats. */
export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal'
  readonly status: number
  readonly type: string
  readonly code: string | null
  readonly param: string | null
  constructor(status: number, type: string, message: string, details: { code?: string; param?: string } = {}) {
    super(message)
    this.status = status
    this.type = type
    this.code = details.code ?? null
    this.param = details.param ?? null
  }
}

/** A 400 of the Messages API with its message. */
export const invalid = (message: string): ApiRefusal => new ApiRefusal(400, 'invalid_request_error', message)
