/** Compares what the fakes saw with what is in git, after the fact: every merge a card speaks of is one commit, and every commit has its card. */
import { expect } from 'vitest'
import { git } from './repositories.ts'
import type { System } from './system.ts'

export type Landed = Readonly<{ commit: string; task: number; title: string; kind: 'merge' | 'undo' | 'redo' }>

const KINDS = { Undo: 'undo', Redo: 'redo' } as const

/** Commits of Lugh on a branch, the oldest first, as their subjects name them. Everything without a task's number is the person's. */
export function landings(path: string, branch = 'main'): Landed[] {
  const lines = git(path, 'log', '--reverse', '--first-parent', '--format=%H %s', branch).split('\n')
  return lines.flatMap((line) => {
    const [, commit, verb, title, task] = /^(\S+) (?:(Undo|Redo): )?(.*) \(T(\d+)\)$/.exec(line) ?? []
    if (commit === undefined || title === undefined || task === undefined) return []
    return [{ commit, task: Number(task), title, kind: verb === 'Undo' || verb === 'Redo' ? KINDS[verb] : 'merge' }]
  })
}

/**
 * The history of a system whose tasks are settled: merges are neither lost nor doubled, each stands on a card of its own with the name of
 * its commit, and each was asked of the model and shown to a person before. Answers the landings.
 */
export function checkHistory(system: System, path: string, branch = 'main'): Landed[] {
  const landed = landings(path, branch)
  const merges = landed.filter(({ kind }) => kind === 'merge')
  const numbers = merges.map(({ task }) => task)
  expect(
    numbers.toSorted((a, b) => a - b),
    'no task landed twice',
  ).toEqual([...new Set(numbers)].toSorted((a, b) => a - b))
  const messages = system.world.persons().flatMap(({ id }) => system.world.messages(id))
  const cards = messages.flatMap(({ text }) => {
    const task = /^✅ Merged · [^\n]* · T(\d+)/.exec(text)?.[1]
    return task === undefined ? [] : [{ task: Number(task), commit: /\b[0-9a-f]{10}\b/.exec(text)?.[0] ?? '' }]
  })
  const newest = new Map(landed.map(({ task, commit }) => [task, commit.slice(0, 10)]))
  expect(
    cards.toSorted((a, b) => a.task - b.task),
    'each merge has one card, which names its newest commit',
  ).toEqual([...newest].map(([task, commit]) => ({ task, commit })).toSorted((a, b) => a.task - b.task))
  const wishes = new Set(system.model.requests.map(({ conversation }) => conversation?.wish.split('\n')[0]))
  for (const { title } of merges) expect(wishes, 'the model was asked').toContain(title)
  return landed
}
