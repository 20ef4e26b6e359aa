/** The person's repository: what a merge may touch in it is what its card named, and everything else stays to the byte. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Message } from '#simulator'
import { addProject, becomes, merge, reviewOf, sees, tap, wish } from '../support/desk.ts'
import { calls, play, says, writes } from '../support/plays.ts'
import {
  clutter,
  commitFiles,
  differences,
  fileAt,
  fileUrl,
  fingerprint,
  git,
  hooksRun,
  lostObjects,
  makeBare,
  makeRepository,
  subjects,
  tip,
  writeFiles,
  type Fingerprint,
} from '../support/repositories.ts'
import { describeSideBySide, withSystem, type System } from '../support/system.ts'

const TOTAL = 'export const total = (a, b) => Math.round(a + b)\n'
const ROAD = play('Round the total', calls(writes('src/total.js', TOTAL), writes('new/file.txt', 'new\n')), says('Rounded.'))
const SUBJECT = 'Round the total (T1)'
const BRANCH = 'lugh/t1-round-the-total'
/** A task that lands by moving a checkout moves its files and git's own record of that, nothing else. */
const CHECKOUT_MOVES = ['.git/index', '.git/logs/HEAD', '.git/logs/refs/heads/main', '.git/refs/heads/main', 'new/file.txt', 'src/total.js']

/** Adds the repository, brings the task to its review, and shows that so far nothing at all was touched. */
async function upToReview(system: System, place: string, watched: string, target?: string): Promise<{ review: Message; before: Fingerprint }> {
  const you = system.person()
  const before = fingerprint(watched)
  expect((await addProject(you, place)).text).toContain('is ready')
  if (target !== undefined) {
    you.say(`/project set target ${target}`)
    await sees(you, 'target is now')
  }
  const review = await reviewOf(you, await wish(you, 'Round the total'))
  expect(differences(before, fingerprint(watched))).toEqual([])
  return { review, before }
}

function expectOnly(before: Fingerprint, path: string, changed: readonly string[]): void {
  const after = fingerprint(path)
  expect(differences(before, after)).toEqual(changed.toSorted())
  expect(lostObjects(before, after)).toEqual([])
}

describeSideBySide('where a merge lands', (store) => {
  const road = (body: (system: System) => Promise<void>): Promise<void> => withSystem({ store, scripts: [ROAD] }, body)

  test('checked out and clean: the branch and its files move together, hooks, stash, settings and other files stay', () =>
    road(async (system) => {
      const path = makeRepository(join(system.at.root, 'shop'))
      clutter(path)
      const { review, before } = await upToReview(system, path, path)
      expect(review.text).toMatch(/Lands: .*main.*\(clean/)
      const merged = await merge(system.person(), { number: 1 })
      expect(merged.text).toContain(tip(path, 'main').slice(0, 10))
      expect(subjects(path)).toEqual([SUBJECT, 'Begin'])
      expect(git(path, 'status', '--porcelain')).toBe('?? notes.txt')
      expect(readFileSync(join(path, 'src/total.js'), 'utf8')).toBe(TOTAL)
      expect(git(path, 'stash', 'list')).toContain('an idea')
      expect(hooksRun(path)).toEqual([])
      expectOnly(before, path, CHECKOUT_MOVES)
      await system.tidy()
    }))

  test('checked out and dirty: the result stays as the branch the card names, and the work in progress is untouched', () =>
    road(async (system) => {
      const path = makeRepository(join(system.at.root, 'shop'))
      clutter(path)
      writeFiles(path, { 'src/total.js': 'half a thought', 'staged.txt': 'staged\n' })
      git(path, 'add', 'staged.txt')
      const { review, before } = await upToReview(system, path, path)
      expect(review.text).toContain(`The result stays as branch ${BRANCH}`)
      expect(review.text).toContain('uncommitted changes')
      const kept = await merge(system.person(), { number: 1 })
      expect(kept.text).toMatch(/^🌿 Kept as a branch/)
      expect(kept.text).toContain(BRANCH)
      expect(subjects(path, BRANCH)).toEqual([SUBJECT, 'Begin'])
      expect(subjects(path)).toEqual(['Begin'])
      expectOnly(before, path, [`.git/refs/heads/${BRANCH}`, `.git/logs/refs/heads/${BRANCH}`])
      await system.tidy()
    }))

  test('clean when shown, dirty when tapped: the tap lands nothing and the card is drawn anew', () =>
    road(async (system) => {
      const path = makeRepository(join(system.at.root, 'shop'))
      const { review } = await upToReview(system, path, path)
      writeFiles(path, { 'README.md': 'being edited' })
      const before = fingerprint(path)
      const you = system.person()
      const since = you.mark()
      await tap(you, review, '✅ Merge')
      const second = await reviewOf(you, { number: 1 }, since)
      expect(second.text).toContain(`The result stays as branch ${BRANCH}`)
      expectOnly(before, path, [])
      expect((await merge(you, { number: 1 })).text).toMatch(/^🌿 Kept as a branch/)
      expectOnly(before, path, [`.git/refs/heads/${BRANCH}`, `.git/logs/refs/heads/${BRANCH}`])
      await system.tidy()
    }))

  test('another branch is checked out: only the ref moves, by compare-and-set, and no file of the checkout', () =>
    road(async (system) => {
      const path = makeRepository(join(system.at.root, 'shop'))
      clutter(path)
      git(path, 'checkout', '--quiet', 'side')
      writeFiles(path, { 'README.md': 'edited on the side' })
      for (const hook of hooksRun(path)) git(path, 'clean', '--quiet', '--force', '--', hook)
      const { review, before } = await upToReview(system, path, path, 'main')
      expect(review.text).toContain('Merge moves main')
      expect((await merge(system.person(), { number: 1 })).text).toMatch(/^✅ Merged/)
      expect(subjects(path)).toEqual([SUBJECT, 'Begin'])
      expect(git(path, 'symbolic-ref', 'HEAD')).toBe('refs/heads/side')
      expectOnly(before, path, ['.git/refs/heads/main', '.git/logs/refs/heads/main'])
      await system.tidy()
    }))

  test('checked out in a linked worktree: that clean checkout moves, the main one stays', () =>
    road(async (system) => {
      const path = makeRepository(join(system.at.root, 'shop'))
      git(path, 'branch', 'side')
      git(path, 'checkout', '--quiet', 'side')
      const linked = join(system.at.root, 'linked')
      git(path, 'worktree', 'add', '--quiet', linked, 'main')
      const { review, before } = await upToReview(system, path, path, 'main')
      expect(review.text).toContain(linked)
      expect((await merge(system.person(), { number: 1 })).text).toMatch(/^✅ Merged/)
      expect(readFileSync(join(linked, 'src/total.js'), 'utf8')).toBe(TOTAL)
      expect(git(linked, 'status', '--porcelain')).toBe('')
      expect(readFileSync(join(path, 'src/total.js'), 'utf8')).not.toBe(TOTAL)
      const linkedMoves = ['index', 'logs/HEAD'].map((file) => `.git/worktrees/linked/${file}`)
      expectOnly(before, path, ['.git/refs/heads/main', '.git/logs/refs/heads/main', ...linkedMoves])
      await system.tidy()
    }))

  test('diverged: history rewritten after the card lands nothing over it; the change is merged onto what is there now', () =>
    road(async (system) => {
      const path = makeRepository(join(system.at.root, 'shop'))
      commitFiles(path, { 'second.txt': '2\n' }, 'Second')
      const { review } = await upToReview(system, path, path)
      git(path, 'commit', '--quiet', '--amend', '-m', 'Second, rewritten')
      const rewritten = tip(path, 'main')
      const you = system.person()
      const since = you.mark()
      await tap(you, review, '✅ Merge')
      await reviewOf(you, { number: 1 }, since)
      expect(tip(path, 'main')).toBe(rewritten)
      await merge(you, { number: 1 })
      expect(subjects(path)).toEqual([SUBJECT, 'Second, rewritten', 'Begin'])
      await system.tidy()
    }))

  test('bare: the ref moves', () =>
    road(async (system) => {
      const bare = makeBare(join(system.at.root, 'shop.git'), makeRepository(join(system.at.root, 'origin')))
      const { before } = await upToReview(system, bare, bare)
      expect((await merge(system.person(), { number: 1 })).text).toMatch(/^✅ Merged/)
      expect(subjects(bare)).toEqual([SUBJECT, 'Begin'])
      const after = differences(before, fingerprint(bare))
      expect(after.filter((file) => !/^(?:refs\/heads\/main|logs\/refs\/heads\/main|packed-refs)$/.test(file))).toEqual([])
      expect(lostObjects(before, fingerprint(bare))).toEqual([])
      await system.tidy()
    }))

  test('by URL: the commit is pushed to the target', () =>
    road(async (system) => {
      const origin = makeRepository(join(system.at.root, 'origin'))
      const bare = makeBare(join(system.at.root, 'shop.git'), origin)
      const beforeOrigin = fingerprint(origin)
      const { review } = await upToReview(system, fileUrl(bare), bare)
      expect(review.text).toContain('pushes to main')
      expect((await merge(system.person(), { number: 1 })).text).toMatch(/^✅ Merged/)
      expect(subjects(bare)).toEqual([SUBJECT, 'Begin'])
      expectOnly(beforeOrigin, origin, [])
      await system.tidy()
    }))

  test('by URL, refused by the server: the result is pushed as a branch, and the card says so', () =>
    road(async (system) => {
      const path = makeRepository(join(system.at.root, 'shop'))
      const { before } = await upToReview(system, fileUrl(path), path)
      const kept = await merge(system.person(), { number: 1 })
      expect(kept.text).toMatch(/^🌿 Kept as a branch/)
      expect(kept.text).toContain(BRANCH)
      expect(subjects(path, BRANCH)).toEqual([SUBJECT, 'Begin'])
      expect(subjects(path)).toEqual(['Begin'])
      expectOnly(before, path, [`.git/refs/heads/${BRANCH}`, `.git/logs/refs/heads/${BRANCH}`])
      await system.tidy()
    }))

  test('by URL, moved between card and tap: nothing is forced, the change is merged afresh', () =>
    road(async (system) => {
      const origin = makeRepository(join(system.at.root, 'origin'))
      const bare = makeBare(join(system.at.root, 'shop.git'), origin)
      const { review } = await upToReview(system, fileUrl(bare), bare)
      commitFiles(origin, { 'other.txt': 'o\n' }, 'Meanwhile')
      git(origin, 'push', '--quiet', bare, 'main')
      const you = system.person()
      const since = you.mark()
      await tap(you, review, '✅ Merge')
      await reviewOf(you, { number: 1 }, since)
      await merge(you, { number: 1 })
      expect(subjects(bare)).toEqual([SUBJECT, 'Meanwhile', 'Begin'])
      await system.tidy()
    }))

  test('fast-forward switched off: the result stays as a branch though the checkout is clean', () =>
    road(async (system) => {
      const path = makeRepository(join(system.at.root, 'shop'), { '.lugh/config.yaml': 'fast-forward: false\n' })
      const { review, before } = await upToReview(system, path, path)
      expect(review.text).toContain(`The result stays as branch ${BRANCH}`)
      await merge(system.person(), { number: 1 })
      expect(fileAt(path, BRANCH, 'new/file.txt')).toBe('new\n')
      expectOnly(before, path, [`.git/refs/heads/${BRANCH}`, `.git/logs/refs/heads/${BRANCH}`])
      await system.tidy()
    }))

  test('an untracked file where the change would write one is not overwritten', () =>
    road(async (system) => {
      const path = makeRepository(join(system.at.root, 'shop'))
      const { before } = await upToReview(system, path, path)
      writeFiles(path, { 'new/file.txt': 'mine, not in git\n' })
      const you = system.person()
      const outcome = await merge(you, { number: 1 })
      expect(outcome.text).toMatch(/^🌿 Kept as a branch/)
      expect(readFileSync(join(path, 'new/file.txt'), 'utf8')).toBe('mine, not in git\n')
      expect(subjects(path)).toEqual(['Begin'])
      expectOnly(before, path, ['new/file.txt', `.git/refs/heads/${BRANCH}`, `.git/logs/refs/heads/${BRANCH}`])
      await system.tidy()
    }))

  test('what is no repository is refused in a sentence, and nothing is made of it', () =>
    road(async (system) => {
      const you = system.person()
      const nowhere = join(system.at.root, 'nowhere')
      expect((await addProject(you, nowhere)).text).toContain('was not added')
      expect(existsSync(nowhere)).toBe(false)
      you.say('/project list')
      await becomes(you, await sees(you, 'Projects'), /^(?![\s\S]*nowhere)/)
    }))
})
