import { chownSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { commitAll, fingerprint, openScene, person, tip, treeFiles, write } from './testing/scene.ts'
import type { Scene } from './testing/scene.ts'
import type { Repository } from './port.ts'

const AUTHOR = { name: 'Mia', email: 'mia@example.org' }

/** From fetch to landing, on whatever kind of repository; answers the outcome. */
async function travel(scene: Scene, repository: Repository): Promise<{ outcome: string; how?: string; say: string; commit: string }> {
  const { git } = scene
  const { defaultBranch } = await git.addRepository(repository)
  const base = await git.fetch(repository, defaultBranch)
  const worktree = { path: scene.worktree('road'), branch: 'lugh/road', base }
  await git.createWorktree(repository, worktree)
  expect(person(worktree.path, ['log', '--format=%H', '-1'])).toBe(base)
  write(worktree.path, { 'README.md': '# changed\n' })
  const tree = await git.snapshot(repository, worktree.path, base)
  const { files, problems } = await git.diff(repository, await git.treeOf(repository, base), tree)
  expect([files.map(({ path }) => path), problems]).toEqual([['README.md'], []])
  const plan = await git.planLanding(repository, defaultBranch, { fastForward: true, branch: worktree.branch })
  const commit = await git.commit(repository, { tree, parent: base, message: 'Change\n', author: AUTHOR, date: 1_700_000_000 })
  const outcome = await git.land(repository, { targetBranch: defaultBranch, old: base, commit, plan, message: 'lugh: land' })
  await git.removeWorktree(repository, worktree)
  return { outcome: outcome.outcome, how: plan.how, say: plan.say, commit }
}

test('looking, fetching, working and planning leave the person’s repository byte for byte as it was', async () => {
  await using scene = await openScene()
  const { git, repository, theirs } = scene
  write(theirs, { dirty: 'uncommitted\n', 'src/a.js': 'changed\n' })
  person(theirs, ['stash', '-u'])
  person(theirs, ['config', 'core.hooksPath', '.hooks'])
  write(theirs, { untracked: 'u\n', 'README.md': 'dirty\n' })
  person(theirs, ['branch', 'other'])
  person(theirs, ['worktree', 'add', '-q', join(scene.root, 'linked'), 'other'])
  const before = fingerprint(scene.root, ['home'])
  await git.addRepository(repository)
  const base = await git.fetch(repository, 'main')
  await git.createWorktree(repository, { path: scene.worktree('t1'), branch: 'lugh/t1', base })
  write(scene.worktree('t1'), { new: 'n\n' })
  const tree = await git.snapshot(repository, scene.worktree('t1'), base)
  await git.diff(repository, await git.treeOf(repository, base), tree)
  await git.author(repository)
  for (const branch of ['main', 'other', 'none']) await git.planLanding(repository, branch, { fastForward: true, branch: 'lugh/t1' })
  await git.sweep(repository, [])
  expect(fingerprint(scene.root, ['home'])).toEqual(before)
})

test('only the target branch is fetched: other branches, tags and stashes stay with the person', async () => {
  await using scene = await openScene()
  person(scene.theirs, ['tag', 'v1'])
  person(scene.theirs, ['checkout', '-qb', 'secret'])
  const secret = commitAll(scene.theirs, 'secret', { secret: 's\n' })
  person(scene.theirs, ['checkout', '-q', 'main'])
  await scene.git.addRepository(scene.repository)
  await scene.git.fetch(scene.repository, 'main')
  expect(person(scene.places.base, ['--git-dir=.', 'for-each-ref', '--format=%(refname)'])).toBe('refs/heads/main')
  expect(() => person(scene.places.base, ['--git-dir=.', 'cat-file', '-e', secret])).toThrow('Command failed')
})

test('a rewritten branch is fetched as it is now', async () => {
  await using scene = await openScene()
  await scene.git.addRepository(scene.repository)
  await scene.git.fetch(scene.repository, 'main')
  person(scene.theirs, ['commit', '-q', '--amend', '-m', 'rewritten'])
  expect(await scene.git.fetch(scene.repository, 'main')).toBe(tip(scene.theirs, 'main'))
})

test('an empty repository is told from one with commits, and fetching says what to do', async () => {
  await using scene = await openScene({})
  expect(await scene.git.addRepository(scene.repository)).toEqual({ defaultBranch: 'main', empty: true })
  await expect(scene.git.fetch(scene.repository, 'main')).rejects.toMatchObject({
    code: 'git.no-commits',
    say: expect.stringContaining('git commit --allow-empty'),
  })
  commitAll(scene.theirs, 'first', { a: 'a\n' })
  expect(await scene.git.fetch(scene.repository, 'main')).toBe(tip(scene.theirs, 'main'))
  await expect(scene.git.fetch(scene.repository, 'gone')).rejects.toMatchObject({
    code: 'git.no-commits',
    say: expect.stringContaining('no branch gone'),
  })
})

test('a bare repository: landing moves the branch', async () => {
  await using scene = await openScene()
  const bare = join(scene.root, 'bare.git')
  person(scene.theirs, ['clone', '-q', '--bare', scene.theirs, bare])
  const { commit, ...rest } = await travel(scene, scene.project('path', bare))
  expect(rest).toEqual({ outcome: 'landed', how: 'ref', say: `Merge moves main in ${bare}; it is checked out nowhere.` })
  expect(person(bare, ['--git-dir=.', 'rev-parse', 'main'])).toBe(commit)
})

test('a linked worktree as the location: its branch is the default, its checkout is moved, the main one stays', async () => {
  await using scene = await openScene()
  const linked = join(scene.root, 'linked')
  person(scene.theirs, ['worktree', 'add', '-q', '-b', 'side', linked])
  const main = tip(scene.theirs, 'main')
  expect(await travel(scene, scene.project('path', linked))).toMatchObject({ outcome: 'landed', how: 'checkout', commit: expect.stringMatching(/^/) })
  expect([tip(scene.theirs, 'main'), person(linked, ['status', '--porcelain']), person(linked, ['log', '-1', '--format=%s'])]).toEqual([
    main,
    '',
    'Change',
  ])
})

test('a shallow clone works and lands', async () => {
  await using scene = await openScene()
  for (let i = 0; i < 4; i++) commitAll(scene.theirs, `c${i}`, { a: `${i}\n` })
  const shallow = join(scene.root, 'shallow')
  person(scene.theirs, ['clone', '-q', '--depth', '2', `file://${scene.theirs}`, shallow])
  const before = fingerprint(join(shallow, '.git', 'shallow', '..'), ['objects', 'logs', 'refs', 'index', 'ORIG_HEAD'])
  expect(await travel(scene, scene.project('path', shallow))).toMatchObject({ outcome: 'landed', how: 'checkout' })
  expect(person(shallow, ['status', '--porcelain'])).toBe('')
  expect(person(shallow, ['log', '--format=%s'])).toBe('Change\nc3\nc2')
  expect(fingerprint(join(shallow, '.git'), ['objects', 'logs', 'refs', 'index', 'ORIG_HEAD'])).toEqual(before)
  person(shallow, ['fsck'])
})

test('a repository whose objects are named by SHA-256 works and lands', async () => {
  await using scene = await openScene({ 'README.md': 'r\n' }, 'sha256')
  const { commit, outcome } = await travel(scene, scene.repository)
  expect([outcome, commit.length]).toEqual(['landed', 64])
})

test('an empty project that turns out to use SHA-256 is made anew', async () => {
  await using scene = await openScene({})
  await scene.git.addRepository(scene.repository)
  rmSync(scene.theirs, { recursive: true })
  await using other = await openScene({ 'README.md': 'r\n' }, 'sha256')
  const moved = { ...scene.repository, location: other.theirs }
  expect(await scene.git.fetch(moved, 'main')).toBe(tip(other.theirs, 'main'))
})

test.skipIf(process.getuid?.() !== 0)('a repository owned by another user is read and landed in', async () => {
  await using scene = await openScene()
  const own = (path: string): void => {
    chownSync(path, 4242, 4242)
    for (const name of readdirSync(path, { recursive: true, encoding: 'utf8' })) chownSync(join(path, name), 4242, 4242)
  }
  own(scene.theirs)
  expect(await travel(scene, scene.repository)).toMatchObject({ outcome: 'landed', how: 'checkout' })
})

test('by URL: the default branch of the server, and a push that lands', async () => {
  await using scene = await openScene()
  const bare = join(scene.root, 'bare.git')
  person(scene.theirs, ['branch', '-m', 'trunk'])
  person(scene.theirs, ['clone', '-q', '--bare', scene.theirs, bare])
  const repository = scene.project('url', `file://${bare}`)
  expect(await scene.git.addRepository(repository)).toEqual({ defaultBranch: 'trunk', empty: false })
  const { commit, ...rest } = await travel(scene, repository)
  expect(rest).toEqual({ outcome: 'landed', how: 'push', say: `Merge pushes to trunk of file://${bare}.` })
  expect(person(bare, ['--git-dir=.', 'rev-parse', 'trunk'])).toBe(commit)
})

test('what is no repository is refused with the way out', async () => {
  await using scene = await openScene()
  const plain = join(scene.root, 'plain')
  write(plain, { a: 'a\n' })
  const say = async (kind: Repository['kind'], location: string): Promise<unknown> =>
    scene.git
      .addRepository(scene.project(kind, location))
      .catch((error: unknown) => (error instanceof Error && 'say' in error && 'code' in error ? [error.code, error.say] : error))
  expect(await say('path', join(scene.root, 'absent'))).toEqual([
    'git.not-a-repository',
    `${join(scene.root, 'absent')} is not a git repository: there is no such folder on this machine.`,
  ])
  expect(await say('path', plain)).toEqual([
    'git.not-a-repository',
    `${plain} is not a git repository: run "git init" there, or name the top folder of a repository.`,
  ])
  expect(await say('path', join(scene.theirs, 'src'))).toMatchObject(['git.not-a-repository', expect.stringContaining('top folder')])
  expect(await say('path', join(scene.theirs, '.git'))).toMatchObject(['git.not-a-repository', expect.stringContaining('the folder above it')])
  expect(await say('path', 'relative')).toMatchObject(['git.not-a-repository', expect.stringContaining('whole path')])
  for (const url of ['ext::sh -c "touch /tmp/x"', '--upload-pack=touch', 'fd::17', 'file:///nowhere/at/all'])
    expect(await say('url', url)).toMatchObject(['git.not-a-repository', expect.anything()])
})

test('a server that cannot be reached is asked again later, and no password is in the error', async () => {
  await using scene = await openScene()
  const error: unknown = await scene.git.addRepository(scene.project('url', 'http://mia:hunter2@127.0.0.1:9/x.git')).catch((error: unknown) => error)
  expect(error).toMatchObject({
    code: 'git.unreachable',
    retryable: true,
    say: 'http://127.0.0.1:9/x.git could not be reached. Try again in a moment.',
  })
  expect(error instanceof Error ? `${error.message}${String(error.cause)}` : '').not.toContain('hunter2')
})

test('the author is the person’s own, or nobody', async () => {
  await using scene = await openScene()
  await scene.git.addRepository(scene.repository)
  expect(await scene.git.author(scene.repository)).toEqual(AUTHOR)
  person(scene.theirs, ['config', 'user.email', 'work@example.org'])
  expect(await scene.git.author(scene.repository)).toEqual({ ...AUTHOR, email: 'work@example.org' })
  writeFileSync(join(scene.personHome, '.gitconfig'), '')
  expect(await scene.git.author(scene.project('url', 'https://example.org/x.git'))).toBeUndefined()
})

test('a file of a commit is read as text; folders, links, large and absent ones are not', async () => {
  await using scene = await openScene({ 'd/a.txt': 'grüß\n', link: { link: 'd/a.txt' }, big: 'x'.repeat(101) })
  await scene.git.addRepository(scene.repository)
  const commit = await scene.git.fetch(scene.repository, 'main')
  const read = (path: string): Promise<string | undefined> => scene.git.readFile(scene.repository, commit, path, 100)
  expect(await Promise.all(['d/a.txt', 'd', 'd/', 'link', 'big', 'none', '../x', '/etc/passwd', 'd/*'].map(read))).toEqual([
    'grüß\n',
    ...Array.from({ length: 8 }),
  ])
})

test('the version is new enough here, and an older one is refused in words', async () => {
  await using scene = await openScene()
  expect(await scene.git.version()).toMatch(/^2\.\d+/)
  expect(treeFiles(join(scene.theirs, '.git'), 'main')).not.toEqual({})
})
