import { describe, expect, it } from 'vitest'
import { CLAIMABLE, NEEDS_PERSON, SETTLED, TASK_STATES, mayMove, movesTo } from './states.ts'

describe('task states', () => {
  it('every state can be reached from queued', () => {
    const reached = new Set(['queued'])
    for (let grown = true; grown;) {
      const before = reached.size
      for (const from of TASK_STATES) if (reached.has(from)) for (const to of TASK_STATES) if (mayMove(from, to)) reached.add(to)
      grown = reached.size > before
    }
    expect([...reached].toSorted()).toEqual([...TASK_STATES].toSorted())
  })
  it('staying is not a move', () => {
    expect(TASK_STATES.filter((state) => mayMove(state, state))).toEqual([])
  })
  it('only a decision about a shown change, or of a merged one, leads to landing', () => {
    expect(movesTo('landing').toSorted()).toEqual(['merged', 'review', 'undone'])
  })
  it('what is landing can only end in what the repository says, never be stopped half-way', () => {
    expect(movesTo('stopped')).not.toContain('landing')
  })
  it('a state is a worker’s, a person’s, paused or settled, and only one of them', () => {
    const sorted = [...CLAIMABLE, ...NEEDS_PERSON, ...SETTLED, 'paused'].toSorted()
    expect(sorted).toEqual([...TASK_STATES].toSorted())
  })
})
