import { expect, test } from 'vitest'
import { randomIds, sleep, TaskId } from '#core'
import { createWalks } from './walks.ts'

const task = TaskId.parse(randomIds.uuid())

/** Walks until stopped, then takes a moment to put things down, as an engine does. */
function slowWalk(story: string[], name: string): (signal: AbortSignal) => Promise<void> {
  return async (signal) => {
    story.push(`${name} begins`)
    await sleep(60_000, signal).catch(() => undefined)
    await sleep(50)
    story.push(`${name} ends`)
  }
}

test('a task claimed again while it is walked is walked once at a time, by the last claim', async () => {
  const story: string[] = []
  const walks = createWalks(() => undefined)
  walks.begin(task, 1, slowWalk(story, 'first'))
  await sleep(10)
  const [first] = walks.active.values()
  walks.begin(task, 2, slowWalk(story, 'second'))
  await first?.done
  await sleep(10)
  expect(story).toEqual(['first begins', 'first ends', 'second begins'])
  expect(walks.active.get(task)?.fence).toBe(2)
  walks.active.get(task)?.abort.abort()
  await walks.active.get(task)?.done
  expect(walks.active.size).toBe(0)
})

test('a claim that is lost before its turn came is not walked at all', async () => {
  const story: string[] = []
  const walks = createWalks(() => undefined)
  walks.begin(task, 1, slowWalk(story, 'first'))
  walks.begin(task, 2, slowWalk(story, 'second'))
  const second = walks.active.get(task)
  second?.abort.abort()
  await second?.done
  expect(story.filter((line) => line.startsWith('second'))).toEqual([])
  expect(walks.active.size).toBe(0)
})
