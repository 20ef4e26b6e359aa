/**
 * No button and no command that nobody presses: whatever the cards can show was pressed on a real card, and was not refused, in a suite of this
 * very run. Runs last; where the suites were not all run it has nothing to say.
 */
import { describe, expect, it } from 'vitest'
import { capabilities, resolveCommand } from '../../src/orchestrator/registry.ts'
import { readDriven } from '../support/driven.ts'
import { labelsOfCards, LABELS_MADE } from '../support/labels.ts'
import { LONG, WHOLE } from '../support/system.ts'

const { pressed, typed } = readDriven()

/** How a server of others is set up and changed is driven in the long form of its suite (`test/e2e/connect.test.ts`). */
const LATER =
  '🔌 Test|🔁 Retry|This project only|For all projects|No writing|✏️ May write|⌨️ Command|🌐 Address|➕ Secret|➕ Host|➕ Directory|' +
  'connect list|connect show|connect remove|connect retry|connect change'
const left = LONG ? [] : LATER.split('|')

describe.skipIf(!WHOLE || pressed.size === 0)('over a whole run', () => {
  it('every label of a button was pressed', () => {
    expect(labelsOfCards().filter((label) => !pressed.has(label) && !left.includes(label))).toEqual([])
  })

  it('every kind of label that is made of numbers and names was pressed', () => {
    expect(LABELS_MADE.filter((kind) => ![...pressed].some((label) => kind.test(label))).map(String)).toEqual([])
  })

  it('every command was typed', () => {
    const done = new Set(
      [...typed].map((line) => {
        const [, command = '', words = ''] = /^\/(\S+)\s*(.*)$/su.exec(line) ?? []
        return resolveCommand(command.split('@')[0] ?? '', words)?.capability.name
      }),
    )
    const missing = capabilities.flatMap(({ name, doors: { telegram } }) =>
      'none' in telegram || telegram.command === undefined || done.has(name) ? [] : [telegram.command],
    )
    expect(missing.filter((command) => !left.includes(command))).toEqual([])
  })
})
