/** Two hundred wreckages of every kind that was ever seen: the sweep at a start clears or mends them all, and touches nothing that is not Lugh's. */
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fingerprint, git } from '../support/repositories.ts'
import { worktreeName } from '../../src/git/places.ts'
import { openScene, type Scene } from '../../src/git/testing/scene.ts'

const SWEEP_MS = 10_000
/** A lock as old as this has lost its owner. */
const OLD = new Date(Date.now() - 3_600_000)
const LIVE = ['live-1', 'live-2', 'live-3', 'live-4', 'live-5']

function put(path: string, text = ''): void {
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
  utimesSync(path, OLD, OLD)
}

/** Each plants one of its kind; `n` names it. Answers what must be gone afterwards. */
const KINDS: readonly ((scene: Scene, n: number) => string)[] = [
  /** `git worktree add` killed: after it every worktree command of that repository fails. */
  ({ places }, n) => {
    const entry = join(places.workshop, 'worktrees', `torn-${n}`)
    put(join(entry, 'commondir'))
    put(join(entry, 'gitdir'), `/nowhere/${n}/.git\n`)
    return entry
  },
  /** A whole entry of a worktree that is gone. */
  ({ places }, n) => {
    const entry = join(places.workshop, 'worktrees', `gone-${n}`)
    put(join(entry, 'commondir'), '../..\n')
    put(join(entry, 'HEAD'), 'ref: refs/heads/lugh/gone\n')
    put(join(entry, 'gitdir'), `/nowhere/${n}/.git\n`)
    return entry
  },
  /** The record says unfinished, the directory holds half of the files. */
  ({ places, worktree }, n) => {
    const path = worktree(`half-${n}`)
    put(join(path, 'src', 'half.js'), 'half')
    put(
      join(places.worktrees, `${worktreeName(path)}.json`),
      JSON.stringify({ path, branch: `lugh/half-${n}`, base: 'a'.repeat(40), state: 'unfinished' }),
    )
    return path
  },
  ({ places }, n) => lock(join(places.workshop, 'refs', 'heads', 'lugh', `b${n}.lock`)),
  ({ places }, n) => lock(join(places.base, 'refs', 'heads', `b${n}.lock`)),
  ({ places }, n) => lock(join(places.store, 'refs', 'lugh', `s${n}.lock`)),
  ({ places }, n) => lock(join(places.store, 'objects', `tmp_obj_${n}`)),
  ({ places }, n) => lock(join(places.scratch, `index-${n}`)),
  /** The administrative directory was being written aside. */
  ({ places }, n) => {
    put(join(places.workshop, `lugh-new-w${n}`, 'HEAD'), 'ref: refs/heads/x\n')
    return join(places.workshop, `lugh-new-w${n}`)
  },
  /** A live worktree's own locks: no git runs in it at a start. */
  ({ places }, n) => {
    const entries = readdirSync(join(places.workshop, 'worktrees')).filter((name) => name.startsWith('live-'))
    return lock(join(places.workshop, 'worktrees', entries[n % entries.length] ?? '', ['index.lock', 'HEAD.lock'][n % 2] ?? ''))
  },
]
const WRECKAGES = 200

function lock(path: string): string {
  put(path)
  return path
}

test(`${WRECKAGES} wreckages are cleared within 10 s; live worktrees, other projects, foreign folders and the person's repository stay as they are`, async () => {
  await using scene = await openScene({ 'README.md': '# hello\n', 'src/a.js': 'export const a = 1\n' })
  const { repository, theirs, home } = scene
  const neighbour = scene.project('path', theirs)
  for (const one of [repository, neighbour]) await scene.git.addRepository(one)
  const base = await scene.git.fetch(repository, 'main')
  await scene.git.fetch(neighbour, 'main')
  for (const name of LIVE) {
    await scene.git.createWorktree(repository, { path: scene.worktree(name), branch: `lugh/${name}`, base })
    writeFileSync(join(scene.worktree(name), 'work.txt'), `the work of ${name}\n`)
  }
  await scene.git.createWorktree(neighbour, { path: scene.worktree('neighbour'), branch: 'lugh/neighbour', base })
  git(theirs, 'worktree', 'add', '--quiet', join(scene.root, 'linked'))
  writeFileSync(join(theirs, '.git', 'index.lock'), 'the person is at work')
  const foreign = [
    theirs,
    join(scene.root, 'linked'),
    join(home, 'worktrees', 'not-ours'),
    scene.worktree('neighbour'),
    join(home, 'repos', neighbour.projectId),
  ]
  put(join(home, 'worktrees', 'not-ours', 'keep.txt'), 'keep me')
  const before = foreign.map((path) => fingerprint(path))
  const planted = Array.from({ length: WRECKAGES }, (_, n) => KINDS[n % KINDS.length]?.(scene, n) ?? '')

  const began = performance.now()
  const did = await scene.git.sweep(
    repository,
    LIVE.map((name) => scene.worktree(name)),
  )
  const took = performance.now() - began

  expect(planted.filter((path) => existsSync(path))).toEqual([])
  expect(did.length).toBeGreaterThan(WRECKAGES / 2)
  expect(foreign.map((path) => fingerprint(path))).toEqual(before)
  for (const name of LIVE) {
    const path = scene.worktree(name)
    expect(readFileSync(join(path, 'work.txt'), 'utf8')).toBe(`the work of ${name}\n`)
    expect(git(path, 'status', '--porcelain=v1', '--branch')).toBe(`## lugh/${name}\n?? work.txt`)
  }
  git(scene.places.workshop, 'worktree', 'list')
  expect(
    await scene.git.sweep(
      repository,
      LIVE.map((name) => scene.worktree(name)),
    ),
  ).toEqual([])
  expect(took).toBeLessThan(SWEEP_MS)
})
