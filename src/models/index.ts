/** Models behind ports; the only room that imports their SDKs. */
export {
  createAnthropicMessages,
  type AnthropicMessages,
  type MessagesAnswer,
  type MessagesOptions,
  type MessagesRequest,
  type Pace,
} from './anthropic.ts'
export type { AnswerBlock } from './anthropic-stream.ts'
export { addUsage, costOf, priceOf, type Price, type TokenUsage } from './prices.ts'
export type { ContentBlockParam, MessageParam, TextBlockParam, Tool, ToolResultBlockParam } from '@anthropic-ai/sdk/resources/messages'
