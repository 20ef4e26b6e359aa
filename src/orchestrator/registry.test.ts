import { LughError, PersonId } from '#core'
import { describe, expect, it } from 'vitest'
import { callCapability } from './call-capability.ts'
import type { Caller, Capability } from './capability.ts'
import { capabilities, nearestCommands, resolveCommand, wordsFor } from './registry.ts'

describe('the registry', () => {
  it('names every capability once', () => {
    const names = capabilities.map(({ name }) => name)
    expect(names).toEqual([...new Set(names)])
  })
  it('gives every capability a door or a reason at each', () => {
    for (const { name, doors } of capabilities) {
      if ('none' in doors.telegram) expect(doors.telegram.none, name).not.toBe('')
      if ('none' in doors.cli) expect(doors.cli.none, name).not.toBe('')
      else expect(doors.cli.usage.startsWith(doors.cli.verb), name).toBe(true)
    }
  })
  it('is offered to programs, or says why not, under names every client takes', () => {
    const tools = capabilities.flatMap(({ name, doors: { mcp } }) => ('none' in mcp ? [] : [mcp.tool ?? name]))
    expect(tools).toEqual([...new Set(tools)])
    expect(tools.filter((tool) => !/^[a-z_]{1,60}$/u.test(tool))).toEqual([])
    for (const { name, doors } of capabilities) if ('none' in doors.mcp) expect(doors.mcp.none, name).not.toBe('')
  })
  it('uses every command and every verb once', () => {
    const commands = capabilities.flatMap(({ doors }) =>
      'command' in doors.telegram && doors.telegram.command !== undefined ? [doors.telegram.command] : [],
    )
    const verbs = capabilities.flatMap(({ doors }) => ('verb' in doors.cli ? [doors.cli.verb] : []))
    expect([commands, verbs]).toEqual([[...new Set(commands)], [...new Set(verbs)]])
  })
  it('has at most 15 commands in the menu', () => {
    expect(capabilities.filter(({ doors }) => !('none' in doors.telegram) && doors.telegram.menu).length).toBeLessThanOrEqual(15)
  })
  it('shows usage and an example for every command', () => {
    for (const { name, doors } of capabilities) {
      if ('none' in doors.telegram || doors.telegram.command === undefined) continue
      expect(
        [doors.telegram.usage, doors.telegram.example].every((text) =>
          text?.startsWith(`/${'command' in doors.telegram ? doors.telegram.command : ''}`),
        ),
        name,
      ).toBe(true)
    }
  })
  it('understands every example it gives', () => {
    for (const { name, doors } of capabilities) {
      if ('none' in doors.telegram || doors.telegram.command === undefined) continue
      const [, word = '', rest = ''] = /^\/(\S+)\s*([^]*)$/u.exec(doors.telegram.example ?? '') ?? []
      const found = resolveCommand(word, rest)
      expect(found?.capability.name, doors.telegram.example).toBe(name)
      const parsed = found === undefined ? undefined : parseAs(found.capability, found.words)
      expect(parsed?.success, `${doors.telegram.example}: ${parsed?.error?.message ?? 'no words are read'}`).toBe(true)
    }
  })
  it('resolves commands of two words before those of one', () => {
    expect(resolveCommand('project', 'add /x')).toMatchObject({ capability: { name: 'add_project' }, words: '/x' })
    expect(resolveCommand('Project', '')).toMatchObject({ capability: { name: 'list_projects' }, words: '' })
    expect(resolveCommand('new', 'add x')).toMatchObject({ capability: { name: 'assign_task' }, words: 'add x' })
    expect(resolveCommand('nope', '')).toBeUndefined()
  })
  it('offers what a mistyped command was meant to be', () => {
    expect(nearestCommands('statsu')[0]).toBe('status')
    expect(nearestCommands('stauts')[0]).toBe('status')
    expect(nearestCommands('qqqqqqqq')).toEqual([])
  })
  it('takes words alone for a wish and words on a card for its agent', () => {
    expect(wordsFor({ text: 'x' })).toEqual({ capability: 'assign_task', input: { wish: 'x' } })
    expect(wordsFor({ text: 'x', card: { kind: 'review', subjectId: 'c', taskId: 't' } })).toEqual({
      capability: 'steer_task',
      input: { task_id: 't', text: 'x' },
    })
    expect(wordsFor({ text: 'yes', taskNumber: 1, card: { kind: 'plan', subjectId: 'p', taskId: 't' } })).toEqual({
      capability: 'change_plan',
      input: { plan: 'p', text: 'yes' },
    })
    expect(wordsFor({ text: 'x', card: { kind: 'question', subjectId: 'q', taskId: 't' } })).toEqual({
      capability: 'answer_question',
      input: { question: 'q', answer: 'x' },
    })
  })
  it('lets a viewer read, say what rings for themselves, and nothing else', async () => {
    const own = ['set_quiet_hours', 'set_notices', 'change_setting']
    for (const capability of capabilities) {
      if (capability.kind === 'read' || own.includes(capability.name)) continue
      expect(capability.may, capability.name).not.toContain('viewer')
      await expect(Promise.resolve().then(() => callCapability(capability, viewer(), {}))).rejects.toMatchObject({ code: 'not-allowed' })
    }
  })
  it('lets only owners and approvers decide what runs and what lands', () => {
    const deciding = ['accept_plan', 'continue_dry_run', 'decide_approval', 'merge_change', 'undo_task', 'run_tests', 'set_mode']
    expect(capabilities.filter(({ name }) => deciding.includes(name)).map(({ may }) => may)).toEqual(deciding.map(() => ['owner', 'approver']))
  })
})

function parseAs({ doors, input }: Capability, words: string) {
  return 'none' in doors.telegram ? undefined : input.safeParse(doors.telegram.parse?.(words, OWNER) ?? {})
}

const OWNER: Caller = { personId: PersonId.parse('0b6b3c1e-0000-4000-8000-000000000001'), role: 'owner', name: 'Ada', door: 'telegram', callKey: 'k' }

/** An act that must never be reached: every port throws. */
function viewer(): Parameters<typeof callCapability>[1] {
  const never = new Proxy({}, { get: () => unreachable() })
  return Object.assign(Object.create(never), { caller: { role: 'viewer', name: 'V' } })
}

function unreachable(): never {
  throw new LughError('internal', 'The act was reached.')
}
