import { expect, it } from 'vitest'
import { CheckpointId, ProjectId, RestoreId, TaskId, plain } from '#core'
import type { Restore, RestorePreview } from '#db'
import { previewLines } from './restore-words.ts'

const ID = '00000000-0000-0000-0000-000000000000'
const NOTHING: RestorePreview = { targets: [], tasks: [], younger: 2, notes: [] }

function row(keepWords: boolean): Restore {
  return {
    id: RestoreId.parse(ID),
    checkpointId: CheckpointId.parse(ID),
    projectId: ProjectId.parse(ID),
    taskId: null,
    file: null,
    parts: ['code'],
    how: 'beside',
    keepWords,
    state: 'offered',
    failure: null,
    preview: null,
    digest: null,
    beforeId: null,
    parked: false,
    made: null,
    undoesId: null,
    personId: null,
    door: 'cli',
    conversationId: null,
    decidedAt: null,
    endedAt: null,
  }
}

const lines = (preview: RestorePreview, keepWords = true): string[] =>
  previewLines(row(keepWords), preview).flatMap((line) => (line === false ? [] : [plain(line)]))

it('says what would change, and what stays as it is', () => {
  const task = {
    id: TaskId.parse(ID),
    number: 4,
    title: 'Pay',
    now: 'running',
    was: 'paused',
    files: 1,
    insertions: 2,
    deletions: 0,
    messages: 3,
    working: true,
  } as const
  const preview: RestorePreview = {
    ...NOTHING,
    targets: [{ branch: 'main', tip: 'a', commits: 1, files: 2, insertions: 3, deletions: 4, names: ['a.txt'] }],
    tasks: [
      { ...task, words: 1, names: ['b\u202e.txt'] },
      { ...task, number: 5, words: 2, files: 0, messages: 0, now: 'paused', working: false, reworded: true },
    ],
    notes: ['The target branch is not in it: away.'],
  }
  expect(lines(preview)).toEqual([
    'main: 2 files +3 −4, 1 commit since stays in its history',
    '· a.txt and 1 more',
    'T4 Pay: 1 file +2 −0 · 3 messages since · 1 message of a person stays and is heard again · running, was paused · at work: paused first when it is set back',
    '· b⟦U+202E⟧.txt',
    'T5 Pay: 2 messages of people stay and are heard again · its title, plan or settings differ',
    'Stays as it is: 2 younger tasks, your own folder, and everything ignored or not in git',
    '⚠️ The target branch is not in it: away.',
  ])
  expect(lines(preview, false)[4]).toContain('2 messages of people are not heard again')
})

it('says what becomes of words that the agent has not heard yet', () => {
  const task = { id: TaskId.parse(ID), number: 4, title: 'Pay', now: 'paused', was: 'paused', files: 0, insertions: 0, deletions: 0 } as const
  const said = [{ number: 4, title: 'Pay', words: 1 }]
  expect(lines({ ...NOTHING, said })).toEqual([
    'Nothing differs but what people said since.',
    'T4 Pay: 1 message of a person, not heard yet, stays and is heard',
  ])
  const preview: RestorePreview = {
    ...NOTHING,
    tasks: [
      { ...task, messages: 2, words: 2, unheard: 1, working: false },
      { ...task, messages: 0, words: 2, unheard: 2, working: false },
    ],
  }
  expect(lines(preview).slice(0, 2)).toEqual([
    'T4 Pay: 2 messages since · 2 messages of people, 1 of them not heard yet, stay and are heard again',
    'T4 Pay: 2 messages of people, not heard yet, stay and are heard',
  ])
  expect(lines(preview, false)[1]).toBe('T4 Pay: 2 messages of people, not heard yet, are not heard')
})

it('says so when nothing differs', () => {
  expect(lines(NOTHING)).toEqual(['Nothing differs: all of it is as it was.'])
})
