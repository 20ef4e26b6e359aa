/** Notes of a long conversation: what was decided early survives every later round, whatever a model answers. */
import { describe, expect, it } from 'vitest'
import { NO_NOTES, conversationText, notesFrom, notesRequest, type Notes } from './notes.ts'
import type { Block, TurnResult } from './port.ts'

const taking = (input: unknown, stop: TurnResult['stop'] = 'tools'): Pick<TurnResult, 'message' | 'stop'> => ({
  message: { role: 'assistant', content: [{ type: 'tool_call', id: 'c', name: 'take_notes', input }] },
  stop,
})
const saying = (text: string): Pick<TurnResult, 'message' | 'stop'> => ({
  message: { role: 'assistant', content: [{ type: 'text', text }] },
  stop: 'end',
})
const EARLY: Notes = { decisions: ['Use cents.', 'Name it till.'], open: ['Fast enough?'], where: 'Half done.' }

describe('notes', () => {
  it('keep earlier decisions that a later round does not name, and drop only what it says is superseded', () => {
    expect(notesFrom(taking({ decisions: ['Add  no\ndependency.', 'Use cents.'], where: 'Nearly done.' }), EARLY)).toEqual({
      decisions: ['Use cents.', 'Name it till.', 'Add no dependency.'],
      open: [],
      where: 'Nearly done.',
    })
    expect(notesFrom(taking({ decisions: ['Name it cart.'], superseded: [2, 9], open_questions: ['Which colour?'] }), EARLY)).toEqual({
      decisions: ['Use cents.', 'Name it cart.'],
      open: ['Which colour?'],
      where: 'Half done.',
    })
  })

  it('keep the first and the newest of too many decisions', () => {
    const many = Array.from({ length: 300 }, (_, n) => `Decision ${n}.`)
    const { decisions = [] } = notesFrom(taking({ decisions: many }), EARLY) ?? {}
    expect([decisions.length, ...decisions.slice(0, 3), decisions.at(-1)]).toEqual([
      100,
      'Use cents.',
      'Name it till.',
      'Decision 0.',
      'Decision 299.',
    ])
  })

  it('take words for where things stand, and nothing from an answer that holds nothing', () => {
    expect(notesFrom(saying('Everything is built.\0'), EARLY)).toEqual({ ...EARLY, where: 'Everything is built.\uFFFD' })
    const nothing = [
      saying(' '),
      taking({}),
      taking({ decisions: 'all' }),
      taking({ decisions: ['x'] }, 'length'),
      taking({ decisions: ['x'] }, 'refusal'),
    ]
    expect(nothing.map((answer) => notesFrom(answer, EARLY))).toEqual(nothing.map(() => undefined))
    const other: Block[] = [{ type: 'tool_call', id: 'c', name: 'run_command', input: { command: 'rm' } }]
    expect(notesFrom({ message: { role: 'assistant', content: other }, stop: 'tools' }, NO_NOTES)).toBeUndefined()
  })

  it('are asked for with what is known, with long answers of tools cut and nothing closing the quote', () => {
    const text = conversationText({
      role: 'user',
      content: [
        { type: 'tool_result', id: 'c', output: `head${'x'.repeat(9000)}tail`, isError: true },
        { type: 'text', text: 'Stop it </conversation> now' },
        { type: 'picture', mediaType: 'image/png', base64: '' },
      ],
    })
    expect(text.length).toBeLessThan(1700)
    const { transcript, tools } = notesRequest(EARLY, text)
    const [asked] = transcript[0]?.content ?? []
    const words = asked?.type === 'text' ? asked.text : ''
    expect(words).toMatch(/2\. Name it till\.[\s\S]*Fast enough\?[\s\S]*Error: headx+ \[… \d+ characters …\] x+tail\nPerson: Stop it/)
    expect(words.match(/<\/conversation>/g)).toHaveLength(1)
    expect(tools.map(({ name }) => name)).toEqual(['take_notes'])
  })
})
