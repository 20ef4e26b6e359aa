import { LughError } from '#core'
import { expect, test } from 'vitest'
import { createWorld } from '../world.ts'
import { createPlaces, type Looking } from './places.ts'

function phone(bot: { hasTopics?: boolean } = {}) {
  const world = createWorld({ users: [{ id: 1001, firstName: 'Ada' }], bot })
  const eye: Looking = { world, personId: 1001, chatId: 1001 }
  return { world, eye, ...createPlaces(eye) }
}

test('another person, a group and a topic are made from the page, and what is shown is that person’s view of that topic', () => {
  const { world, eye, sees, view, go } = phone()
  go({ act: 'meet', name: 'Anna' })
  const anna = eye.personId
  expect(view()).toEqual({
    person: anna,
    chat: anna,
    persons: [
      { id: 1001, name: 'Ada' },
      { id: anna, name: 'Anna' },
    ],
    chats: [{ id: anna, title: 'Lugh', forum: false, topics: [] }],
  })
  go({ act: 'group', title: 'Team', forum: true, administrator: true })
  const group = eye.chatId
  const lobby = world.sendText(1001, group, 'in the lobby')
  go({ act: 'topic', name: 'T1 · x' })
  const inside = world.sendText(anna, group, 'in the topic', { threadId: eye.threadId ?? 0 })
  const shown = (): boolean[] => [lobby, inside].map(sees)
  const inTopic = shown()
  go({ act: 'look', chat: group })
  const inLobby = shown()
  go({ act: 'look', chat: group, thread: inside.threadId ?? 0 })
  go({ act: 'look', person: 1001 })
  expect({ inTopic, inLobby, handed: [eye.personId, eye.chatId, eye.threadId], members: world.chat(group)?.members }).toEqual({
    inTopic: [false, true],
    inLobby: [true, false],
    handed: [1001, group, inside.threadId],
    members: [anna, 1001],
  })
  world.setForum(1001, group, false)
  expect(shown()).toEqual([true, true])
})

test('nobody gets to a chat they are not in, or to a topic that is gone', () => {
  const { world, eye, go } = phone()
  world.addPerson({ id: 1002, firstName: 'Bea' })
  const group = world.createGroup(1002, { title: 'Theirs', members: [] })
  const before = { ...eye }
  const tried = (to: object): string => {
    try {
      go({ act: 'look', ...to })
      return 'there'
    } catch (error) {
      return error instanceof LughError ? error.say : ''
    }
  }
  expect([tried({ chat: group }), tried({ chat: 1002 }), tried({ person: 9 }), tried({ thread: 7 })]).toEqual([
    'That person is not in this chat.',
    'That person is not in this chat.',
    'The simulator knows no person 9.',
    'That topic is gone.',
  ])
  expect(eye).toEqual(before)
})
