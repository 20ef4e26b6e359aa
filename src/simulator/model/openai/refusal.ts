/** Refusals in the words and the shape of OpenAI's API, the same for both of its formats. */
import type { z } from 'zod'
import { ApiRefusal } from '../api-refusal.ts'
import type { Dialect } from '../dialect.ts'

export const refuse = (message: string, param?: string, code?: string): ApiRefusal =>
  new ApiRefusal(400, 'invalid_request_error', message, { ...(code === undefined ? {} : { code }), ...(param === undefined ? {} : { param }) })

const TYPES: Readonly<Record<number, string>> = { 401: 'invalid_request_error', 403: 'invalid_request_error', 429: 'requests', 503: 'server_error' }
const CODES: Readonly<Record<number, string>> = { 401: 'invalid_api_key', 429: 'rate_limit_exceeded' }
const WORDS: Readonly<Record<number, string>> = {
  429: 'Rate limit reached for requests. Please try again later.',
  500: 'The server had an error while processing your request. Sorry about that!',
  503: 'The engine is currently overloaded, please try again later',
}

/** What both formats share: doors, refusals, unknown models. */
export const openAiDoor: Pick<Dialect, 'keyOf' | 'badKey' | 'unknownModel' | 'badJson' | 'refusalBody' | 'statusRefusal'> = {
  keyOf: ({ authorization }) => {
    const key = authorization?.replace(/^Bearer /, '') ?? ''
    return key === '' ? undefined : key
  },
  badKey: (shown) =>
    shown === undefined
      ? new ApiRefusal(
          401,
          'invalid_request_error',
          "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
        )
      : new ApiRefusal(
          401,
          'invalid_request_error',
          `Incorrect API key provided: ${masked(shown)}. You can find your API key at https://platform.openai.com/account/api-keys.`,
          {
            code: 'invalid_api_key',
          },
        ),
  unknownModel: (model) =>
    new ApiRefusal(404, 'invalid_request_error', `The model \`${model}\` does not exist or you do not have access to it.`, {
      code: 'model_not_found',
    }),
  badJson: (why) =>
    refuse(
      `We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON. ${why})`,
    ),
  refusalBody: ({ type, message, code, param }) => ({ error: { message, type, param, code } }),
  statusRefusal: ({ status, type, message }) => {
    const code = type === 'insufficient_quota' ? type : CODES[status]
    return new ApiRefusal(
      status,
      type ?? TYPES[status] ?? (status >= 500 ? 'server_error' : 'invalid_request_error'),
      message ?? WORDS[status] ?? 'Error',
      code === undefined ? {} : { code },
    )
  },
}

function masked(key: string): string {
  return key.length <= 8 ? '*'.repeat(key.length) : `${key.slice(0, 4)}${'*'.repeat(key.length - 8)}${key.slice(-4)}`
}

/** The first thing wrong with a body's form, as the API says it. */
export function formRefusal(error: z.ZodError): ApiRefusal {
  const { issue, path } = deepest(error.issues[0], [])
  const where = pathText(path)
  if (issue?.code === 'unrecognized_keys') {
    const key = pathText([...path, issue.keys[0] ?? ''])
    return refuse(`Unknown parameter: '${key}'.`, key, 'unknown_parameter')
  }
  if (issue?.code === 'invalid_type' && issue.message.endsWith('received undefined'))
    return refuse(`Missing required parameter: '${where}'.`, where, 'missing_required_parameter')
  if (issue?.code === 'invalid_type')
    return refuse(`Invalid type for '${where}': expected ${article(issue.expected)}, but got something else instead.`, where, 'invalid_type')
  return refuse(`Invalid value: '${where}'. ${issue?.message ?? ''}`.trim(), where, 'invalid_value')
}

type Issue = z.core.$ZodIssue

/** Of the forms a value may have, the one it came nearest to is what it was meant to be. */
function deepest(issue: Issue | undefined, before: readonly PropertyKey[]): { issue: Issue | undefined; path: readonly PropertyKey[] } {
  const path = [...before, ...(issue?.path ?? [])]
  if (issue?.code !== 'invalid_union') return { issue, path }
  const options = issue.errors.map((issues) => deepest(issues[0], path)).toSorted((a, b) => b.path.length - a.path.length)
  return options[0] ?? { issue, path }
}

function pathText(path: readonly PropertyKey[]): string {
  return path.map((part, at) => (typeof part === 'number' ? `[${part}]` : `${at === 0 ? '' : '.'}${String(part)}`)).join('')
}

function article(expected: string): string {
  const word = expected === 'record' ? 'object' : expected
  return `${/^[aeiou]/.test(word) ? 'an' : 'a'} ${word}`
}

const NAME = /^[a-zA-Z0-9_-]+$/

/** Names of functions, wherever they stand. */
export function checkName(name: string, where: string): void {
  if (!NAME.test(name))
    throw refuse(
      `Invalid '${where}': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`,
      where,
      'invalid_value',
    )
  if (name.length > 64)
    throw refuse(
      `Invalid '${where}': string too long. Expected a string with maximum length 64, but got a string with length ${name.length} instead.`,
      where,
      'string_above_max_length',
    )
}

/** Parameters of a function must be a schema of an object. */
export function checkParameters(name: string, parameters: { readonly type?: string | undefined } | undefined, where: string): void {
  if (parameters !== undefined && parameters.type !== 'object')
    throw refuse(
      `Invalid schema for function '${name}': schema must be a JSON Schema of 'type: "object"', got 'type: "${parameters.type ?? 'None'}"'.`,
      where,
      'invalid_function_parameters',
    )
}

/** A picture as a data URL; anything else the API would fetch, which a stand-in never does. */
export function checkImage(url: string, where: string): { readonly mediaType: string; readonly data: string } {
  const found = /^data:(image\/(?:png|jpeg|gif|webp));base64,([A-Za-z0-9+/=]+)$/.exec(url)
  if (found?.[1] === undefined || found[2] === undefined)
    throw refuse(
      `Invalid '${where}'. Expected a base64-encoded data URL with an image MIME type (e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got a value without the expected prefix.`,
      where,
      'invalid_value',
    )
  return { mediaType: found[1], data: found[2] }
}
