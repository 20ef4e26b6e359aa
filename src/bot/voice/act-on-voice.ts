/**
 * What was heard is acted on, once: what the capability does, what is said about it and the end of the row are one transaction. Voice alone
 * destroys nothing and approves only the card it answers or whose task it names; what is not sure is offered on a card.
 */
import { LughError, crashPoint, digest, errorText, sayError, type TelegramChatId } from '#core'
import {
  claimHeardVoice,
  claimThisVoice,
  conversationAt,
  countVoiceAttempt,
  endVoice,
  personById,
  postCard,
  setVoiceAsked,
  taskOfTopic,
  touchCards,
  type Tx,
  type Voice,
} from '#db'
import { actOn, type Handling } from '../act.ts'
import { aboutMessage, type About } from '../handle-answer.ts'
import { aboutHere, answerPrompt, closeTrail, promptFor, said, type Trail } from '../handle-message.ts'
import type { Turn } from '../lanes.ts'
import type { BotContext, VoicePorts } from '../ports.ts'
import { answer, say } from '../say.ts'

/** The first try and three more, the waits growing fourfold, as with updates. */
const TRIES = 4
const FIRST_RETRY_MS = 250
const FAILURE_MAX = 500

/** Acts on the next of a chat, if there is one. */
export async function actOnNextVoice(context: BotContext, ports: VoicePorts, chatId: TelegramChatId): Promise<Turn> {
  let voice: Voice | undefined
  let trail: Trail = {}
  try {
    await context.db.tx(async (tx) => {
      trail = {}
      voice = await claimHeardVoice(tx, context.botId, chatId)
      if (voice === undefined) return
      await handle(tx, context, ports, voice, trail)
      crashPoint('voice.before-outcome')
    })
    return voice === undefined ? 'idle' : 'again'
  } catch (error) {
    if (voice === undefined) throw error
    return afterError(context, voice, trail, error)
  }
}

async function handle(tx: Tx, context: BotContext, ports: VoicePorts, voice: Voice, trail: Trail): Promise<void> {
  const handling = await begin(tx, context, voice)
  if (handling === undefined) {
    await endVoice(tx, voice.id, 'failed', 'not listed any more')
    return
  }
  if (!(await act(handling, ports, voice, trail))) return
  await endVoice(tx, voice.id, 'done')
  await touchCards(tx, { kind: 'voice', subjectId: voice.id })
}

/** Who and where, read now: somebody taken off the list since is a stranger. */
async function begin(tx: Tx, context: BotContext, voice: Voice): Promise<Handling | undefined> {
  const person = await personById(tx, voice.personId)
  const { botId, chatId, threadId } = voice
  const conversation = await conversationAt(tx, { id: context.ids.uuid(), botId, chatId, threadId })
  if (person === undefined || person.telegramUserId === null || conversation === undefined) return undefined
  const topicTask = threadId === 0 ? undefined : await taskOfTopic(tx, { botId, chatId, threadId })
  const topic = topicTask === undefined ? {} : { topicTask }
  return { tx, context, updateId: voice.updateId, person, conversation, messageId: voice.messageId, way: 'voice', ...topic }
}

/** Answers whether it is over; false: a card asks now. */
async function act(handling: Handling, ports: VoicePorts, voice: Voice, trail: Trail): Promise<boolean> {
  const { tx } = handling
  const transcript = voice.transcript ?? ''
  const replyTo = voice.replyTo ?? undefined
  const prompt = voice.confirmed || voice.fixed ? undefined : await promptFor(handling, { replyTo, question: voice.question ?? undefined })
  const about = replyTo === undefined ? undefined : await aboutMessage(handling, replyTo)
  const understood = ports.meantOf(voice.meant) ?? ports.understand(transcript)
  // Written down by hand, or confirmed by a button: it is meant as it stands.
  const sure = voice.confirmed || voice.fixed ? { ...understood, confidence: 1 } : understood
  const deed = await ports.deedOf(tx, voice, {
    understood: sure,
    text: transcript,
    repliedTo: replyTo,
    task: about?.task?.number,
    at: saidAt(voice),
  })
  if (prompt !== undefined && (replyTo !== undefined || !deed.ofItself)) {
    trail.prompt = prompt
    await answerPrompt(handling, prompt, transcript)
    return true
  }
  if (deed.ask !== false && !voice.confirmed) {
    await ask(handling, voice, deed)
    return false
  }
  await carryOut(handling, voice, deed, about)
  return true
}

type Offered = Awaited<ReturnType<VoicePorts['deedOf']>>

async function carryOut(handling: Handling, voice: Voice, { deed }: Offered, about: About | undefined): Promise<void> {
  if (deed.do === 'say') return say(handling, deed.text)
  const meant = deed.do === 'call' ? deed : handling.context.ports.wordsFor({ text: voice.transcript ?? '', ...said(aboutHere(handling, about)) })
  await answer(handling, await actOn(handling, meant.capability, meant.input))
}

/** When it was begun, by the second in which it was sent; of what was confirmed or written down since, now: the card it answers is looked at then. */
function saidAt({ saidAt: at, seconds, confirmed, fixed }: Voice): Date | undefined {
  return confirmed || fixed ? undefined : new Date((at + 1 - seconds) * 1000)
}

/** Puts the card there, or draws it anew with what it offers now. */
async function ask({ tx, context, conversation: at, messageId }: Handling, voice: Voice, { what, deed }: Offered): Promise<void> {
  const offered = digest('voice', { transcript: voice.transcript, what, do: deed.do })
  await setVoiceAsked(tx, voice.id, what, offered)
  await postCard(tx, {
    id: context.ids.uuid(),
    botId: at.botId,
    chatId: at.chatId,
    threadId: at.threadId,
    kind: 'voice',
    subjectId: voice.id,
    replyTo: messageId,
    loud: true,
  })
}

async function afterError(context: BotContext, voice: Voice, trail: Trail, error: unknown): Promise<Turn> {
  const refused = error instanceof LughError && !error.retryable && error.code !== 'internal' && !error.code.startsWith('db.')
  if (!refused) {
    context.log.error({ voice: voice.id, error: errorText(error) }, 'voice.failed')
    const attempts = await countVoiceAttempt(context.db, voice.id)
    if (attempts < TRIES) return { waitMs: FIRST_RETRY_MS * 4 ** (attempts - 1) }
  }
  const words = sayError(error)
  await context.db.tx(async (tx) => {
    if ((await claimThisVoice(tx, voice.id)) === undefined) return
    const handling = await begin(tx, context, voice)
    if (handling !== undefined) {
      await closeTrail(handling, trail)
      await say(handling, words)
    }
    await endVoice(tx, voice.id, refused ? 'done' : 'failed', words.slice(0, FAILURE_MAX))
    await touchCards(tx, { kind: 'voice', subjectId: voice.id })
  })
  return 'again'
}
