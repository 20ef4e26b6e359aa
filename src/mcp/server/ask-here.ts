/** Asks the person in front of the client about an approval, where the token may decide it and the client has forms. Decides by the tool, as everybody. */
import { CLIENT_CAPABILITIES_META_KEY, inputRequired, type InputRequiredResult, type Server, type ServerContext } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { callTool, type Answered, type Arguments } from './call-tool.ts'
import type { Served } from './handlers.ts'
import { findTool, isOffered } from './tools.ts'

const Wanted = z.object({ ask_here: z.boolean().optional() })
const Waits = z.object({
  waits_for: z.array(
    z.object({
      kind: z.string(),
      id: z.string(),
      digest: z.string().nullable(),
      what: z.string(),
      why: z.string().nullable(),
      risk: z.string().nullable(),
    }),
  ),
})
const Envelope = z.record(z.string(), z.unknown())
const Forms = z.object({ elicitation: z.object({}) })
const Answer = z.object({ action: z.enum(['accept', 'decline', 'cancel']), content: z.object({ decision: z.enum(['allow', 'deny']) }).optional() })

/** The key carries what a decision is bound to. It comes back from the client and is believed no more than any argument. */
const KEY = /^approval:([0-9a-f-]{36}):([0-9a-f]{64})$/u
const SHOWN = 4000

/** Carries out what a form was answered with; what came too late is told by the task itself. */
export async function answerHere(served: Served, responses: Readonly<Record<string, unknown>> | undefined): Promise<void> {
  const { room, who } = served
  const tool = findTool(room.tools, 'decide_approval')
  if (tool === undefined) return
  for (const [key, response] of Object.entries(responses ?? {})) {
    const [, approval, digest] = KEY.exec(key) ?? []
    const answer = Answer.safeParse(response)
    if (approval === undefined || !answer.success || answer.data.action !== 'accept' || answer.data.content === undefined) continue
    if (isOffered(tool, who.scopes)) await callTool(room, who, tool, { approval, digest, decision: answer.data.content.decision })
  }
}

/** Answers the form for the first approval of the answer; undefined where nothing is to be asked here. */
export function askHere(
  served: Served,
  server: Server,
  input: Arguments,
  context: ServerContext,
): (answer: Answered) => Promise<InputRequiredResult | undefined> {
  const { room, who } = served
  return async (answer) => {
    if (!answer.ok || Wanted.safeParse(input).data?.ask_here === false || answered(context) || !hasForms(server, context)) return undefined
    if (!who.scopes.some((scope) => scope === 'approve' || scope === 'approve-own' || scope === 'admin')) return undefined
    const first = Waits.safeParse(answer.structured).data?.waits_for.find(({ kind, digest }) => kind === 'approval' && digest !== null)
    if (first === undefined || findTool(room.tools, 'decide_approval') === undefined) return undefined
    const message = [
      `Run this command?`,
      first.what.slice(0, SHOWN),
      `Risk: ${first.risk ?? 'not known'}`,
      `The agent says: ${first.why ?? 'nothing'}`,
    ].join('\n')
    const decision = { type: 'string' as const, title: 'Decision', enum: ['allow', 'deny'] }
    return inputRequired({
      inputRequests: {
        [`approval:${first.id}:${first.digest}`]: inputRequired.elicit({
          message,
          requestedSchema: { type: 'object', properties: { decision }, required: ['decision'] },
        }),
      },
    })
  }
}

/** Asked once a call: who has put the form away is not asked again. */
function answered({ mcpReq }: ServerContext): boolean {
  return Object.keys(mcpReq.inputResponses ?? {}).length > 0
}

function hasForms(server: Server, { mcpReq }: ServerContext): boolean {
  const envelope = Envelope.safeParse(mcpReq.envelope).data?.[CLIENT_CAPABILITIES_META_KEY]
  return Forms.safeParse(envelope ?? server.getClientCapabilities()).success
}
