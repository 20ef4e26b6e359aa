/**
 * What the conformance suite of the protocol looks for on a server and Lugh has no use for: tools, resources and prompts of other content, forms
 * of every kind. Hung before Lugh's own answers on the same wiring; what is not named here is answered by Lugh.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  CLIENT_CAPABILITIES_META_KEY,
  MissingRequiredClientCapabilityError,
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  acceptedContent,
  inputRequired,
  type CallToolResult,
  type GetPromptResult,
  type InputRequests,
  type InputRequiredResult,
  type ServerContext,
} from '@modelcontextprotocol/server'
import { z } from 'zod'
import type { McpOptions } from '#mcp'

type Handlers = Parameters<NonNullable<McpOptions['mount']>>[0]
type Answer = CallToolResult | InputRequiredResult
type Tool = (context: ServerContext) => Answer | Promise<Answer>

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=='
const WAV = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA='
const words = (text: string): CallToolResult => ({ content: [{ type: 'text', text }] })
const picture = { type: 'image' as const, data: PNG, mimeType: 'image/png' }
const embedded = (uri: string, text: string) => ({ type: 'resource' as const, resource: { uri, mimeType: 'text/plain', text } })

/** A form of one answer in words. */
const form = (message: string, name: string) =>
  inputRequired.elicit({ message, requestedSchema: { type: 'object', properties: { [name]: { type: 'string' } }, required: [name] } })
const confirm = () =>
  inputRequired.elicit({ message: 'Please confirm', requestedSchema: { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] } })
const sample = (text: string) => inputRequired.createMessage({ messages: [{ role: 'user', content: { type: 'text', text } }], maxTokens: 100 })

/** State that comes back from a client is believed only as it was given. */
const KEY = randomBytes(32)
const sign = (state: string): string => `${state}.${createHmac('sha256', KEY).update(state).digest('hex')}`
function stateOf({ mcpReq }: ServerContext): string | undefined {
  const given = z.string().safeParse(mcpReq.requestState()).data
  if (given === undefined) return undefined
  const state = given.slice(0, given.lastIndexOf('.'))
  const wanted = Buffer.from(sign(state))
  if (wanted.length !== given.length || !timingSafeEqual(wanted, Buffer.from(given)))
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'That state was not given here.')
  return state
}
const has = ({ mcpReq }: ServerContext, ...keys: string[]): boolean => keys.every((key) => Object.hasOwn(mcpReq.inputResponses ?? {}, key))
const asks = (inputRequests: InputRequests, state?: string): InputRequiredResult =>
  inputRequired({ inputRequests, ...(state === undefined ? {} : { requestState: sign(state) }) })

/** Asks until everything asked for is there. */
const asking =
  (requests: () => InputRequests, done: (context: ServerContext) => CallToolResult, state?: string): Tool =>
  (context) => {
    const given = stateOf(context)
    const wanted = requests()
    const whole = has(context, ...Object.keys(wanted)) && (state === undefined || given === state)
    return whole ? done(context) : asks(wanted, state)
  }

const declared = ({ mcpReq }: ServerContext): Record<string, unknown> =>
  z.record(z.string(), z.unknown()).catch({}).parse(z.record(z.string(), z.unknown()).catch({}).parse(mcpReq.envelope)[CLIENT_CAPABILITIES_META_KEY])

const titled = (prefix: string, noun: string) =>
  ['First', 'Second', 'Third'].map((word, n) => ({ const: `${prefix}${n + 1}`, title: `${word} ${noun}` }))
const OPTIONS = ['option1', 'option2', 'option3']
const ENUMS = {
  untitledSingle: { type: 'string' as const, enum: OPTIONS },
  titledSingle: { type: 'string' as const, oneOf: titled('value', 'Option') },
  legacyEnum: { type: 'string' as const, enum: ['opt1', 'opt2', 'opt3'], enumNames: ['Option One', 'Option Two', 'Option Three'] },
  untitledMulti: { type: 'array' as const, items: { type: 'string' as const, enum: OPTIONS } },
  titledMulti: { type: 'array' as const, items: { anyOf: titled('value', 'Choice') } },
}
const DEFAULTS = {
  name: { type: 'string' as const, default: 'John Doe' },
  age: { type: 'integer' as const, default: 30 },
  score: { type: 'number' as const, default: 95.5 },
  status: { type: 'string' as const, enum: ['active', 'inactive', 'pending'], default: 'active' },
  verified: { type: 'boolean' as const, default: true },
}
const elicited = ({ mcpReq }: ServerContext): CallToolResult => words(`Elicitation completed: ${JSON.stringify(mcpReq.inputResponses)}`)

const TOOLS: Readonly<Record<string, Tool>> = {
  test_simple_text: () => words('This is a simple text response for testing.'),
  test_image_content: () => ({ content: [picture] }),
  test_audio_content: () => ({ content: [{ type: 'audio', data: WAV, mimeType: 'audio/wav' }] }),
  test_embedded_resource: () => ({ content: [embedded('test://embedded-resource', 'This is an embedded resource content.')] }),
  test_multiple_content_types: () => ({
    content: [{ type: 'text', text: 'Several:' }, picture, embedded('test://mixed-content-resource', '{"test":"data","value":123}')],
  }),
  test_error_handling: () => ({ ...words('This tool intentionally returns an error for testing'), isError: true }),
  test_tool_with_logging: async ({ mcpReq }) => {
    for (const step of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) await mcpReq.log('info', step)
    return words('logged')
  },
  test_logging_tool: async ({ mcpReq }) => {
    await mcpReq.log('info', 'nobody asked for this')
    return words('done')
  },
  test_tool_with_progress: async ({ mcpReq }) => {
    const progressToken = z.union([z.string(), z.number()]).parse(mcpReq._meta?.progressToken)
    for (const progress of [0, 50, 100]) {
      await mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: 100 } })
      await sleep(10)
    }
    return words('done')
  },
  test_missing_capability: () => {
    throw new MissingRequiredClientCapabilityError({ requiredCapabilities: { sampling: {} } })
  },
  test_streaming_elicitation: asking(() => ({ user_name: form('What is your name?', 'name') }), elicited),
  test_sampling: asking(
    () => ({ answer: sample('Test prompt for sampling') }),
    ({ mcpReq }) => words(`LLM response: ${JSON.stringify(mcpReq.inputResponses)}`),
  ),
  test_elicitation: asking(() => ({ response: form('Please provide your information', 'response') }), elicited),
  test_elicitation_sep1034_defaults: asking(
    () => ({ form: inputRequired.elicit({ message: 'With defaults', requestedSchema: { type: 'object', properties: DEFAULTS, required: [] } }) }),
    elicited,
  ),
  test_elicitation_sep1330_enums: asking(
    () => ({ form: inputRequired.elicit({ message: 'With choices', requestedSchema: { type: 'object', properties: ENUMS, required: [] } }) }),
    elicited,
  ),
  test_input_required_result_elicitation: (context) => {
    const { name } = acceptedContent(context.mcpReq.inputResponses, 'user_name') ?? {}
    return typeof name === 'string' ? words(`Hello, ${name}!`) : asks({ user_name: form('What is your name?', 'name') })
  },
  test_input_required_result_sampling: asking(() => ({ capital_question: sample('What is the capital of France?') }), elicited),
  test_input_required_result_list_roots: asking(() => ({ client_roots: inputRequired.listRoots() }), elicited),
  test_input_required_result_request_state: asking(
    () => ({ confirm: confirm() }),
    () => words('state-ok'),
    'asked',
  ),
  test_input_required_result_tampered_state: asking(
    () => ({ confirm: confirm() }),
    () => words('state-ok'),
    'guarded',
  ),
  test_input_required_result_multiple_inputs: asking(
    () => ({ user_name: form('What is your name?', 'name'), greeting: sample('Generate a greeting'), client_roots: inputRequired.listRoots() }),
    elicited,
    'three',
  ),
  test_input_required_result_multi_round: (context) => {
    const state = stateOf(context)
    if (state === 'two' && has(context, 'step2')) return words('both')
    if (state === 'one' && has(context, 'step1')) return asks({ step2: form('Step 2: What is your favorite color?', 'color') }, 'two')
    return asks({ step1: form('Step 1: What is your name?', 'name') }, 'one')
  },
  test_input_required_result_capabilities: (context) => {
    const can = declared(context)
    return asks({
      ...('sampling' in can ? { answer: sample('Anything') } : {}),
      ...('elicitation' in can ? { user_name: form('What is your name?', 'name') } : {}),
    })
  },
  json_schema_2020_12_tool: () => words('called'),
}

const CONDITION = z
  .record(z.string(), z.unknown())
  .parse(
    JSON.parse(
      '{"if":{"properties":{"contactMethod":{"const":"phone"}},"required":["contactMethod"]},"then":{"required":["phone"]},"else":{"required":["email"]}}',
    ),
  )
const WIDE_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object' as const,
  $defs: { address: { $anchor: 'addressDef', type: 'object', properties: { street: { type: 'string' }, city: { type: 'string' } } } },
  properties: {
    name: { type: 'string' },
    address: { $ref: '#/$defs/address' },
    contactMethod: { type: 'string', enum: ['phone', 'email'] },
    phone: { type: 'string' },
    email: { type: 'string' },
  },
  allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
  ...CONDITION,
  additionalProperties: false,
}
const PLAIN_SCHEMA = { type: 'object' as const, properties: {} }

const RESOURCES: Readonly<Record<string, { mimeType: string } & ({ text: string } | { blob: string })>> = {
  'test://static-text': { mimeType: 'text/plain', text: 'This is the content of the static text resource.' },
  'test://static-binary': { mimeType: 'image/png', blob: PNG },
  'test://watched-resource': { mimeType: 'text/plain', text: 'Watched resource content' },
}
const OF_TEMPLATE = /^test:\/\/template\/([^/]+)\/data$/u

const says = (...contents: GetPromptResult['messages'][number]['content'][]): GetPromptResult => ({
  messages: contents.map((content) => ({ role: 'user', content })),
})
const text = (said: string) => ({ type: 'text' as const, text: said })
type Given = Readonly<Record<string, string>>
const PROMPTS: Readonly<Record<string, { takes: string[]; get: (given: Given, context: ServerContext) => GetPromptResult | InputRequiredResult }>> = {
  test_simple_prompt: { takes: [], get: () => says(text('This is a simple prompt for testing.')) },
  test_prompt_with_arguments: {
    takes: ['arg1', 'arg2'],
    get: ({ arg1 = '', arg2 = '' }) => says(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)),
  },
  test_prompt_with_embedded_resource: {
    takes: ['resourceUri'],
    get: ({ resourceUri = '' }) =>
      says(embedded(resourceUri, 'Embedded resource content for testing.'), text('Please process the embedded resource above.')),
  },
  test_prompt_with_image: { takes: [], get: () => says(picture, text('Please analyze the image above.')) },
  test_input_required_result_prompt: {
    takes: [],
    get: (_given, context) =>
      has(context, 'user_context') ? says(text('with context')) : asks({ user_context: form('What context should the prompt use?', 'context') }),
  },
}

/** Lugh's answers with the fixtures before them. */
export function mountFixtures(own: Handlers): Handlers {
  const watched = new Set<string>()
  return {
    ...own,
    'tools/list': async (request, context) => {
      const { tools } = await own['tools/list'](request, context)
      const added = Object.keys(TOOLS).map((name) => ({
        name,
        description: 'A fixture of the conformance suite.',
        inputSchema: name === 'json_schema_2020_12_tool' ? WIDE_SCHEMA : PLAIN_SCHEMA,
      }))
      return { tools: [...tools, ...added] }
    },
    'tools/call': (request, context) =>
      (Object.hasOwn(TOOLS, request.params.name) ? TOOLS[request.params.name] : undefined)?.(context) ?? own['tools/call'](request, context),
    'resources/list': async (request, context) => {
      const listed = await own['resources/list'](request, context)
      const added = Object.entries(RESOURCES).map(([uri, { mimeType }]) => ({ uri, name: uri.slice('test://'.length), mimeType }))
      return { ...listed, resources: [...listed.resources, ...added] }
    },
    'resources/templates/list': async (request, context) => {
      const { resourceTemplates } = await own['resources/templates/list'](request, context)
      return {
        resourceTemplates: [...resourceTemplates, { uriTemplate: 'test://template/{id}/data', name: 'template', mimeType: 'application/json' }],
      }
    },
    'resources/read': (request, context) => {
      const { uri } = request.params
      const id = OF_TEMPLATE.exec(uri)?.[1]
      const found = Object.hasOwn(RESOURCES, uri) ? RESOURCES[uri] : undefined
      if (id !== undefined) return { contents: [{ uri, mimeType: 'application/json', text: JSON.stringify({ id, templateTest: true }) }] }
      return found === undefined ? own['resources/read'](request, context) : { contents: [{ uri, ...found }] }
    },
    'resources/subscribe': (request, context) => {
      if (!Object.hasOwn(RESOURCES, request.params.uri)) return own['resources/subscribe'](request, context)
      watched.add(request.params.uri)
      return {}
    },
    'resources/unsubscribe': (request, context) => {
      const { uri } = request.params
      if (!Object.hasOwn(RESOURCES, uri)) return own['resources/unsubscribe'](request, context)
      if (!watched.delete(uri)) throw new ResourceNotFoundError(uri)
      return {}
    },
    'prompts/list': async (request, context) => {
      const { prompts } = await own['prompts/list'](request, context)
      const added = Object.entries(PROMPTS).map(([name, { takes }]) => ({
        name,
        description: 'A fixture',
        arguments: takes.map((one) => ({ name: one, required: true })),
      }))
      return { prompts: [...prompts, ...added] }
    },
    'prompts/get': (request, context) => {
      const { name } = request.params
      const found = Object.hasOwn(PROMPTS, name) ? PROMPTS[name] : undefined
      return found?.get(request.params.arguments ?? {}, context) ?? own['prompts/get'](request, context)
    },
  }
}
