import { expect, it } from 'vitest'
import { groupProblems } from './group-problems.ts'

const face = (readsAll: boolean) => ({ username: 'lugh_bot', topics: false, readsAll })
const well = { forum: true, administrator: true, managesTopics: true }

it('a bot that sees only what is meant for it is told so, with both ways out', () => {
  const [privacy, topics] = groupProblems({ forum: true, administrator: false, managesTopics: false }, face(false))
  expect(privacy).toMatch(
    /^Privacy mode is on, so I see only commands, replies to me and messages that mention @lugh_bot;.* Make me an administrator/,
  )
  expect(privacy).toContain('@BotFather, /setprivacy, Disable, then take me out and add me again')
  expect(topics).toContain('the right to manage topics')
})

it('an administrator sees everything, whatever privacy mode says', () => {
  expect(groupProblems(well, face(false))).toEqual([])
})

it('with privacy mode off only reactions are missed', () => {
  expect(groupProblems({ forum: false, administrator: false, managesTopics: false }, face(true))).toEqual([
    expect.stringMatching(/^Telegram tells only administrators of reactions/),
  ])
})
