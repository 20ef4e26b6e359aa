import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { randomIds } from '#core'
import { createHearing } from '#media'
import { createOpenAiTranscriber, pricesOf } from '#models'
import { createLikelyWords, deedOf, isWorthAsking, meantOf, readIntent, renderCard, sortByModel, spentToday, type Capability } from '#orchestrator'
import { call, spokenNote, startModelServer, YOU, scriptOf, type ModelServer, type Message, type Person } from '#simulator'
import { z } from 'zod'
import { botWorld, STRANGER, type BotWorld } from '../../../test/support/bot.ts'
import { NO_GIT } from '../../../test/support/no-git.ts'
import { describeEachStore } from '../../../test/support/stores.ts'
import { machineryFor } from '../../../test/support/work-room.ts'
import { cancelVoice, fixTheVoice, runVoice } from '../../orchestrator/capabilities/decide-voice.ts'
import type { BotPorts } from '../ports.ts'

const PRICES = pricesOf()
const MODEL = 'gpt-4o-mini-transcribe'

type Sorting = [Parameters<typeof sortByModel>[1], string, AbortSignal]
const likelyWords = createLikelyWords({ git: NO_GIT, newId: () => randomIds.uuid() })
const RULES = { understand: readIntent, meantOf, deedOf, likelyWords, spentToday }

const VOICE_CARD: readonly Capability[] = [runVoice, fixTheVoice, cancelVoice]

/** The test's own registry, and the real card of what was hardly understood. */
function withVoiceCards(ports: BotPorts): BotPorts {
  return {
    ...ports,
    capabilityByName: (name) => VOICE_CARD.find((one) => one.name === name) ?? ports.capabilityByName(name),
    renderCard: (sql, facts, kind, id) => (kind === 'voice' ? renderCard(sql, facts, kind, id) : ports.renderCard(sql, facts, kind, id)),
  }
}

describeEachStore('voice', (open) => {
  let world: BotWorld | undefined
  let model: ModelServer | undefined
  let folder = ''
  afterEach(async () => {
    await world?.close()
    await model?.close()
    if (folder !== '') rmSync(folder, { recursive: true, force: true })
    world = undefined
    model = undefined
  })

  /** `sorts`: what a model answers where the rules do not know; absent: there is none. */
  async function started(options: { key?: string; sorts?: Readonly<Record<string, unknown>> } = {}): Promise<{ w: BotWorld; heard: ModelServer }> {
    const { sorts } = options
    const heard = await startModelServer({
      script: scriptOf(sorts === undefined ? [] : [() => ({ calls: [call('understand', sorts)] })]),
      apiKey: 'k',
    })
    const w = await botWorld(await open())
    world = w
    model = heard
    const asker = machineryFor(w.db, { url: heard.url })
    const sorting = { worthAsking: isWorthAsking, sort: (...[rules, text, signal]: Sorting) => sortByModel(asker, rules, text, signal) }
    folder = mkdtempSync(join(tmpdir(), 'voice-'))
    const openai = createOpenAiTranscriber({
      apiKey: () => options.key ?? 'k',
      baseUrl: `${heard.url}/v1`,
      pace: { wait: () => Promise.resolve() },
    })
    const hearing = createHearing({ transcribers: [openai], prices: PRICES })
    await w
      .bot({
        ports: withVoiceCards(w.ports),
        incoming: folder,
        voice: { hearing, ...RULES, ...(sorts === undefined ? {} : { model: sorting }) },
        sweepMs: 200,
      })
      .start()
    return { w, heard }
  }

  /** Somebody has pressed ✏️ Change, and the question for it is there. */
  async function changing(): Promise<{ w: BotWorld; you: Person; card: Message; question: Message }> {
    const { w } = await started()
    const you = w.person()
    you.say('/ask t1')
    const card = await you.waitFor((message) => message.text.includes('command t1') && you.buttons(message).length > 0)
    await you.tap('✏️ Change', { in: card })
    return { w, you, card, question: await you.waitFor('What shall be different?') }
  }
  const whats = async (w: BotWorld): Promise<string[]> => (await w.effects()).map(({ what }) => what)
  const states = (w: BotWorld): Promise<{ state: string }[]> =>
    w.db.rows(z.object({ state: z.string() }), 'select state from voice order by update_id')

  test('what is said stands in the chat as a quote, and is done as if it had been written', async () => {
    const { w, heard } = await started()
    const you = w.person()
    const said = you.sendVoice('Add a dark mode to the settings page')
    const quote = await you.waitFor('🎤 Add a dark mode to the settings page')
    await you.waitFor('Task: Add a dark mode to the settings page')
    const costs = await w.db.rows(z.object({ model: z.string(), paid: z.boolean() }), 'select model, micro_usd > 0 as paid from cost')
    expect({ reply: quote.replyTo, kinds: quote.entities.map(({ type }) => type), effects: await whats(w), states: await states(w), costs }).toEqual({
      reply: said.id,
      kinds: ['expandable_blockquote'],
      effects: ['wish Add a dark mode to the settings page'],
      states: [{ state: 'done' }],
      costs: [{ model: MODEL, paid: true }],
    })
    const [asked] = heard.requests
    expect({ name: asked?.recording?.name, refused: asked?.refused, hint: asked?.recording?.prompt.includes('Lugh') }).toEqual({
      name: 'voice.ogg',
      refused: undefined,
      hint: true,
    })
    expect(readdirSync(join(folder, 'voice'))).toEqual([])
  })

  test('what was said first is done first, however long it takes to hear, and typed words do not wait for it', async () => {
    const { w, heard } = await started()
    heard.say(({ bytes }) => (Buffer.from(bytes).includes('first') ? { text: 'The first wish of this long morning', delayMs: 1500 } : undefined))
    const you = w.person()
    you.sendVoice('first')
    you.sendVoice('The second wish of this long morning')
    await you.waitFor('🎤 The second wish')
    you.say('typed')
    await you.waitFor('Task: typed')
    await you.waitFor('Task: The second wish')
    expect(await whats(w)).toEqual(['wish typed', 'wish The first wish of this long morning', 'wish The second wish of this long morning'])
  })

  test('a spoken stop overtakes what is still being heard', async () => {
    const { w, heard } = await started()
    heard.say(({ bytes }) => (Buffer.from(bytes).includes('long story') ? { text: 'A long story about the cart', delayMs: 3000 } : undefined))
    const you = w.person()
    you.sendVoice('long story')
    you.sendVoice('Stop!')
    await you.waitFor('Stopped.')
    expect(await whats(w)).toEqual(['stop'])
    await you.waitFor('Task: A long story')
  })

  test('what was hardly understood is done when its card says Run, and not before', async () => {
    const { w, heard } = await started()
    const you = w.person()
    you.sendVoice('banana bread')
    const card = await you.waitFor((message) => message.text.includes('Start a new task: banana bread') && you.buttons(message).length > 0)
    expect({ buttons: you.buttons(card), effects: await whats(w) }).toEqual({ buttons: ['Run', 'Fix', 'Cancel'], effects: [] })
    await you.tap('Run', { in: card })
    await you.waitFor('Task: banana bread')
    await you.waitUntil(card, ({ text }) => /✓ Run by You at \d\d:\d\d UTC \(button\)\./.test(text), 'the card to say who, how and when')
    expect({ effects: await whats(w), paid: heard.requests.length }).toEqual({ effects: ['wish banana bread'], paid: 1 })
  })

  test('Fix puts what the person writes in the place of what was heard', async () => {
    const { w } = await started()
    const you = w.person()
    you.sendVoice('stob')
    const card = await you.waitFor((message) => message.text.includes('🎤 Stop') && you.buttons(message).length > 0)
    await you.tap('Fix', { in: card })
    const question = await you.waitFor('What did you say?')
    you.replyTo(question, 'Shop colours')
    await you.waitFor('Task: Shop colours')
    await you.waitUntil(card, ({ text }) => /✓ Fixed by You at \d\d:\d\d UTC/.test(text), 'the card to say who and when')
    expect(await whats(w)).toEqual(['wish Shop colours'])
  })

  test('Cancel does nothing, ever', async () => {
    const { w } = await started()
    const you = w.person()
    you.sendVoice('hm the')
    const card = await you.waitFor((message) => you.buttons(message).includes('Cancel'))
    await you.tap('Cancel', { in: card })
    await you.waitUntil(card, ({ text }) => /❌ Cancelled by You at \d\d:\d\d UTC \(button\)\. Nothing was done/.test(text), 'the card to say so')
    expect({ effects: await whats(w), states: await states(w) }).toEqual({ effects: [], states: [{ state: 'cancelled' }] })
  })

  test('what the rules do not know a model sorts, beside what is typed, and both are paid for', async () => {
    const { w, heard } = await started({ sorts: { intent: 'stop', all: true, sure: true } })
    const you = w.person()
    you.sendVoice('down tools, folks')
    await you.waitFor('🎤 down tools, folks')
    await you.waitFor('Stopped.')
    const costs = await w.db.rows(z.object({ model: z.string(), paid: z.boolean() }), 'select model, micro_usd > 0 as paid from cost order by id')
    const meant = await w.db.rows(z.object({ meant: z.unknown() }), 'select meant from voice')
    expect({ effects: await whats(w), asked: heard.requests.length, paid: costs.map(({ paid }) => paid), meant }).toEqual({
      effects: ['stop'],
      asked: 2,
      paid: [true, true],
      meant: [{ meant: { by: 'model', intent: 'stop', all: true, confidence: 0.8 } }],
    })
  })

  test('a model approves nothing, and takes nothing back, without a button', async () => {
    const { w, heard } = await started({ sorts: { intent: 'approve', sure: true } })
    const you = w.person()
    you.say('/ask t1')
    const card = await you.waitFor((message) => message.text.includes('command t1') && you.buttons(message).length > 0)
    you.sendVoice('make it so', { replyTo: card.id, seconds: 0 })
    await you.waitFor('I am not sure that you said “approve”')
    heard.play(scriptOf([() => ({ calls: [call('understand', { intent: 'undo', sure: true })] })]))
    you.sendVoice('my mistake then')
    const asked = await you.waitFor((message) => message.text.includes('🎤 Undo') && you.buttons(message).length > 0)
    expect({ buttons: you.buttons(asked), effects: await whats(w) }).toEqual({ buttons: ['Run', 'Fix', 'Cancel'], effects: [] })
  })

  test('a model that cannot be asked leaves the rules’ guess, which asks', async () => {
    const { w, heard } = await started({ sorts: { intent: 'stop', sure: true } })
    const you = w.person()
    heard.say(() => {
      heard.misbehave({ kind: 'status', status: 400 })
      return 'down tools, folks'
    })
    you.sendVoice('down tools, folks')
    const card = await you.waitFor((message) => message.text.includes('Start a new task: down tools, folks') && you.buttons(message).length > 0)
    expect({ buttons: you.buttons(card), effects: await whats(w) }).toEqual({ buttons: ['Run', 'Fix', 'Cancel'], effects: [] })
  })

  test('a question of Lugh can be answered by speaking', async () => {
    const { w, you, card } = await changing()
    you.sendVoice('Use the other test runner please')
    await you.waitUntil(card, ({ text }) => text.includes('denied'), 'the card to say so')
    expect(await whats(w)).toEqual(['denied t1 because Use the other test runner please'])
  })

  test('a spoken answer to a question says itself which one it is, where no row knows its message', async () => {
    const { w, you, card, question } = await changing()
    await w.settled()
    // As after a kill between the call that put it and its outcome, and long after.
    await w.db.run(`update prompt set message_id = null, expires_at = now()`)
    await w.db.run(`update outbox set message_ids = '[]' where kind = 'prompt'`)
    you.sendVoice('Use the other test runner please', { replyTo: question.id })
    await you.waitUntil(card, ({ text }) => text.includes('denied'), 'the card to say so')
    expect(await whats(w)).toEqual(['denied t1 because Use the other test runner please'])
  })

  test('an order that names its task is no answer to a question that waits', async () => {
    const { w, you, card, question } = await changing()
    you.sendVoice('stop task seven')
    await you.waitFor('Stopped.')
    expect(you.buttons(you.now(question))).toEqual(['❌ Cancel'])
    you.sendVoice('Use the other test runner please')
    await you.waitUntil(card, ({ text }) => text.includes('denied'), 'the card to say so')
    expect(await whats(w)).toEqual(['stop', 'denied t1 because Use the other test runner please'])
  })

  test('without anything to hear with, one sentence says the way out', async () => {
    const w = await botWorld(await open())
    world = w
    const hearing = createHearing({ transcribers: [createOpenAiTranscriber({ apiKey: () => undefined })], prices: PRICES })
    await w.bot({ incoming: tmpdir(), voice: { hearing, ...RULES } }).start()
    const you = w.person()
    you.sendVoice('hello there my friend')
    await you.waitFor(/I cannot hear yet: set OPENAI_API_KEY .* LUGH_TRANSCRIBE_COMMAND/)
    expect(await states(w)).toEqual([])
  })

  test('limits are told, and nothing is fetched or paid for', async () => {
    const { w, heard } = await started()
    const you = w.person()
    w.simulator.world.sendVoice(YOU.id, YOU.id, { bytes: spokenNote('long'), duration: 3 * 3600 })
    await you.waitFor('That is 180 minutes long; I listen to 20 at most.')
    w.simulator.world.sendAudio(YOU.id, YOU.id, { bytes: spokenNote('large'), duration: 2, size: 21 * 1024 ** 2 })
    await you.waitFor('That file is over 20 MB')
    w.simulator.world.sendAudio(YOU.id, YOU.id, { bytes: Buffer.from('MZ no sound at all'), duration: 2 })
    await you.waitFor('I cannot read that file as sound.')
    // Its sender said two seconds; the file itself says an hour.
    w.simulator.world.sendVoice(YOU.id, YOU.id, { bytes: spokenNote('lie', 3600), duration: 2 })
    await you.waitFor('That is 60 minutes long')
    you.sendVoice('')
    await you.waitFor('I heard no words in that.')
    expect({ asked: heard.requests.length, effects: await whats(w) }).toEqual({ asked: 1, effects: [] })
  })

  test('a refusal of the service is told in a sentence, and what is said next is heard', async () => {
    const { w, heard } = await started()
    const you = w.person()
    heard.misbehave({ kind: 'status', status: 401 })
    you.sendVoice('Add a dark mode to the page')
    await you.waitFor('🎤 The model provider refused the API key')
    heard.misbehave({ kind: 'status', status: 503 })
    you.sendVoice('Add a light mode to the page')
    await you.waitFor('Task: Add a light mode to the page')
    expect(await states(w)).toEqual([{ state: 'failed' }, { state: 'done' }])
  })

  test('what somebody not listed says is neither fetched nor heard', async () => {
    const { w, heard } = await started()
    const stranger = w.person(STRANGER.id)
    stranger.sendVoice('stop everything')
    await stranger.waitFor('Sorry, this bot works only for the people')
    await w.settled()
    expect({ asked: heard.requests.length, rows: await states(w) }).toEqual({ asked: 0, rows: [] })
  })

  test('a forwarded voice message is not heard: it is not the words of who sent it', async () => {
    const { w, heard } = await started()
    const you = w.person()
    const said = you.sendVoice('stop everything')
    await you.waitFor('Stopped.')
    w.simulator.world.forward(YOU.id, said, YOU.id)
    await you.waitFor('not act on forwarded messages')
    expect(heard.requests.length).toBe(1)
  })
})
