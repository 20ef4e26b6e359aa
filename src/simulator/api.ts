/** One Bot API request from its name to its result: the schema, the rate limits, the method. Knows nothing of HTTP. */
import { coerceParameters, findProblems, methodName, type Problem } from './bot-api-schema.ts'
import type { Call, CallLog } from './call-log.ts'
import { costOf, METHODS } from './methods/index.ts'
import type { Polling } from './polling.ts'
import type { RateLimiter } from './rate-limits.ts'
import { badRequest, conflict, Refusal, tooMany } from './refusal.ts'
import type { ApiRequest } from './request-body.ts'
import type { Webhook } from './webhook.ts'
import type { World } from './world.ts'
import type { JsonObject } from './world-types.ts'

export type Api = Readonly<{
  world: World
  polling: Polling
  webhook: Webhook
  limiter: RateLimiter | undefined
  log: CallLog
  callbackTtlMs: number
  /** Whether it knows rich messages; servers before Bot API 10.3 do not. */
  rich: boolean
}>

/** The method and its parameters as the schema wants them. Throws 404 for what the Bot API does not have. */
export function readCall(spelled: string, request: ApiRequest): { method: string; parameters: JsonObject } {
  const method = methodName(spelled)
  if (method === undefined) throw new Refusal(404, 'Not Found: method not found')
  const uploads = [...request.files.keys()].filter((name) => request.parameters[name] === undefined && isParameter(method, name))
  const attached = Object.fromEntries(uploads.map((name) => [name, `attach://${name}`]))
  return { method, parameters: coerceParameters(method, { ...request.parameters, ...attached }) }
}

/** A part may be the parameter itself, or something another parameter attaches. */
function isParameter(method: string, name: string): boolean {
  return findProblems(method, { [name]: 'attach://part' }).every((problem) => problem.kind !== 'unknown-parameter')
}

/** Does what a request asks. Answers its result; throws the `Refusal` of the real server. Breaches are noted on the way. */
export async function perform(api: Api, call: Call, request: ApiRequest, signal: AbortSignal): Promise<unknown> {
  const { method, parameters } = call
  const [problem] = findProblems(method, parameters)
  if (problem !== undefined) {
    api.log.breach(problem.kind, call, problem.text)
    throw refusalOf(problem)
  }
  takeTokens(api, call)
  switch (method) {
    case 'getUpdates':
      if (api.webhook.active) throw conflict("can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first")
      return api.polling.getUpdates(parameters, signal)
    case 'setWebhook':
      api.polling.endForWebhook()
      return api.webhook.set(parameters)
    case 'deleteWebhook':
      return api.webhook.delete(parameters['drop_pending_updates'] === true)
    case 'getWebhookInfo':
      return api.webhook.info()
    default:
      return play(api, call, request)
  }
}

function play(api: Api, { method, parameters }: Call, request: ApiRequest): unknown {
  if (method === 'sendRichMessage' && !api.rich) throw new Refusal(404, 'Not Found: method not found', 'world')
  const act = METHODS[method]
  if (act === undefined) throw badRequest(`the simulator does not play the method ${method}`)
  return act({ world: api.world, files: request.files, callbackTtlMs: api.callbackTtlMs }, parameters)
}

function takeTokens(api: Api, call: Call): void {
  const cost = costOf(call.method, call.parameters)
  const chatId = Number(call.parameters['chat_id'])
  if (cost === 0 || api.limiter === undefined || !Number.isFinite(chatId)) return
  const { wait, ignored } = api.limiter.take(chatId, cost)
  if (ignored) api.log.breach('flood-ignored', call, `chat ${chatId} was to be left alone for ${wait} more seconds`)
  if (wait > 0) throw tooMany(wait)
}

/** Mistakes of form for which the real server has words of its own. */
const KNOWN: readonly (readonly [path: RegExp, text: string])[] = [
  [/^\/chat_id$/, 'chat_id is empty'],
  [/^\/text$/, 'message text is empty'],
  [/^\/message_id$/, 'message identifier is not specified'],
  [/^\/reaction\//, 'REACTION_INVALID'],
  [/^\/parse_mode$/, 'unsupported parse_mode'],
  [/^\/action$/, 'wrong parameter action in request'],
  [/^\/(?:entities|caption_entities)\b/, "can't parse MessageEntity"],
  [/^\/reply_markup\/inline_keyboard\/\d+\/\d+/, "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"],
  [/^\/reply_markup$/, 'object expected as reply markup'],
  [/^\/reply_parameters$/, 'object expected as reply parameters'],
  [/^\/(?:document|photo|voice|audio|video)$/, 'there is no file in the request'],
]

function refusalOf(problem: Problem): Refusal {
  const known = problem.kind === 'mistyped' ? KNOWN.find(([path]) => path.test(problem.path)) : undefined
  return badRequest(known?.[1] ?? `the simulator refuses what the documentation does not have: ${problem.text}`)
}
