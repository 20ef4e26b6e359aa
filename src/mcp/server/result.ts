/** What a call came to, in the protocol's form. */
import type { Answered } from './call-tool.ts'

/** Objects for programs, words for models; a refusal is a result that says what to do. */
export function result(answer: Answered) {
  return answer.ok
    ? { content: [{ type: 'text' as const, text: answer.text }], structuredContent: answer.structured }
    : { content: [{ type: 'text' as const, text: `${answer.code}: ${answer.say}` }], isError: true }
}
