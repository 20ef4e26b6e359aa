/** The buttons of a task's card, pressed as they stand there. */
import { plain } from '#core'
import { renderCard } from '#orchestrator'
import { expect, it } from 'vitest'
import { openMoneyRoom } from '../../../test/support/money-room.ts'
import { describeEachStore } from '../../../test/support/stores.ts'

describeEachStore('the card of a task at work', (store) => {
  it('pauses, goes on, passes words on, stops and drops it', async () => {
    const db = await store()
    const room = await openMoneyRoom(db, 1)
    const task = room.tasks[0]?.claim.task
    const card = async () => renderCard(db, room.facts, 'task', task?.id ?? '')
    const labels = async (): Promise<string[]> => ((await card())?.buttons.flat() ?? []).map(({ label }) => label)
    const press = async (label: string, said = ''): Promise<void> => {
      const button = (await card())?.buttons.flat().find((one) => one.label === label)
      if (button === undefined) throw new Error(`no ${label} among ${(await labels()).join(' | ')}`)
      await room.ask(button.capability, { ...button.input, ...(button.ask === undefined ? {} : { [button.ask.field]: said }) })
    }
    expect(await labels()).toEqual(['⏹ Stop', '⏸ Pause', '💬 Steer'])
    await press('💬 Steer', 'Keep the colours')
    await press('⏸ Pause')
    expect([plain((await card())?.text ?? ''), await labels()]).toEqual([expect.stringContaining('paused'), ['⏹ Stop', '▶️ Resume', '💬 Steer']])
    await press('▶️ Resume')
    expect(await labels()).toEqual(['⏹ Stop', '⏸ Pause', '💬 Steer'])
    await press('⏹ Stop')
    expect(await labels()).toEqual(['▶️ Resume', '🗑 Discard'])
    await press('🗑 Discard')
    expect(await labels()).toEqual([])
  })
})
