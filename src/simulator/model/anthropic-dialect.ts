/** The Messages API as a dialect. */
import { ApiRefusal, invalid } from './api-refusal.ts'
import { checkRequest } from './check-request.ts'
import type { Dialect } from './dialect.ts'
import { eventsOf, wholeMessage, type StreamEvent } from './stream-events.ts'
import { parseRequest } from './wire.ts'

const VERSIONS: readonly unknown[] = ['2026-10-21', '2023-06-01']
const TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  529: 'overloaded_error',
}
const WORDS: Readonly<Record<number, string>> = {
  429: 'This request would exceed the rate limit for your organization',
  500: 'Internal server error',
  529: 'Overloaded',
}

export const anthropicDialect: Dialect = {
  path: '/v1/messages',
  keyOf: ({ authorization, 'x-api-key': header, 'anthropic-version': version }) => {
    if (version === undefined) throw invalid('anthropic-version: header is required')
    if (!VERSIONS.includes(version)) throw invalid(`anthropic-version: "${String(version)}" is not a valid version`)
    const key = header ?? authorization?.replace(/^Bearer /, '')
    return key === undefined || key === '' || typeof key !== 'string' ? undefined : key
  },
  badKey: (shown) => new ApiRefusal(401, 'authentication_error', shown === undefined ? 'x-api-key header is required' : 'invalid x-api-key'),
  unknownModel: (model) => new ApiRefusal(404, 'not_found_error', `model: ${model}`),
  badJson: (why) => invalid(`The request body is not valid JSON: ${why}`),
  read: (body, limits) => {
    const request = parseRequest(body)
    checkRequest(request, limits)
    return { request, stream: request.stream === true }
  },
  whole: wholeMessage,
  frames: (message, breakJson) => eventsOf(message, breakJson).map(frameOf),
  errorFrame: (fault) => frameOf({ type: 'error', error: { type: fault.type ?? 'overloaded_error', message: 'Overloaded' } }),
  refusalBody: ({ type, message }, requestId) => ({ type: 'error', error: { type, message }, request_id: requestId }),
  statusRefusal: ({ status, type, message }) =>
    new ApiRefusal(status, type ?? TYPES[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error'), message ?? WORDS[status] ?? 'Error'),
}

function frameOf(event: StreamEvent): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
}
