import { expect, it } from 'vitest'
import { BotId, LughError, ObjectName, TelegramChatId } from '#core'
import type { Git } from '#git'
import { openMoneyRoom } from '../../../test/support/money-room.ts'
import { describeEachStore } from '../../../test/support/stores.ts'
import { createLikelyWords } from './likely-words.ts'

const COMMIT = ObjectName.parse('a'.repeat(40))

describeEachStore('words that are likely to be said', (open) => {
  it('names of the project come after agents, projects and the newest tasks, are looked up once a commit, and hold no key', async () => {
    const db = await open()
    const room = await openMoneyRoom(db, 1)
    await db.run(`update project set state = 'ready', target_branch = 'main'`)
    const asked: (string | undefined)[] = []
    let trouble = false
    const names: Git['names'] = (_repository, _branch, unless) => {
      asked.push(unless)
      if (trouble) return Promise.reject(new LughError('git.failed', 'broken'))
      return Promise.resolve({ commit: COMMIT, files: ['cart-total', 'sk-ant-api03-aaaaaaaaaaaaaaaaaaaaaaaa'], symbols: ['settleNow'] })
    }
    const likely = createLikelyWords({ git: { names }, newId: () => crypto.randomUUID() })
    const at = room.conversation ?? { botId: BotId.parse(1), chatId: TelegramChatId.parse(1), threadId: 0 }
    const place = { botId: at.botId, chatId: at.chatId, threadId: at.threadId }
    const words = await likely(db, place)
    expect(words.slice(0, 2)).toEqual(['Lugh', 'checkpoint'])
    expect(words.filter((word) => ['settleNow', 'cart-total'].includes(word) || word.startsWith('sk-'))).toEqual(['settleNow', 'cart-total'])
    expect(await likely(db, place)).toEqual(words)
    trouble = true
    expect(await likely(db, place)).toEqual(words)
    expect(asked).toEqual([undefined, COMMIT, COMMIT])
  })
})
