/** What a server says of a tool now beside what was accepted, line by line. Pure. */
import type { ConnectorTool } from '#db'
import { createTwoFilesPatch } from 'diff'

/** The tool as a text of lines that can be compared. */
function linesOf(description: string, schema: string): string {
  const pretty: unknown = JSON.parse(schema)
  return `${description}\n\n${JSON.stringify(pretty, undefined, 1)}\n`
}

/** Everything it says of itself; as a diff where it was accepted in other words. */
export function toolWords(tool: ConnectorTool): { readonly text: string; readonly isDiff: boolean } {
  const now = linesOf(tool.description, tool.schema)
  if (tool.acceptedDigest === null || tool.acceptedDigest === tool.digest) return { text: now, isDiff: false }
  const before = linesOf(tool.acceptedDescription ?? '', tool.acceptedSchema ?? '{}')
  const patch = createTwoFilesPatch('accepted', 'now', before, now, '', '', { context: 2 })
  const lines = patch.split('\n').filter((line) => !/^(?:={3,}|--- |\+\+\+ |\\ No newline)/u.test(line))
  const text = lines.join('\n').trim()
  return { text: text === '' ? '(it changed where Lugh cuts or names characters; the words above stay as they are)' : text, isDiff: true }
}
