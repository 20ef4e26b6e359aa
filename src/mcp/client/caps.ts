/** What a server of somebody else may cost Lugh. Each figure is far beyond what honest servers were seen to need. */

/** One message. Answers of honest servers stay below 1 MB; a picture of a screen has 2 to 5. */
export const MAX_MESSAGE_BYTES = 12 * 1024 * 1024
/** Everything one connection says, so that floods of small messages end too. */
export const MAX_CONNECTION_BYTES = 256 * 1024 * 1024
/** Brackets inside brackets. Schemas of honest tools have under 20; what walks over JSON here is recursive. */
export const MAX_DEPTH = 100
/**
 * Values of one message, by its commas and brackets outside of text: each is walked over by a schema, on the thread that hears `/stop`. Honest lists of
 * tools and answers have some thousands.
 */
export const MAX_VALUES = 50_000
/** Lines a minute: progress, log lines and answers. Three hundred a second are no news for anybody. */
export const MAX_LINES = 20_000
/** Until it has answered the first question: `npx` fetches its package in this time. */
export const CONNECT_MS = 60_000
/** The first question is put in the newest protocol; a server that never answers it is asked anew in an older one. */
export const PROBE_MS = 10_000
/** A list this old is asked for again before the next call: what a tool says of itself may have changed. */
export const LIST_MS = 60_000
/** One call. A slow search or build takes two minutes; longer work belongs into a command. */
export const CALL_MS = 180_000
/** A stream that ended is asked for again no sooner, whatever its server wishes, and no later. */
export const AGAIN_MS = 1000
export const LATEST_AGAIN_MS = 10_000
/** A session is told goodbye for so long. */
export const GOODBYE_MS = 2000
/** A server that nobody calls is ended; the next call starts it again. */
export const IDLE_MS = 5 * 60_000
/** Pages of its list of tools. */
export const MAX_PAGES = 10
/** Tools of one server. Models choose badly among more, and each stands in every prompt. */
export const MAX_TOOLS = 64
/** What providers take as a tool's name. */
export const MAX_NAME = 64
/** Characters of a description: two paragraphs. It stands in every prompt, and a person is to read it on a phone. */
export const MAX_DESCRIPTION = 1000
/** Characters of a schema: ten times what most have. */
export const MAX_SCHEMA = 16_000
export const MAX_SCHEMA_DEPTH = 20
/** Characters of one answer, as for every tool that fetches. */
export const MAX_TEXT = 40_000
/** Parts of one answer that are read. */
export const MAX_PARTS = 500
/** Pictures and files of one answer that are kept. */
export const MAX_KEPT = 8
/** First pause after a server died, doubled with each death, and the longest. */
export const FIRST_PAUSE_MS = 1000
export const LONGEST_PAUSE_MS = 60_000
