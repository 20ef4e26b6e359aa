/** Calls of connected servers come to Lugh, which writes each down when it answers it. Told by the engine as well, they would stand twice in the steps. */
import type { EngineEvent, Session } from './session-port.ts'

/** How the one server of a run, Lugh, is called. */
export const OWN_SERVER = 'lugh'
/** How Claude Code calls its tools, and what it calls itself by over other protocols. */
export const OWN_TOOLS = `mcp__${OWN_SERVER}__`

type ToolCall = Extract<EngineEvent, { type: 'tool_call' }>

/** The session's ear without those calls and what came of them; `isServed` says which they are. */
export function hearOnce(session: Session, isServed: (call: ToolCall) => boolean): Session['on'] {
  if (session.tools === undefined) return session.on
  const served = new Set<string>()
  return (event) => {
    if (event.type === 'tool_call' && isServed(event)) served.add(event.id)
    else if (event.type !== 'tool_result' || !served.has(event.id)) session.on(event)
  }
}
