import { expect, it } from 'vitest'
import { CheckpointId, ProjectId, type CheckpointKind } from '#core'
import type { Checkpoint } from '#db'
import { DEFAULT_KEEPING, goingNow } from './keeping.ts'

const NOW = new Date('2026-11-21T12:00:00Z')

function made(number: number, kind: CheckpointKind, hoursAgo: number, bytes = 0): Checkpoint {
  const createdAt = new Date(NOW.getTime() - hoursAgo * 3_600_000)
  return {
    id: CheckpointId.parse(`00000000-0000-0000-0000-${String(number).padStart(12, '0')}`),
    number,
    projectId: ProjectId.parse('00000000-0000-0000-0000-000000000000'),
    name: null,
    kind,
    key: String(number),
    state: 'whole',
    failure: null,
    commit: null,
    digest: null,
    manifest: null,
    changed: null,
    bytes,
    tookMs: 0,
    personId: null,
    conversationId: null,
    createdAt,
    madeAt: createdAt,
  }
}

const gone = (all: readonly Checkpoint[], keeping = DEFAULT_KEEPING): [number, string][] =>
  goingNow(all, keeping, NOW).map(({ checkpoint, why }) => [checkpoint.number, why])

it('every kind goes after its own time, and what a person made never', () => {
  const all = [
    made(9, 'merge', 1),
    made(8, 'operation', 25),
    made(7, 'restore', 23),
    made(6, 'nightly', 24 * 8),
    made(5, 'nightly', 24 * 6),
    made(4, 'merge', 24 * 31),
    made(3, 'plan', 24 * 29),
    made(2, 'imported', 24 * 900),
    made(1, 'manual', 24 * 900),
  ]
  expect(gone(all)).toEqual([
    [8, 'time'],
    [6, 'time'],
    [4, 'time'],
  ])
})

it('the newest stays however old it is', () => {
  expect(gone([made(1, 'operation', 9999)])).toEqual([])
})

it('of many before commands the oldest go, and of large ones the oldest that end by themselves', () => {
  const keeping = { ...DEFAULT_KEEPING, operations: 2, bytes: 250 }
  const many = [5, 4, 3, 2].map((number) => made(number, 'operation', 1))
  expect(gone([...many, made(1, 'manual', 1)], keeping)).toEqual([
    [3, 'count'],
    [2, 'count'],
  ])
  const large = [made(4, 'merge', 1, 100), made(3, 'merge', 2, 100), made(2, 'merge', 3, 100), made(1, 'manual', 4, 100)]
  expect(gone(large, keeping)).toEqual([
    [2, 'size'],
    [3, 'size'],
  ])
})
