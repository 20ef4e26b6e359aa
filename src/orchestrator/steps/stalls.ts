/**
 * Whether an agent is going in circles or stands still, told from its transcript alone, so that a restart sees the same. It is told so
 * first; when that does not help, a person is asked. It never ends anything.
 */
import { digest } from '#core'
import type { MessageRow } from '#db'
import { Message, type Block } from '#engines'
import { NUDGES, STUCK } from './nudges.ts'

/** The same calls with the same outcome so many times over count as a circle. Twice happens to everybody. */
const TIMES = 3
/** Calls of one round of a circle: edit, test, undo, test is four. */
const ROUND_MAX = 6
/** So many failures one after the other, whatever they are. A hard problem has successes in between: it reads, it looks. */
const FAILURES = 8
/** Answers one after the other that were empty or cut off. */
const WORDLESS = 3
/** A call that asks again and again whether something is ready may well get the same answer. */
const POLLS: readonly string[] = ['check_command']

/** `nudge`: the agent is to be told. `ask`: it was told, and goes on like that; `what` is for a person. */
export type Stall = { readonly kind: 'nudge' | 'ask'; readonly what: string }

/** Looks at what was done since the agent or a person last heard of it. Undefined: nothing stands out. */
export function stallIn(rows: readonly MessageRow[]): Stall | undefined {
  const messages = rows.map((row) => Message.parse(row))
  const told = messages.findLastIndex(hasNewWords)
  const since = messages.slice(told + 1)
  const before = messages[told]
  if (wordless(since)) return { kind: 'ask', what: `its last ${WORDLESS} answers were empty or cut off` }
  const what = circle(since) ?? failures(since)
  if (what === undefined) return undefined
  return { kind: before !== undefined && lughSays(before, [STUCK]) ? 'ask' : 'nudge', what }
}

/** Words of a person, or that it is stuck: from there on it is looked at anew. */
function hasNewWords({ role, content }: Message): boolean {
  return role === 'user' && content.some((block) => block.type === 'text' && !NUDGES.includes(block.text))
}

function lughSays({ role, content }: Message, words: readonly string[]): boolean {
  return role === 'user' && content.some((block) => block.type === 'text' && words.some((start) => block.text.startsWith(start)))
}

type Done = { readonly name: string; readonly key: string; readonly isError: boolean }

/** Calls with what came of them, the oldest first. */
function doneIn(messages: readonly Message[]): Done[] {
  const blocks = messages.flatMap(({ content }) => content)
  const results = new Map(blocks.flatMap((block) => (block.type === 'tool_result' ? [[block.id, block] as const] : [])))
  return blocks.flatMap((block): Done[] => {
    const result = block.type === 'tool_call' && !POLLS.includes(block.name) ? results.get(block.id) : undefined
    if (block.type !== 'tool_call' || result === undefined) return []
    return [{ name: block.name, key: keyOf(block, result), isError: result.isError }]
  })
}

type Result = Extract<Block, { type: 'tool_result' }>
function keyOf({ name, input }: Extract<Block, { type: 'tool_call' }>, { output, isError }: Result): string {
  return digest('stall.call.v1', { name, input: JSON.stringify(input) ?? '', output, isError })
}

function circle(messages: readonly Message[]): string | undefined {
  const done = doneIn(messages)
  for (let round = 1; round <= ROUND_MAX; round += 1) {
    const tail = done.slice(-round * TIMES)
    if (tail.length < round * TIMES || tail.some(({ key }, n) => key !== tail[n % round]?.key)) continue
    const names = [...new Set(tail.slice(-round).map(({ name }) => name))].join(', ')
    return `it did the same ${round === 1 ? 'thing' : `${round} things`} (${names}) ${TIMES} times over, with the same outcome`
  }
  return undefined
}

function failures(messages: readonly Message[]): string | undefined {
  const tail = doneIn(messages).slice(-FAILURES)
  return tail.length === FAILURES && tail.every(({ isError }) => isError) ? `its last ${FAILURES} steps all failed` : undefined
}

/** An answer that was mended by a nudge has one of Lugh's own words behind it. */
function wordless(messages: readonly Message[]): boolean {
  const answers = messages.flatMap((message, n) => (message.role === 'assistant' ? [messages[n + 1]] : []))
  const tail = answers.slice(-WORDLESS)
  return tail.length === WORDLESS && tail.every((next) => next !== undefined && lughSays(next, NUDGES))
}
