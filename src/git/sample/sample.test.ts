// oxlint-disable-next-line no-restricted-imports -- runs the sample's tests as its owner would
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createSampleRepository } from './sample.ts'
import { openScene, person } from '../testing/scene.ts'

test('the sample is a repository of one commit whose tests pass and whose bug they do not see', async () => {
  await using scene = await openScene()
  const at = join(scene.root, 'sample')
  await createSampleRepository(scene.sandbox, at)
  expect(person(at, ['log', '--format=%an %s', '--all'])).toBe('Lugh sample A small tea shop')
  expect([person(at, ['branch', '--show-current']), person(at, ['status', '--porcelain', '--ignored'])]).toEqual(['main', ''])
  expect(readFileSync(join(at, '.lugh/config.yaml'), 'utf8')).toContain('test: node --test')
  const env = { PATH: process.env['PATH'] }
  expect(spawnSync(process.execPath, ['--test'], { cwd: at, env }).status).toBe(0)
  const bug = "import('./src/cart.js').then(({ cartTotal }) => console.log(cartTotal({ spoon: 1 })))"
  expect(spawnSync(process.execPath, ['-e', bug], { cwd: at, env, encoding: 'utf8' }).stdout).toBe('1.14\n')
  expect(readdirSync(scene.root).filter((name) => name.startsWith('sample'))).toEqual(['sample'])
})

test('making it again leaves what is there', async () => {
  await using scene = await openScene()
  const at = join(scene.root, 'deep', 'sample')
  await createSampleRepository(scene.sandbox, at)
  writeFileSync(join(at, 'mine'), 'm')
  await createSampleRepository(scene.sandbox, at)
  expect(existsSync(join(at, 'mine'))).toBe(true)
})

test('the same sample has the same commit everywhere', async () => {
  await using scene = await openScene()
  const tips = ['one', 'two'].map((name) => join(scene.root, name))
  for (const at of tips) await createSampleRepository(scene.sandbox, at)
  const [one, two] = tips.map((at) => person(at, ['rev-parse', 'HEAD']))
  expect(one).toBe(two)
})
