/** The panel of settings: one message, each tap a row, by the rights of whoever taps. */
import { PersonId, plain, type Role } from '#core'
import { renderCard } from '#orchestrator'
import { awayOf, insertPanel, lookOf, quietOf, rulesOf, type Db } from '#db'
import { expect, it } from 'vitest'
import { asPerson, openMoneyRoom } from '../../../test/support/money-room.ts'
import { describeEachStore } from '../../../test/support/stores.ts'
import { lookFor } from '../look.ts'

const PANEL = '0b6b3c1e-0000-4000-8000-000000000001'

async function panelFor(db: Db, pictures: 'dark' | 'off' = 'off') {
  const room = await openMoneyRoom(db, 1, { pictures })
  await db.tx((tx) => insertPanel(tx, { id: PANEL, personId: room.personId, projectId: room.projectId, note: 'target main' }))
  const card = async () => {
    const content = await renderCard(db, room.facts, 'settings', PANEL)
    return { text: plain(content?.text ?? ''), buttons: content?.buttons.flat() ?? [] }
  }
  /** Taps what the panel shows now. `said`: what is typed where it asks. */
  const tap = async (label: string, { role = 'owner', said = '' }: { role?: Role; said?: string } = {}): Promise<void> => {
    const button = (await card()).buttons.find((one) => one.label === label)
    if (button === undefined) throw new Error(`no button ${label} among ${(await card()).buttons.map((one) => one.label).join(' | ')}`)
    await room.ask(button.capability, { ...button.input, ...(button.ask === undefined ? {} : { [button.ask.field]: said }) }, role)
  }
  return { room, card, tap }
}

describeEachStore('the panel of settings', (store) => {
  it('shows what holds, and every tap writes a row and shows it', async () => {
    const db = await store()
    const { room, card, tap } = await panelFor(db)
    expect((await card()).text.split('\n')).toEqual([
      '⚙️ Settings',
      '🔔 decisions · 🔔 questions · 🔔 done · 🔔 failed · 🔕 the rest',
      '🌙 No quiet hours',
      '🎨 Diffs: 📄 Text',
      '📁 shop',
      '🧭 Mode ask · 🤖 none · none',
      '⏳ Nobody answers: park after 12 h',
      'target main',
    ])
    await tap('🔔 What rings')
    await tap('🔔 done')
    await tap('🔕 done')
    await tap('Only shop')
    await tap('· decisions')
    await tap('◀ Back')
    expect(await rulesOf(db, room.personId)).toEqual([
      { scope: 'all', name: null, class: 'done', how: 'critical' },
      { scope: 'project', name: 'shop', class: 'decision', how: 'loud' },
    ])
    await tap('🌙 Quiet hours')
    await tap('22 to 7')
    await tap('🕰 Time zone', { said: 'Europe/Berlin' })
    await tap('Other hours', { said: '21:30-6' })
    expect(await quietOf(db, room.personId)).toMatchObject({ from: 21 * 60 + 30, to: 360, zone: 'Europe/Berlin' })
    await tap('Off')
    expect(await quietOf(db, room.personId)).toBeUndefined()
    await tap('◀ Back')
    await tap('🧭 Mode')
    await tap('plan')
    await tap('◀ Back')
    await tap('🤖 Engine')
    expect((await card()).text).toContain('🤖 Engine of shop')
    await tap('◀ Back')
    await tap('🎨 Look of diffs')
    expect((await card()).text).toContain('draws no pictures')
    await tap('◀ Back')
    await tap('⏳ No answer')
    await tap('safe')
    await tap('30 min')
    await tap('◀ Back')
    expect(await awayOf(db, room.projectId, null)).toEqual({ way: 'safe', minutes: 30, own: true })
    const { text, buttons } = await card()
    expect(text).toContain('‼️ done')
    expect(text).toContain('🧭 Mode plan')
    expect(text).toContain('⏳ Nobody answers: safe after 30 min')
    expect(buttons).toHaveLength(6)
  })

  it('a look is the person’s own, and where pictures are off it stays text', async () => {
    const db = await store()
    const { room, tap } = await panelFor(db, 'dark')
    await tap('🎨 Look of diffs')
    await tap('☀️ Light')
    expect(await lookOf(db, room.personId)).toBe('light')
    const looks = (pictures: 'dark' | 'off', who: PersonId | null) => lookFor(db, { pictures }, who)
    expect([await looks('dark', room.personId), await looks('dark', null), await looks('off', room.personId)]).toEqual(['light', 'dark', 'off'])
    await tap('As installed')
    expect(await looks('dark', room.personId)).toBe('dark')
  })

  it('is nobody else’s, and sets nothing that whoever taps may not set', async () => {
    const db = await store()
    const { room, tap } = await panelFor(db)
    const other = asPerson(db, room.facts, PersonId.parse('0b6b3c1e-0000-4000-8000-000000000002'))
    await expect(other('change_setting', { panel: PANEL, look: 'light' })).rejects.toThrow(/somebody else’s/)
    await tap('🧭 Mode', { role: 'member' })
    await expect(tap('auto', { role: 'member' })).rejects.toThrow(/needs the role owner or approver/)
    await expect(room.ask('change_setting', { panel: PANEL })).rejects.toThrow(/sets nothing/)
  })
})
