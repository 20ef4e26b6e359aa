/** What engines of their own say and ask, in Lugh's words: requests are judged by what would happen, never by how they are called. */
import { describe, expect, it } from 'vitest'
import { listenTo, permissionOf, Request, Told } from './acp-words.ts'
import { ClaudeMessage, claudePermission, eventsOf } from './claude-code-words.ts'
import { codexEvents, codexPermission } from './codex-words.ts'

const told = (update: object): ReturnType<ReturnType<typeof listenTo>['hear']> => listenTo().hear(Told.parse({ sessionId: 's', update }).update)
const asked = (toolCall: object): unknown => permissionOf(Request.parse({ toolCall: { toolCallId: '1', ...toolCall }, options: [] }).toolCall)

describe('an ACP agent', () => {
  it('is heard, and what nobody knows is passed over', () => {
    const content = { type: 'text', text: 'née 🧑‍🚀' }
    expect([
      told({ sessionUpdate: 'agent_message_chunk', content }),
      told({ sessionUpdate: 'agent_thought_chunk', content }),
      told({ sessionUpdate: 'agent_message_chunk', content: { type: 'image', data: '' } }),
      told({ sessionUpdate: 'plan', entries: [{ content: 'look', status: 'in_progress', priority: 'high' }] }),
      told({ sessionUpdate: 'usage_update', used: 1 }),
      told({ sessionUpdate: 'of next year' }),
      told({ sessionUpdate: 'plan', entries: 'odd' }),
    ]).toEqual([
      [{ type: 'text', text: 'née 🧑‍🚀' }],
      [{ type: 'thinking', text: 'née 🧑‍🚀' }],
      [{ type: 'text', text: '' }],
      [{ type: 'plan', steps: [{ text: 'look', state: 'doing' }] }],
      [],
      [],
      [],
    ])
  })

  it('tells of a call in pieces, which is one call and one result', () => {
    const listening = listenTo()
    const hear = (update: object): unknown => listening.hear(Told.parse({ sessionId: 's', update: { toolCallId: '1', ...update } }).update)
    expect([
      hear({ sessionUpdate: 'tool_call', title: 'Preparing…', kind: 'execute', status: 'pending', rawInput: {} }),
      hear({ sessionUpdate: 'tool_call_update', title: 'ls\n-l', rawInput: { command: 'ls -l' }, status: 'in_progress' }),
      hear({
        sessionUpdate: 'tool_call_update',
        content: [{ type: 'content', content: { type: 'text', text: 'a\nb' } }, { type: 'terminal' }],
      }),
      hear({ sessionUpdate: 'tool_call_update', status: 'failed' }),
      hear({ sessionUpdate: 'tool_call_update', status: 'completed' }),
    ]).toEqual([
      [],
      [{ type: 'tool_call', id: '1', tool: 'execute', line: 'ls -l', input: { command: 'ls -l' } }],
      [],
      [{ type: 'tool_result', id: '1', output: 'a\nb', isError: true }],
      [],
    ])
    expect(
      listening.hear(Told.parse({ sessionId: 's', update: { sessionUpdate: 'tool_call', toolCallId: '2', status: 'completed' } }).update),
    ).toEqual([
      { type: 'tool_call', id: '2', tool: 'other', line: 'a step', input: {} },
      { type: 'tool_result', id: '2', output: '', isError: false },
    ])
  })

  it('asks about the command it names, and about nothing it does not', () => {
    expect([
      asked({ kind: 'execute', title: 'harmless', rawInput: { command: 'rm -rf x', description: 'to tidy' } }),
      asked({ kind: 'execute', title: 'words', rawInput: { command: ['sh', '-c', "it's"] } }),
      asked({ kind: 'execute', title: 'npm test' }),
      asked({ kind: 'of next year', title: 'odd' }),
      asked({ title: 'nothing said' }),
      asked({ kind: 'fetch', title: 'https://x' }),
      asked({ kind: 'delete', title: 'rm a' }),
      asked({ kind: 'search', title: 'grep' }),
    ]).toEqual([
      { kind: 'command', line: 'harmless', command: 'rm -rf x', why: 'to tidy' },
      { kind: 'command', line: 'words', command: `sh -c 'it'\\''s'`, why: '' },
      { kind: 'other', line: 'npm test' },
      { kind: 'other', line: 'odd' },
      { kind: 'other', line: 'nothing said' },
      { kind: 'other', line: 'https://x' },
      { kind: 'edit', line: 'rm a' },
      { kind: 'read', line: 'grep' },
    ])
  })
})

describe('Claude Code', () => {
  const events = (raw: unknown): unknown => {
    const message = ClaudeMessage.parse(raw)
    return message === undefined ? undefined : eventsOf(message)
  }

  it('is heard, and what nobody knows is passed over', () => {
    const todos = [{ content: 'look', status: 'completed', activeForm: 'Looking' }]
    const content = [
      { type: 'text', text: 'Now' },
      { type: 'thinking', thinking: 'hm', signature: '' },
      { type: 'of next year' },
      { type: 'tool_use', id: 't', name: 'TodoWrite', input: { todos } },
    ]
    expect([
      events({ type: 'system', subtype: 'init', session_id: 's-1', tools: [] }),
      events({ type: 'assistant', message: { content }, parent_tool_use_id: null }),
      events({
        type: 'user',
        message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: [{ type: 'text', text: 'ok' }] }] },
      }),
      events({ type: 'user', message: { role: 'user', content: 'words of a person' } }),
      events({ type: 'result', is_error: false, result: 'Done', usage: { input_tokens: 3, output_tokens: 4, cache_read_input_tokens: 5 } }),
      events({ type: 'system', subtype: 'status' }),
      events({ type: 'of next year' }),
    ]).toEqual([
      [{ type: 'session', id: 's-1' }],
      [
        { type: 'text', text: 'Now' },
        { type: 'thinking', text: 'hm' },
        { type: 'tool_call', id: 't', tool: 'TodoWrite', line: 'TodoWrite', input: { todos } },
        { type: 'plan', steps: [{ text: 'look', state: 'done' }] },
      ],
      [{ type: 'tool_result', id: 't', output: 'ok', isError: false }],
      [],
      [{ type: 'usage', usage: { input: 3, output: 4, cacheRead: 5, cacheWrite: 0 } }],
      undefined,
      undefined,
    ])
  })

  it('asks about commands as they are, and about tools nobody knows', () => {
    expect([
      claudePermission('Bash', { command: 'npm test', description: 'Run the tests' }),
      claudePermission('Bash', { odd: true }),
      claudePermission('Write', { file_path: '/w/a' }),
      claudePermission('Grep', { pattern: 'x' }),
      claudePermission('mcp__other__send', {}),
    ]).toEqual([
      { kind: 'command', line: 'Bash npm test', command: 'npm test', why: 'Run the tests' },
      { kind: 'other', line: 'Bash' },
      { kind: 'edit', line: 'Write /w/a' },
      { kind: 'read', line: 'Grep x' },
      { kind: 'other', line: 'mcp__other__send' },
    ])
  })
})

describe('Codex', () => {
  it('is heard, and what nobody knows is passed over', () => {
    const item = { type: 'commandExecution', id: '1', command: `/bin/bash -lc 'npm test'`, status: 'failed', aggregatedOutput: 'no', exitCode: 1 }
    expect([
      codexEvents('item/started', { item }),
      codexEvents('item/completed', { item }),
      codexEvents('item/completed', { item: { type: 'agentMessage', id: '2', text: 'Done 🧑‍🚀' } }),
      codexEvents('item/started', { item: { type: 'fileChange', id: '3', status: 'inProgress', changes: [{ path: 'a' }, { path: 'b' }] } }),
      codexEvents('turn/plan/updated', { plan: [{ step: 'look', status: 'inProgress' }] }),
      codexEvents('item/completed', { item: { type: 'of next year' } }),
      codexEvents('of/next/year', null),
    ]).toEqual([
      [{ type: 'tool_call', id: '1', tool: 'command', line: 'npm test', input: { command: 'npm test' } }],
      [{ type: 'tool_result', id: '1', output: 'no', isError: true }],
      [{ type: 'text', text: 'Done 🧑‍🚀' }],
      [{ type: 'tool_call', id: '3', tool: 'edit', line: 'edit a, b', input: { paths: ['a', 'b'] } }],
      [{ type: 'plan', steps: [{ text: 'look', state: 'doing' }] }],
      [],
      [],
    ])
  })

  it('asks about the line inside its shell, and never gets more room', () => {
    const request = (command: string | null): unknown => codexPermission('item/commandExecution/requestApproval', { command, reason: 'to see' })
    expect([
      request(`/bin/bash -lc 'rm -rf x'`),
      request('rm -rf x'),
      request(`evil -lc 'ls'`),
      request(`bash -lc ls -- x`),
      request(null),
      codexPermission('item/fileChange/requestApproval', {}),
      codexPermission('item/permissions/requestApproval', {}),
    ]).toEqual([
      { kind: 'command', line: 'rm -rf x', command: 'rm -rf x', why: 'to see' },
      { kind: 'command', line: 'rm -rf x', command: 'rm -rf x', why: 'to see' },
      { kind: 'command', line: `evil -lc 'ls'`, command: `evil -lc 'ls'`, why: 'to see' },
      { kind: 'command', line: 'bash -lc ls -- x', command: 'bash -lc ls -- x', why: 'to see' },
      { kind: 'other', line: 'to see' },
      { kind: 'edit', line: 'edit files' },
      undefined,
    ])
  })
})
