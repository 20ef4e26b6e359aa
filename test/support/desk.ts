/** What a person does in a chat with Lugh, step by step, with the words of the cards. Reads the chat only; never Lugh's insides. */
import type { Message, Person } from '#simulator'

/** A loaded machine runs several suites at once, long forms beside everything else; a promise in seconds is measured where it is promised, not by this. */
const PATIENCE_MS = process.env['LUGH_TEST_LONG'] === undefined ? 60_000 : 300_000

export type Task = Readonly<{ number: number; title: string; wish: Message; card: Message }>

/** Adds a repository and waits until it can be used. Answers what Lugh said. */
export async function addProject(person: Person, location: string): Promise<Message> {
  const since = person.mark()
  person.say(`/project add ${location}`)
  return person.waitFor(/is ready, on branch|was not added|already/, { since, timeoutMs: PATIENCE_MS })
}

/** Sends a wish and waits for the card of the task it became. */
export async function wish(person: Person, words: string): Promise<Task> {
  return taskOf(person, person.say(words))
}

/** The task that a message became, once it has a card. */
export async function taskOf(person: Person, said: Message): Promise<Task> {
  const title = said.text.split('\n')[0] ?? ''
  const card = await person.waitFor(({ text, replyTo }) => replyTo === said.id && /^T\d+ · /.test(text), PATIENCE_MS)
  return { number: Number(/^T(\d+)/.exec(card.text)?.[1]), title, wish: said, card }
}

/** Waits until a task's card says so. */
export function cardSays(person: Person, task: Task, words: string | RegExp, timeoutMs = PATIENCE_MS): Promise<Message> {
  const fits = (text: string): boolean => (typeof words === 'string' ? text.includes(words) : words.test(text))
  return person.waitUntil(task.card, (message) => fits(message.text), `T${task.number}'s card to say ${String(words)}`, timeoutMs)
}

/** The newest card of this kind about the task, once it has the button. */
export function card(person: Person, task: Pick<Task, 'number'>, head: string, button: string, since?: number): Promise<Message> {
  const about = new RegExp(`${head}[^\\n]* · T${task.number}\\b`)
  return person.waitFor((message) => about.test(message.text) && person.buttons(message).includes(button), {
    timeoutMs: PATIENCE_MS,
    ...(since === undefined ? {} : { since }),
  })
}

export const approvalOf = (person: Person, task: Pick<Task, 'number'>, since?: number): Promise<Message> =>
  card(person, task, 'Run command', '✅ Allow once', since)
export const questionOf = (person: Person, task: Pick<Task, 'number'>, since?: number): Promise<Message> =>
  card(person, task, 'Question', 'Other → type', since)
/** The review card, once it can be merged. */
export const reviewOf = (person: Person, task: Pick<Task, 'number'>, since?: number): Promise<Message> =>
  card(person, task, 'Review', '✅ Merge', since)

/** Taps a button of that very message and answers the toast. */
export async function tap(person: Person, message: Message, label: string): Promise<string> {
  const query = await person.tap(label, { in: message, timeoutMs: PATIENCE_MS })
  return (await person.toast(query, PATIENCE_MS)).text
}

/** Waits until a message one holds says so. */
export function becomes(person: Person, message: Message, words: RegExp, timeoutMs = PATIENCE_MS): Promise<Message> {
  return person.waitUntil(message, ({ text }) => words.test(text), `message ${message.id} to say ${String(words)}`, timeoutMs)
}

/** Merges from the task's newest review card and waits for the card that says so; where the target moved meanwhile, from the card that follows. */
export async function merge(person: Person, task: Pick<Task, 'number'>): Promise<Message> {
  for (;;) {
    const review = await reviewOf(person, task)
    await tap(person, review, '✅ Merge')
    const done = await becomes(person, review, /^(?:✅ Merged|🌿 Kept|Outdated)/)
    if (!done.text.startsWith('Outdated')) return done
  }
}

/** Waits for any message of the bot. */
export function sees(person: Person, words: string | RegExp, since?: number): Promise<Message> {
  return person.waitFor(words, { timeoutMs: PATIENCE_MS, ...(since === undefined ? {} : { since }) })
}

/** The cards in the chat whose text begins so, as they stand now. */
export function shown(person: Person, head: RegExp): Message[] {
  return person.messages().filter(({ text }) => head.test(text))
}
