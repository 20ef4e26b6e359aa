/** Where a program finds its model inside the walls, under the names that programs of this kind look for. There is no key among them. */
import type { Session } from './session-port.ts'

/** For Claude Code, however it is started: no calls home, which the walls would stop after a wait each, and none of the newest fields, since what is behind the address may be any server of this format. */
const CLAUDE_CODE = {
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS: '1',
  DISABLE_AUTOUPDATER: '1',
  DISABLE_TELEMETRY: '1',
  DISABLE_ERROR_REPORTING: '1',
  ENABLE_TOOL_SEARCH: 'false',
}

/** `model` is also given in place of the small ones that some use beside: the gateway knows no other. */
export function gatewayEnvironment({ token, anthropicUrl, openaiUrl }: Session['gateway'], model: string): Record<string, string> {
  return {
    ANTHROPIC_BASE_URL: anthropicUrl,
    ANTHROPIC_API_BASE: anthropicUrl,
    ANTHROPIC_API_KEY: token,
    ANTHROPIC_MODEL: model,
    ANTHROPIC_SMALL_FAST_MODEL: model,
    ANTHROPIC_DEFAULT_OPUS_MODEL: model,
    ANTHROPIC_DEFAULT_SONNET_MODEL: model,
    ANTHROPIC_DEFAULT_HAIKU_MODEL: model,
    OPENAI_BASE_URL: openaiUrl,
    OPENAI_API_BASE: openaiUrl,
    OPENAI_API_KEY: token,
    OPENAI_MODEL: model,
    ...CLAUDE_CODE,
  }
}

/** Where a program finds the tools of the person's servers, by MCP and by plain HTTP; nothing where the run has none. */
export function toolsEnvironment(tools: Session['tools']): Record<string, string> {
  return tools === undefined ? {} : { TOOLS_URL: tools.plainUrl, TOOLS_MCP_URL: tools.url, [TOOLS_TOKEN]: tools.token }
}

/** Sandboxes take no name that begins with LUGH_. */
export const TOOLS_TOKEN = 'TOOLS_TOKEN'
