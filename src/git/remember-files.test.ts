import { ObjectName, ProjectId } from '#core'
import { expect, test } from 'vitest'
import type { Repository } from './port.ts'
import { rememberFiles } from './remember-files.ts'

const repository: Repository = { projectId: ProjectId.parse('7d4a4a6e-0d3b-4f0a-9a53-0f2d0a1b2c3d'), kind: 'path', location: '/srv/shop' }
const commit = (n: number): ObjectName => ObjectName.parse(n.toString(16).padStart(40, '0'))

function reader(text: (path: string) => string | undefined) {
  const asked: string[] = []
  const read = rememberFiles(async (_, name, path) => {
    asked.push(`${Number.parseInt(name, 16)}:${path}`)
    return text(path)
  })
  return { asked, read: (n: number, path: string) => read(repository, commit(n), path, 100_000) }
}

test('a file of a commit is read once, an absent one too, and another commit is another file', async () => {
  const { asked, read } = reader((path) => (path === 'here' ? 'text' : undefined))
  const answers = [await read(1, 'here'), await read(1, 'here'), await read(1, 'away'), await read(1, 'away'), await read(2, 'here')]
  expect({ answers, asked }).toEqual({ answers: ['text', 'text', undefined, undefined, 'text'], asked: ['1:here', '1:away', '2:here'] })
})

test('what was not asked for in a long while is read again, and what is large always', async () => {
  const { asked, read } = reader((path) => (path === 'large' ? 'x'.repeat(70_000) : path))
  for (let n = 0; n <= 64; n += 1) await read(n, 'a')
  await read(64, 'a')
  await read(0, 'a')
  await read(1, 'large')
  await read(1, 'large')
  expect(asked.slice(65)).toEqual(['0:a', '1:large', '1:large'])
})

test('an error is not remembered', async () => {
  let tries = 0
  const read = rememberFiles(async () => {
    tries += 1
    if (tries === 1) throw new Error('git failed')
    return 'text'
  })
  await expect(read(repository, commit(1), 'a', 1000)).rejects.toThrow('git failed')
  expect(await read(repository, commit(1), 'a', 1000)).toBe('text')
})
