import { expect, it } from 'vitest'
import { PersonId, TelegramUserId, plain, randomIds } from '#core'
import { savePerson, type Store } from '#db'
import { FACTS, NO_GIT } from '../../../test/support/no-git.ts'
import { describeEachStore } from '../../../test/support/stores.ts'
import { callCapability } from '../call-capability.ts'
import type { Caller, Capability } from '../capability.ts'
import { notify } from './notify.ts'
import { quiet } from './quiet.ts'

/** What a person is told when they write a command's words at noon, UTC. */
async function says(db: Store): Promise<(capability: Capability, words: string) => Promise<string>> {
  const person = await savePerson(db, { id: randomIds.uuid(), telegramUserId: TelegramUserId.parse(1), name: 'Ada', role: 'viewer' })
  const caller: Caller = { personId: PersonId.parse(person?.id), role: 'viewer', name: 'Ada', door: 'telegram', callKey: 'k' }
  return async (capability, words) => {
    const door = capability.doors.telegram
    const input = 'none' in door ? {} : door.parse?.(words, caller)
    const act = { caller, clock: { now: () => new Date('2026-07-01T12:00:00Z') }, ids: randomIds, facts: FACTS, git: NO_GIT }
    return plain(capability.say(await db.tx((tx) => callCapability(capability, { tx, ...act }, input))) ?? '')
  }
}

describeEachStore('/quiet and /notify', (open) => {
  it('takes hours and a zone, keeps the zone, says whether it is quiet now, and ends', async () => {
    const say = await says(await open())
    expect(await say(quiet, '')).toContain('No quiet hours')
    expect(await say(quiet, '22-7 europe/berlin')).toContain('🌙 Quiet from 22:00 to 07:00, Europe/Berlin.')
    expect(await say(quiet, '13:30-15')).toContain('Quiet from 13:30 to 15:00, Europe/Berlin (now).')
    expect(await say(quiet, '22–7 America/New York')).toContain('America/New_York')
    expect(await say(quiet, 'off')).toContain('No quiet hours')
  })

  it('refuses what are no hours and no zone with one sentence and the way out', async () => {
    const say = await says(await open())
    for (const words of ['25-7', '7-7', 'night', '22:75-6', '-3']) await expect(say(quiet, words)).rejects.toThrow('/quiet 22-7 Europe/Berlin')
    await expect(say(quiet, '22-7 Mars/Olympus')).rejects.toThrow('I know no time zone “Mars/Olympus”')
  })

  it('sets what rings, shows it, and takes it back', async () => {
    const say = await says(await open())
    expect(await say(notify, '')).toContain('decisions, questions, what is done and what failed')
    expect(await say(notify, 'done silent')).toContain('· everything: done silent')
    expect(await say(notify, 'done critical')).toContain('· everything: done critical')
    expect(await say(notify, 'done default')).toContain('nothing else')
    await expect(say(notify, 'T9 silent')).rejects.toThrow('There is no T9')
    await expect(say(notify, 'loudly please')).rejects.toThrow('Like this: /notify done silent')
  })
})
