/** Circles are told from work, by the transcript alone. */
import { describe, expect, it } from 'vitest'
import type { MessageRow } from '#db'
import type { Block } from '#engines'
import { EMPTY, STILL_STUCK, STUCK } from './nudges.ts'
import { stallIn } from './stalls.ts'

type Round = { readonly name?: string; readonly input?: unknown; readonly output?: string; readonly isError?: boolean }

/** A transcript of one call a turn, and words between them. */
function rowsOf(parts: readonly (Round | string)[]): MessageRow[] {
  const messages: { role: 'user' | 'assistant'; content: Block[] }[] = [{ role: 'user', content: [{ type: 'text', text: 'Do it' }] }]
  for (const [n, part] of parts.entries()) {
    if (typeof part === 'string') messages.push({ role: 'user', content: [{ type: 'text', text: part }] })
    else {
      const { name = 'read_file', input = { path: 'a' }, output = 'text', isError = false } = part
      messages.push({ role: 'assistant', content: [{ type: 'tool_call', id: `c${n}`, name, input }] })
      messages.push({ role: 'user', content: [{ type: 'tool_result', id: `c${n}`, output, isError }] })
    }
  }
  return messages.map((message, seq) => ({ ...message, seq, madeUnder: null, told: null }))
}
const times = (n: number, ...round: Round[]): Round[] => Array.from({ length: n }, () => round).flat()
const edit = (from: string, to: string): Round => ({ name: 'edit_file', input: { from, to }, output: 'ok' })
const test: Round = { name: 'run_command', input: { command: 'npm test' }, output: 'exit code 1', isError: true }

describe('an agent', () => {
  it('that does the same thing three times with the same outcome is told so, and asked about when it goes on', () => {
    const what = 'it did the same thing (read_file) 3 times over, with the same outcome'
    expect(stallIn(rowsOf(times(2, {})))).toBeUndefined()
    expect(stallIn(rowsOf(times(3, {})))).toEqual({ kind: 'nudge', what })
    expect(stallIn(rowsOf([...times(3, {}), STUCK, ...times(2, {})]))).toBeUndefined()
    expect(stallIn(rowsOf([...times(3, {}), STUCK, ...times(3, {})]))).toEqual({ kind: 'ask', what })
    expect(stallIn(rowsOf([...times(3, {}), STUCK, ...times(3, {}), `${STILL_STUCK}Go on`, ...times(3, {})]))?.kind).toBe('nudge')
  })

  it('that edits and takes back, with tests between, goes in circles', () => {
    expect(stallIn(rowsOf(times(3, edit('a', 'b'), test, edit('b', 'a'), test)))?.what).toBe(
      'it did the same 4 things (edit_file, run_command) 3 times over, with the same outcome',
    )
  })

  it('that gets on is left alone: other edits, other answers, words of a person in between, and waiting for a command', () => {
    const tries = Array.from({ length: 6 }, (_, n) => [edit('a', `b${n}`), { ...test, output: `exit code 1\n${n}` }]).flat()
    expect(stallIn(rowsOf(tries))).toBeUndefined()
    expect(stallIn(rowsOf(Array.from({ length: 9 }, (_, n) => ({ output: `${n}` }))))).toBeUndefined()
    expect(stallIn(rowsOf([...times(2, {}), 'Look again, please', ...times(2, {})]))).toBeUndefined()
    expect(stallIn(rowsOf(times(9, { name: 'check_command', input: { id: '1' }, output: 'still running' })))).toBeUndefined()
  })

  it('that only fails stands still, however differently it fails', () => {
    const failing = Array.from({ length: 8 }, (_, n) => ({ input: { path: `${n}` }, output: `no ${n}`, isError: true }))
    expect(stallIn(rowsOf(failing.slice(1)))).toBeUndefined()
    expect(stallIn(rowsOf(failing))).toEqual({ kind: 'nudge', what: 'its last 8 steps all failed' })
  })

  it('whose answers stay empty is asked about at once: it was told each time', () => {
    const empty = Array.from({ length: 3 }, () => [
      { role: 'assistant' as const, text: '(no answer)' },
      { role: 'user' as const, text: EMPTY },
    ]).flat()
    const rows = [...rowsOf([])].concat(
      empty.map(({ role, text }, n) => ({ role, content: [{ type: 'text', text }], seq: n + 1, madeUnder: null, told: null })),
    )
    expect(stallIn(rows)).toEqual({ kind: 'ask', what: 'its last 3 answers were empty or cut off' })
    expect(stallIn(rows.slice(0, -2))).toBeUndefined()
  })
})
