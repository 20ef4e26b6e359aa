/** What a demo script can know: only what tools have answered in this conversation. It never assumes what a file holds. */
import type { Call, Conversation, Round } from '../conversation.ts'
import type { ScriptedCall } from '../script.ts'

export type Facts = {
  readonly conversation: Conversation
  readonly now: Round
  /** Paths of files as list_files answered them in this round; undefined when it was not asked yet. */
  readonly files: readonly string[] | undefined
  /** The whole text of a file read in this round; undefined when it was not read, or not whole. */
  readonly text: (path: string) => string | undefined
  /** Whether such a call (same tool, same path, command or pattern) was made in this round, whatever came of it. */
  readonly tried: (call: ScriptedCall) => boolean
  /** The command that runs the project's tests. */
  readonly testCommand: string
}

/** What stands above pictures and files that were sent with a wish, and the files themselves: words for a model, and nobody's wish. */
const SENT_WITH =
  /^(?:The person sent \d+ (?:picture|file)s?\b.* with this, shown below\.|File \S+, \d+ bytes\b|\(What was sent then is not kept any more\.\)$)/u

function isWished(words: string): boolean {
  return !SENT_WITH.test(words)
}

/** Reads the facts of a conversation's present round. */
export function factsOf(conversation: Conversation): Facts {
  const said = conversation.now
  const now = {
    ...said,
    request: said.words.filter(isWished).join('\n\n'),
    steers: [...said.steers.filter(isWished), ...saidToPlans(said)],
  }
  const listing = now.calls.findLast(({ name, isError }) => name === 'list_files' && !isError)
  return {
    conversation,
    now,
    files: listing?.output.split('\n').filter((line) => line !== '' && !line.endsWith('/') && !/[)\]]$/.test(line)),
    text: (path) => wholeText(now.calls.findLast((call) => call.name === 'read_file' && call.input['path'] === path)),
    tried: (call) => now.calls.some(({ name, input }) => name === call.name && keyOf(input) === keyOf(call.input)),
    testCommand: /tests are run by `([^`]+)`/.exec(conversation.system)?.[1] ?? 'node --test',
  }
}

/** What people said in place of Go. */
function saidToPlans({ calls }: Round): string[] {
  return calls.flatMap(({ name, output }) => (name === 'propose_plan' ? (/^The person wants the plan changed: (.+)/.exec(output)?.[1] ?? []) : []))
}

/** What tells one call of a tool from another. */
function keyOf(input: Readonly<Record<string, unknown>>): string {
  return JSON.stringify([input['path'], input['command'], input['pattern'], input['steps']])
}

/** The answer of read_file is one line of place and then the text, whose last line feed it leaves out. */
function wholeText(read: Call | undefined): string | undefined {
  if (read === undefined || read.isError) return undefined
  if (read.output.endsWith(' is empty.')) return ''
  const place = /^(.+) \(lines 1-(\d+) of (\d+)\)\n/.exec(read.output)
  return place === null || place[2] !== place[3] ? undefined : `${read.output.slice(place[0].length)}\n`
}

/** The first file the listing knows that fits. */
export function fileLike({ files }: Facts, pattern: RegExp): string | undefined {
  return files?.find((path) => pattern.test(path))
}
