import { expect, it } from 'vitest'
import { openScene } from './testing/scene.ts'

it('hands out a file of a branch or a tree byte for byte, and nothing that only looks like one', async () => {
  await using scene = await openScene({
    'src/total.js': 'one\r\ntwo',
    'lib/total.js': 'other',
    'only/Here.js': 'here',
    'bin.dat': Buffer.from([0, 255]),
    'link.js': { link: '/etc/passwd' },
    'folder-link': { link: 'src' },
    'ä ö.txt': 'ü',
  })
  const { git, repository } = scene
  expect(await git.fileAt(repository, { branch: 'main' }, 'src/total.js', 100)).toEqual({ kind: 'unknown' })
  await git.addRepository(repository)
  const tip = await git.fetch(repository, 'main')
  const tree = await git.treeOf(repository, tip)
  const of = async (path: string): Promise<unknown> => {
    const found = await git.fileAt(repository, { tree }, path, 9)
    expect(await git.fileAt(repository, { branch: 'main' }, path, 9)).toEqual(found)
    return found.kind === 'file' ? Buffer.from(found.bytes).toString('latin1') : found
  }
  expect({
    text: await of('src/total.js'),
    bytes: await of('bin.dat'),
    odd: await of('ä ö.txt'),
    link: await of('link.js'),
    through: await of('folder-link/total.js'),
    folder: await of('src'),
    two: await of('total.js'),
    one: await of('here.js'),
    none: await of('nothing.js'),
    glob: await of('src/*.js'),
  }).toEqual({
    text: 'one\r\ntwo',
    bytes: '\u0000\u00ff',
    odd: 'Ã¼',
    link: { kind: 'link' },
    through: { kind: 'missing', near: [] },
    folder: { kind: 'folder' },
    two: { kind: 'missing', near: ['lib/total.js', 'src/total.js'] },
    one: { kind: 'missing', near: ['only/Here.js'] },
    none: { kind: 'missing', near: [] },
    glob: { kind: 'missing', near: [] },
  })
  expect(await git.fileAt(repository, { tree }, 'src/total.js', 3)).toEqual({ kind: 'large', bytes: 8 })
  for (const path of ['../x', '/etc/passwd', 'src/../../x', 'src//total.js', 'a\0b'])
    await expect(git.fileAt(repository, { tree }, path, 9)).rejects.toThrow('is no path in the project')
})
