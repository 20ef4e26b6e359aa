/** A change read piece by piece: what is kept is what lands, tested as such; what is dropped goes back or stays out, as a person says. */
import { expect, it } from 'vitest'
import { z } from 'zod'
import { isTexts, plain, type Text } from '#core'
import { openSteers, taskById, type Change, type Db } from '#db'
import { openReviewRoom, type ReviewRoom } from '../../../test/support/review-room.ts'
import { describeEachStore } from '../../../test/support/stores.ts'
import { whyTask } from '../capabilities/why-task.ts'
import { commitAll, openScene, person, type Scene } from '../../git/testing/scene.ts'

const lines = (change: Readonly<Record<number, string>> = {}): string =>
  Array.from({ length: 60 }, (_, at) => `${change[at + 1] ?? `line ${at + 1}`}\n`).join('')
const BEFORE = { 'a.txt': lines(), 'b.txt': 'b\n', 'old.txt': lines(), '.lugh/config.yaml': 'test: "cat a.txt > /dev/null && grep -c five a.txt"\n' }
/** Three hunks in a.txt, one file renamed with a hunk, one new file: six pieces. */
const AFTER = { 'a.txt': lines({ 5: 'five', 30: 'thirty', 55: 'fifty-five' }), 'old.txt': null, 'new.txt': lines({ 9: 'nine' }), 'c.txt': 'c\n' }

/** What stands on a phone before anything is opened. */
function glance(text: Text): string {
  if (typeof text === 'string') return text
  if (isTexts(text)) return text.map(glance).join('')
  return 'quote' in text && text.expandable === true ? plain(text).split('\n').slice(0, 3).join('\n') : plain(text)
}

describeEachStore('a review by hunk', (open) => {
  async function begin(): Promise<{ db: Db; scene: Scene; review: ReviewRoom } & AsyncDisposable> {
    const db = await open()
    const scene = await openScene(BEFORE)
    const review = await openReviewRoom(db, scene)
    return { db, scene, review, [Symbol.asyncDispose]: () => scene[Symbol.asyncDispose]() }
  }
  const onMain = (scene: Scene, path: string): string => person(scene.theirs, ['show', `main:${path}`])
  const bound = (change: Change): { change: Change['id']; digest: string } => ({ change: change.id, digest: change.digest })

  it('its card stays a glance, however many files and words: both are folded, and a folded quote shows three lines', async () => {
    await using at = await begin()
    const many = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`new-${n}.txt`, `${n}\n`]))
    const change = await at.review.proposed({ ...many, 'a.txt': lines({ 5: 'five' }) })
    await at.db.run(`update change set summary = $1::text`, [Array.from({ length: 9 }, (_, n) => `Word ${n} of it.`).join('\n')])
    const { content, text } = await at.review.card(change)
    expect(glance(content.text).split('\n')).toEqual([
      expect.stringMatching(/^🔵 Review · /),
      'Word 0 of it.',
      'Word 1 of it.',
      'Word 2 of it.',
      '13 files +13 −1',
      'M a.txt +1 −1',
      'A new-0.txt +1 −0',
      expect.stringMatching(/^Tests: ✓ /),
      expect.stringMatching(/^Lands: .* · \$0\.00$/),
    ])
    expect(text).toContain('\n… and 5 more\n')
  })

  it('steps through the pieces, drops two, tests exactly the rest, lands it, and takes exactly that back', async () => {
    await using at = await begin()
    const { review, scene } = at
    const change = await review.proposed(AFTER)
    expect((await review.card(change)).labels).toEqual(['✅ Merge', '👁 Diff', '🗂 Files', '✏️ Change', '🗑 Discard'])
    const press = async (label: string): Promise<string> => {
      await (await review.card(change)).press(label)
      return (await review.card(change)).text
    }
    expect(await press('🗂 Files')).toMatch(/a\.txt modified \+3 −3\nfile 1\/3 · hunk 1\/3 · lines 2–8\n@@ -2,7 \+2,7 @@/)
    expect((await review.card(change)).labels).toEqual([
      '◀ file 1/3',
      'file ▶',
      '◀ hunk 1/3',
      'hunk ▶',
      'Keep',
      'Drop',
      '💬 Comment',
      'Keep file',
      'Drop file',
      '◀ Back',
    ])
    expect(await press('Keep')).toContain('hunk 2/3 · lines 27–33')
    expect(await press('Drop')).toMatch(/hunk 3\/3[\s\S]*5 of 6 hunks: 1 dropped/)
    expect(await press('◀ hunk 3/3')).toContain('✗ Dropped by Ada')
    expect(await press('file ▶')).toContain('c.txt added +1 −0\nfile 2/3 · the whole file\n@@ -0,0 +1 @@\n+c')
    expect(await press('file ▶')).toContain('old.txt → new.txt renamed +1 −1\nfile 3/3 · hunk 1/2 · its name\nrename from old.txt')
    expect(await press('Drop')).toContain('hunk 2/2 · lines 6–12')
    expect(await press('◀ Back')).toContain('🗂 4 of 6 hunks: 2 dropped. ✂️ leaves what is dropped out')
    expect((await review.card(change)).labels).toEqual(['✂️ Leave 2 out', '👁 Diff', '🗂 Files', '✏️ Change', '🗑 Discard'])
    await expect(review.as('owner')('merge_change', bound(change))).rejects.toThrow('2 of 6 hunks are dropped')
    expect(await press('✂️ Leave 2 out')).toContain('leaving them out')
    expect(await review.walk()).toMatchObject({ state: 'review' })

    const part = await review.open()
    expect(part).toMatchObject({
      number: 2,
      part: { of: change.id, kept: 4, total: 6 },
      tests: { state: 'ran', exitCode: 0, output: expect.stringContaining('2') },
    })
    expect((await review.card(change)).text).toContain('4 of 6 hunks were taken')
    const shown = await review.card(part)
    expect(shown.text).toContain('✂️ 4 of 6 hunks')
    expect(shown.labels).not.toContain('✅ Merge')
    await review.allShown()
    expect((await review.card(part)).labels).toEqual(['✅ Merge', '👁 Diff', '🗂 Files', '↩️ All 6 hunks', '✏️ Change', '🗑 Discard'])
    const before = person(scene.theirs, ['rev-parse', 'main^{tree}'])
    await (await review.card(part)).press('✅ Merge')
    expect(await review.walk()).toMatchObject({ state: 'merged' })
    expect(onMain(scene, 'a.txt')).toBe(lines({ 5: 'five', 55: 'fifty-five' }).trimEnd())
    expect(onMain(scene, 'old.txt')).toBe(lines({ 9: 'nine' }).trimEnd())
    expect(onMain(scene, 'c.txt')).toBe('c')
    expect(person(scene.theirs, ['ls-tree', '--name-only', 'main']).split('\n')).toEqual(['.lugh', 'a.txt', 'b.txt', 'c.txt', 'old.txt'])
    expect(plain(whyTask.say(whyTask.output.parse(await review.as('viewer')('why_task', { task: 1 }))) ?? '')).toContain(
      'Change 2 (4 of 6 hunks, chosen by Ada): 3 files',
    )
    await (await review.card(part)).press('↩️ Undo')
    expect(await review.walk()).toMatchObject({ state: 'undone' })
    expect(person(scene.theirs, ['rev-parse', 'main^{tree}'])).toBe(before)
  })

  it('makes a change that may not land one that may, by leaving out what is wrong with it', async () => {
    await using at = await begin()
    const { review, scene } = at
    const change = await review.proposed({ ...AFTER, leak: { link: '../../etc/passwd' } })
    expect((await review.card(change)).labels).toEqual(['👁 Diff', '🗂 Files', '✏️ Change', '🗑 Discard'])
    const file = change.files.findIndex(({ path }) => path === 'leak')
    await review.as('owner')('judge_hunk', { ...bound(change), file, hunk: 0, verdict: 'drop' })
    await (await review.card(change)).press('✂️ Leave 1 out')
    await review.walk()
    await review.allShown()
    await (await review.card(await review.open())).press('✅ Merge')
    expect(await review.walk()).toMatchObject({ state: 'merged' })
    expect(person(scene.theirs, ['ls-tree', '--name-only', 'main'])).not.toContain('leak')
    expect(onMain(scene, 'c.txt')).toBe('c')
  })

  it('takes everything up again when that is wanted after all', async () => {
    await using at = await begin()
    const { review, db } = at
    const change = await review.proposed(AFTER)
    await review.as('owner')('judge_hunk', { ...bound(change), file: 0, verdict: 'drop' })
    await (await review.card(change)).press('✂️ Leave 3 out')
    await review.walk()
    const part = await review.open()
    expect(part.part).toEqual({ of: change.id, kept: 3, total: 6 })
    await (await review.card(part)).press('↩️ All 6 hunks')
    expect(await review.walk()).toMatchObject({ state: 'review' })
    expect(await review.open()).toMatchObject({ tree: change.tree, part: null, number: 3 })
    expect(await openSteers(db, review.room.taskId)).toEqual([])
  })

  it('sends what was dropped and said back to the agent, with the lines it is about', async () => {
    await using at = await begin()
    const { review, db } = at
    const change = await review.proposed(AFTER)
    await review.as('approver')('judge_hunk', { ...bound(change), file: 0, hunk: 2, verdict: 'drop' })
    await review.as('approver')('comment_hunk', { ...bound(change), file: 0, hunk: 2, text: 'Say 30, not thirty.' })
    await review.as('approver')('comment_hunk', { ...bound(change), file: 1, hunk: 0, text: 'Good.' })
    const card = await review.card(change)
    expect(card.text).toContain('5 of 6 hunks: 1 dropped, 2 comments')
    expect(card.content.buttons.flat().find(({ label }) => label === '✏️ Change')?.ask).toBeUndefined()
    await card.press('✏️ Change')
    const [steer] = await openSteers(db, review.room.taskId)
    expect(steer?.byPerson).toBe(true)
    expect(steer?.text).toMatch(
      /Dropped: a\.txt, lines 27–33[\s\S]*-line 30\n\+thirty[\s\S]*They say: Say 30, not thirty\.[\s\S]*Comment: c\.txt, the whole file[\s\S]*They say: Good\./,
    )
    expect(await taskById(db, review.room.taskId)).toMatchObject({ state: 'queued' })
    expect((await review.card(change)).text).not.toContain('no longer counts')
  })

  it('sends what was dropped along with other words that are said to the agent', async () => {
    await using at = await begin()
    const { review, db } = at
    const change = await review.proposed(AFTER)
    await review.as('owner')('judge_hunk', { ...bound(change), file: 1, hunk: 0, verdict: 'drop' })
    await review.as('approver')('steer_task', { task: 1, text: 'And rename it.' })
    expect((await openSteers(db, review.room.taskId)).map(({ text }) => text)).toEqual([
      'And rename it.',
      expect.stringMatching(/Dropped: c\.txt, the whole file/),
    ])
    expect((await review.card(change)).text).not.toContain('no longer counts')
  })

  it('tells the agent what was left out before anything else that is said to it', async () => {
    await using at = await begin()
    const { review, db } = at
    const change = await review.proposed(AFTER)
    await review.as('owner')('judge_hunk', { ...bound(change), file: 1, hunk: 0, verdict: 'drop' })
    await (await review.card(change)).press('✂️ Leave 1 out')
    await review.walk()
    await review.as('owner')('request_change', { ...bound(await review.open()), text: 'Also tidy b.' })
    expect((await openSteers(db, review.room.taskId)).map(({ text, byPerson }) => [byPerson, text])).toEqual([
      [false, expect.stringMatching(/left 1 of 6 pieces out[\s\S]*- c\.txt, the whole file/)],
      [true, 'Also tidy b.'],
    ])
  })

  it('forgets verdicts when the change has moved, and says so', async () => {
    await using at = await begin()
    const { review, scene } = at
    const change = await review.proposed(AFTER)
    await review.as('owner')('judge_hunk', { ...bound(change), file: 0, hunk: 2, verdict: 'drop' })
    const old = await review.card(change)
    commitAll(scene.theirs, 'meanwhile', { 'b.txt': 'theirs\n' })
    await old.press('✂️ Leave 1 out')
    expect(await review.walk()).toMatchObject({ state: 'review' })
    const next = await review.open()
    expect(next).toMatchObject({ part: null, number: 2 })
    expect((await review.card(next)).text).not.toContain('dropped')
    expect((await review.card(change)).text).toMatch(/main moved to [\s\S]*was about this change and no longer counts/)
    for (const [name, more] of [
      ['judge_hunk', { file: 0, hunk: 1, verdict: 'keep' }],
      ['comment_hunk', { file: 0, hunk: 1, text: 'x' }],
      ['step_files', {}],
      ['leave_out', { dropped: 'x' }],
    ] as const)
      await expect(review.as('owner')(name, { ...bound(change), ...more })).rejects.toThrow(/Too late|no longer what/)
    await expect(review.as('owner')('judge_hunk', { ...bound(next), digest: change.digest, file: 0, hunk: 1, verdict: 'drop' })).rejects.toThrow(
      'no longer what that card showed',
    )
  })

  it('merges everything afresh when the target moved while a part was being made', async () => {
    await using at = await begin()
    const { review, scene } = at
    const change = await review.proposed(AFTER)
    await review.as('owner')('judge_hunk', { ...bound(change), file: 0, hunk: 2, verdict: 'drop' })
    await (await review.card(change)).press('✂️ Leave 1 out')
    expect(await review.step()).toMatchObject({ state: 'queued' })
    commitAll(scene.theirs, 'meanwhile', { 'b.txt': 'theirs\n' })
    expect(await review.walk()).toMatchObject({ state: 'review' })
    const next = await review.open()
    expect(next.part).toBeNull()
    expect(person(scene.theirs, [`--git-dir=${scene.places.store}`, 'show', `${next.tree}:a.txt`])).toBe(AFTER['a.txt'].trimEnd())
    expect(person(scene.theirs, [`--git-dir=${scene.places.store}`, 'show', `${next.tree}:b.txt`])).toBe('theirs')
  })

  it('refuses what nobody may, what was not shown, and what would leave nothing', async () => {
    await using at = await begin()
    const { review } = at
    const change = await review.proposed(AFTER)
    const drop = { ...bound(change), file: 0, hunk: 1, verdict: 'drop' }
    for (const role of ['member', 'viewer'] as const)
      for (const [name, input] of [
        ['judge_hunk', drop],
        ['comment_hunk', { ...bound(change), file: 0, hunk: 1, text: 'x' }],
        ['leave_out', { ...bound(change), dropped: 'x' }],
        ['take_all_hunks', bound(change)],
      ] as const)
        await expect(review.as(role)(name, input)).rejects.toMatchObject({ code: 'not-allowed' })
    await expect(review.as('owner')('judge_hunk', { ...drop, hunk: 9 })).rejects.toThrow('no such hunk')
    await expect(review.as('owner')('judge_hunk', { ...drop, file: 9, hunk: undefined })).rejects.toThrow('no such file')
    await expect(review.as('owner')('leave_out', { ...bound(change), dropped: 'x' })).rejects.toThrow('Nothing is dropped')
    await review.as('owner')('judge_hunk', drop)
    const card = await review.card(change)
    await review.as('approver')('judge_hunk', { ...drop, hunk: 2 })
    await expect(card.press('✂️ Leave 1 out')).rejects.toThrow('Something else is dropped by now')
    for (const file of [0, 1, 2]) await review.as('owner')('judge_hunk', { ...bound(change), file, verdict: 'drop' })
    const all = await review.card(change)
    expect(all.labels).toEqual(['👁 Diff', '🗂 Files', '✏️ Change', '🗑 Discard'])
    const { dropped } = z.object({ dropped: z.string() }).parse(await review.as('owner')('list_hunks', { task: 1 }))
    await expect(review.as('owner')('leave_out', { ...bound(change), dropped })).rejects.toThrow('Nothing would be left')
  })

  it('goes back to the agent when it was told something before the part was proposed', async () => {
    await using at = await begin()
    const { review, db } = at
    const change = await review.proposed(AFTER)
    await review.as('owner')('judge_hunk', { ...bound(change), file: 0, hunk: 2, verdict: 'drop' })
    await (await review.card(change)).press('✂️ Leave 1 out')
    await review.as('owner')('steer_task', { task: 1, text: 'And rename it.' })
    // It is made ready and then turns to its agent, which this room does not have.
    await review.walk().catch(() => undefined)
    const task = await taskById(db, review.room.taskId)
    expect(task?.state).not.toBe('review')
    expect((await review.open()).id).toBe(change.id)
    const said = await db.rows(z.object({ text: z.string() }), `select text from steer where task_id = $1::uuid order by id`, [review.room.taskId])
    expect(said.map(({ text }) => text)).toEqual(['And rename it.', expect.stringMatching(/left 1 of 6 pieces out[\s\S]*- a\.txt, lines 27–33/)])
  })
})
