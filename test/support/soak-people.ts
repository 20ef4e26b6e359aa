/**
 * People who use everything at once, as fast as people do: wishes typed, spoken and photographed, answers by button, reaction, reply and word,
 * edits, comments, questions about what goes on. They look at their chat only, and read a card before they answer it.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Message, Person, Script, World } from '#simulator'
import { approvalOf, becomes, questionOf, reviewOf, tap, taskOf, type Task } from './desk.ts'
import { plainPicture } from './pictures.ts'
import { asks, calls, runs, says, writes } from './plays.ts'

/** An answer no later than the card it is about is refused, by Telegram's clock of whole seconds: nobody reads faster. */
const READING_MS = 2100
/** Somebody whose reaction or word was not heard takes the button. */
const PATIENCE_MS = 15_000
/** Until a wish has its card, on machines that have other things to do. */
const HEARD_MS = 300_000

const numberIn = (words: string): string | undefined => /\bnote (\d+)\b/i.exec(words)?.[1]
const COLOUR = 'Which colour shall the note have?'

/** Writes a note, asks to run a command, asks a person where the wish says so, and writes again whatever is said to it later. */
export const notes: Script = {
  name: 'notes',
  match: ({ wish }) => numberIn(wish) !== undefined,
  turns: ({ wish, rounds, now }) => {
    const number = numberIn(wish) ?? '?'
    const path = `notes/${number}.md`
    if (now.calls.length > 0) return says(`Wrote note ${number}.`)
    if (rounds.length > 1) return calls(writes(path, `# Note ${number}\n\nWritten again, ${rounds.length} times.\n`))
    const lines = Array.from({ length: 40 }, (_, line) => `Line ${line} of note ${number}.`).join('\n')
    const more = wish.includes('ask me') ? [asks(COLOUR, ['Red', 'Blue'])] : []
    return calls(writes(path, `# Note ${number}\n\n${lines}\n`), runs(`touch asked-${number}.txt`), ...more)
  },
}

/** How one task is wished for and answered; by its number, so that a run can be had again. */
type Way = (room: Room, number: number) => Promise<void>
type Room = Readonly<{ you: Person; world: World }>

/** Each way once, and again from the first. */
export const WAYS = 8

/** One task from the wish to the merge. */
export async function doTask(room: Room, number: number): Promise<void> {
  const way = ways[number % ways.length]
  if (way !== undefined) await way(room, number)
}

const wishOf = (number: number): string => `Add note ${number} to the shop`

const ways: readonly Way[] = [
  async ({ you }, number) => {
    const task = await begun(you, wishOf(number))
    await answered(you, await approvalOf(you, task), /Allowed/, (card) => tap(you, card, '✅ Allow once'))
    you.say('/status')
    await merged(you, task, (card) => tap(you, card, '✅ Merge'))
  },
  async ({ you }, number) => {
    const task = await taskOf(you, you.sendVoice(wishOf(number)))
    await answered(you, await approvalOf(you, task), /Allowed/, (card) => you.react(card, '👍'))
    you.say('/inbox')
    await merged(you, task, (card) => you.react(card, '👍'))
  },
  async ({ you }, number) => {
    const task = await taskOf(you, you.sendPhoto({ bytes: await plainPicture(number) }, `${wishOf(number)} as drawn here`))
    await answered(you, await approvalOf(you, task), /Allowed/, (card) => you.replyTo(card, 'ok'))
    await merged(you, task, (card) => you.replyTo(card, 'yes'))
  },
  async ({ you, world }, number) => {
    const said = you.say(`${wishOf(number)}, quickly`)
    world.editText(you.id, said, `${wishOf(number)}, with care`)
    const task = await taskOf(you, said)
    await answered(you, await approvalOf(you, task), /Allowed/, (card) => you.replyTo(card, 'yes'))
    await merged(you, task, async (card) => {
      you.react(card, '👀')
      await tap(you, card, '✅ Merge')
    })
  },
  async ({ you }, number) => {
    const task = await begun(you, `${wishOf(number)} and ask me`)
    await answered(you, await approvalOf(you, task), /Allowed/, (card) => tap(you, card, 'This task'))
    await answered(you, await questionOf(you, task), /Blue/, (card) => tap(you, card, 'Blue'))
    await merged(you, task, (card) => tap(you, card, '✅ Merge'))
  },
  async ({ you }, number) => {
    const task = await begun(you, wishOf(number))
    you.replyTo(task.card, 'Mind the commas.')
    await answered(you, await approvalOf(you, task), /Denied/, (card) => you.react(card, '👎'))
    you.say(`/why T${task.number}`)
    await merged(you, task, (card) => tap(you, card, '✅ Merge'))
  },
  async ({ you }, number) => {
    const task = await begun(you, wishOf(number))
    await answered(you, await approvalOf(you, task), /Allowed/, (card) => you.replyTo(card, '👍'))
    const review = await reviewOf(you, task)
    await tap(you, review, '👁 Diff')
    const since = you.mark()
    await tap(you, review, '✏️ Change')
    const prompt = await you.waitFor(/What shall be different/, { since, timeoutMs: 60_000 })
    you.replyTo(prompt, 'shorter, please')
    await becomes(you, review, /^Outdated/)
    await merged(you, task, (card) => tap(you, card, '✅ Merge'))
  },
  async ({ you }, number) => {
    const pictures = await Promise.all([1, 2, 3].map(async (one) => ({ bytes: await plainPicture(number + one) })))
    const [first] = you.sendAlbum(pictures, `${wishOf(number)} from these three`)
    const task = await taskOf(you, first ?? you.say(wishOf(number)))
    you.sendVoice(`status of T${task.number}`)
    await answered(you, await approvalOf(you, task), /Allowed/, (card) => you.sendVoice(`Approve T${task.number}`, { replyTo: card.id, seconds: 1 }))
    you.say(`/search note ${number}`)
    await merged(you, task, (card) => tap(you, card, '✅ Merge'))
  },
]

/** The task of a wish. Somebody who does four things at once was just asked what shall be different: then these words were the answer, and are said again. */
async function begun(you: Person, words: string): Promise<Task> {
  const said = you.say(words)
  const heard = await you.waitFor(({ text, replyTo }) => replyTo === said.id && /^T\d+ · |goes back to work with that/.test(text), {
    timeoutMs: HEARD_MS,
  })
  return heard.text.startsWith('T') ? taskOf(you, said) : begun(you, words)
}

/** Answers a card, and takes the button when the answer was not heard. Whatever it says after that decides. */
async function answered(you: Person, card: Message, words: RegExp, act: (card: Message) => unknown): Promise<void> {
  await delay(READING_MS)
  await act(you.now(card))
  const heard = await becomes(you, card, words, PATIENCE_MS).catch(() => undefined)
  if (heard !== undefined) return
  const [first] = you.buttons(you.now(card)).filter((label) => label === '✅ Allow once' || label === 'Blue')
  if (first !== undefined) await tap(you, card, first)
  await becomes(you, card, /Allowed|Denied|Blue/)
}

/** Merges from the newest review card; where the target moved meanwhile, from the card that follows. */
async function merged(you: Person, task: Task, act: (card: Message) => unknown): Promise<void> {
  for (;;) {
    const card = await reviewOf(you, task)
    await delay(READING_MS)
    await act(you.now(card))
    const done = await becomes(you, card, /^(?:✅ Merged|Outdated)/, PATIENCE_MS).catch(() => undefined)
    if (done?.text.startsWith('✅') === true) return
    if (done === undefined && you.buttons(you.now(card)).includes('✅ Merge')) await tap(you, card, '✅ Merge')
    const later = await becomes(you, card, /^(?:✅ Merged|Outdated)/)
    if (later.text.startsWith('✅')) return
  }
}
