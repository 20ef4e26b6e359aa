import { describe, expect, it } from 'vitest'
import { projectMode } from './mode.ts'

describe('the mode of a project', () => {
  it('is what a person set, whatever the repository says', () => {
    expect(projectMode({ mode: 'ask' }, { mode: 'auto' }, 'plan')).toBe('auto')
    expect(projectMode({ mode: 'auto' }, { mode: 'plan' }, 'auto')).toBe('plan')
  })
  it('can be made stricter by the repository, never looser', () => {
    const modes = ['plan', 'ask', 'auto'] as const
    const holds = modes.map((mode) => modes.map((file) => projectMode({ mode }, { mode: null }, file)))
    expect(holds).toEqual([
      ['plan', 'plan', 'plan'],
      ['plan', 'ask', 'ask'],
      ['plan', 'ask', 'auto'],
    ])
  })
  it('is the installation’s where nobody said anything', () => {
    expect(projectMode({ mode: 'auto' }, { mode: null }, undefined)).toBe('auto')
  })
})
