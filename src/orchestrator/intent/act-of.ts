/**
 * What is to be done for a spoken sentence. It names a capability with its input, or an answer to a card, or has something to say; it does
 * none of it. Voice alone destroys nothing: what cannot simply be had back is offered on a card with a button, as is what was hardly understood.
 */
import { NEEDS_PERSON, b, join, oneLine, type Text } from '#core'
import { cardByMessage, cardsAsking, listTasks, taskByNumber, type CardRow, type Sql, type Task } from '#db'
import { answerOn, type CardMeaning } from './answer-on.ts'
import { SURE, type Understood } from './intent.ts'

export type Deed =
  | { readonly do: 'call'; readonly capability: string; readonly input: Record<string, unknown> }
  /** Words for the agent or the question that was replied to, as if typed. */
  | { readonly do: 'words' }
  /** Nothing is done: it says why, and what can be done. */
  | { readonly do: 'say'; readonly text: Text }

export type Spoken = {
  readonly understood: Understood
  /** The whole of what was said. */
  readonly text: string
  /** The message that was replied to, and the task it is about. */
  readonly repliedTo?: number | undefined
  readonly task?: number | undefined
  /** When the person began to say it; absent: just now. */
  readonly at?: Date | undefined
}

export type Offered = {
  readonly deed: Deed
  /** In words, for the card and for the log: `Undo T12`. */
  readonly what: string
  /** A person presses Run first: it was hardly understood, or cannot simply be had back. */
  readonly ask: false | 'unsure' | 'destructive'
  /** It says itself what it is about, so it is no answer to a question that happens to wait. */
  readonly ofItself: boolean
}

/** Where a person is when they speak. */
export type Place = { readonly botId: CardRow['botId']; readonly chatId: CardRow['chatId'] }

/** A sentence together with the card it answers, if it answers one. */
type Heard = Spoken & { readonly card: CardRow | undefined; readonly place: Place }

/** Reads rows only. */
export async function deedOf(sql: Sql, place: Place, spoken: Spoken): Promise<Offered> {
  const card = spoken.repliedTo === undefined ? undefined : await cardByMessage(sql, place.botId, place.chatId, spoken.repliedTo)
  const { understood, task } = spoken
  const deed = await meant(sql, { ...spoken, card, place })
  const unsure = understood.confidence < SURE && deed.do === 'call'
  const ask = isDestructive(deed, spoken) ? 'destructive' : unsure ? 'unsure' : false
  return { deed, what: wordsOf(understood, task), ask, ofItself: isOfItself(understood) }
}

/** Without a task these are about all that goes on; "undo that" and "pause" may as well be the answer. */
const ABOUT_ALL: readonly Understood['intent'][] = ['stop', 'status', 'since']

function isOfItself({ intent, confidence, task }: Understood): boolean {
  return confidence >= SURE && intent !== 'new' && (task !== undefined || ABOUT_ALL.includes(intent))
}

/** Taking a merge back, and a merge that was only named: another number is soon misheard. */
function isDestructive(deed: Deed, { understood, repliedTo }: Spoken): boolean {
  return understood.intent === 'undo' || (deed.do === 'call' && deed.capability === 'merge_change' && repliedTo === undefined)
}

/** What answers a card that was replied to. */
const OF_CARD: Partial<Record<Understood['intent'], CardMeaning>> = { approve: 'yes', deny: 'no', diff: 'diff', why: 'why' }

/** A reply: an answer to the card, or words for whoever asked; undefined for what is said as anywhere else. */
async function inReply(sql: Sql, heard: Heard): Promise<Deed | undefined> {
  const { understood, text, card, task } = heard
  if (card === undefined && task === undefined) return undefined
  if (understood.task !== undefined && understood.task !== task) return undefined
  const meaning = OF_CARD[understood.intent]
  if (card !== undefined && meaning !== undefined && understood.confidence >= SURE) {
    const answer = await answerOn(sql, card, task, meaning, heard.at)
    if (answer !== undefined) return answer
  }
  return understood.intent === 'new' && understood.words === text.trim() ? { do: 'words' } : undefined
}

async function meant(sql: Sql, heard: Heard): Promise<Deed> {
  const replied = await inReply(sql, heard)
  if (replied !== undefined) return replied
  const { understood } = heard
  const { intent, all, words = '', checkpoint } = understood
  const task = understood.task ?? heard.task
  const about = task === undefined ? {} : { task }
  switch (intent) {
    case 'approve':
    case 'deny':
      return decide(sql, heard, intent === 'approve' ? 'yes' : 'no')
    case 'diff':
      return call('show_diff', about)
    case 'why':
      return call('why_task', about)
    case 'status':
      return task === undefined ? call('show_status', {}) : call('show_task', about)
    case 'stop':
      return call('stop_task', all === true ? { all } : about)
    case 'pause':
      return call('pause_task', about)
    case 'resume':
      return call('resume_task', about)
    case 'undo':
      return call('undo_task', about)
    case 'checkpoint':
      return call('create_checkpoint', words === '' ? {} : { name: words })
    case 'restore':
      // It shows what would change, with buttons of its own.
      if (checkpoint !== undefined) return call('restore_checkpoint', { checkpoint })
      return words === '' ? call('list_checkpoints', {}) : call('restore_checkpoint', { name: words })
    case 'tell':
      return call('steer_task', { ...about, text: words })
    case 'since':
      return call('what_happened', words === '' ? {} : { since: words })
    case 'new':
      return call('assign_task', { wish: words })
    default:
      return intent satisfies never
  }
}

function call(capability: string, input: Record<string, unknown>): Deed {
  return { do: 'call', capability, input }
}

/** Yes and no are for one card: the one that was replied to, or the only one that the named task asks with. */
async function decide(sql: Sql, { understood, place, at, card }: Heard, meaning: 'yes' | 'no'): Promise<Deed> {
  const word = meaning === 'yes' ? 'approve' : 'deny'
  if (understood.confidence < SURE)
    return { do: 'say', text: `I am not sure that you said “${word}”, so nothing was decided. Press the card’s button, or say it again.` }
  if (understood.task === undefined && card !== undefined)
    return { do: 'say', text: 'This card asks nothing that can be answered so. Press one of its buttons.' }
  if (understood.task === undefined) return { do: 'say', text: await candidates(sql, word) }
  const task = await taskByNumber(sql, understood.task)
  if (task === undefined)
    return { do: 'say', text: `There is no T${understood.task}, so nothing was decided. ${plainCandidates(await waiting(sql), word)}` }
  const asking: Deed[] = []
  for (const one of await cardsAsking(sql, place, task.id)) {
    const answer = await answerOn(sql, one, task.number, meaning, at)
    if (answer !== undefined) asking.push(answer)
  }
  const [only] = asking
  if (only !== undefined && asking.length === 1) return only
  return {
    do: 'say',
    text:
      asking.length === 0
        ? `T${task.number} asks nothing now, so nothing was decided.`
        : `T${task.number} asks ${asking.length} things. Reply to the card you mean, or press its button.`,
  }
}

const MAX_CANDIDATES = 5

function waiting(sql: Sql): Promise<Task[]> {
  return listTasks(sql, { states: NEEDS_PERSON, limit: MAX_CANDIDATES })
}

async function candidates(sql: Sql, word: string): Promise<Text> {
  const tasks = await waiting(sql)
  if (tasks.length === 0) return 'Nothing waits for an answer, so nothing was decided.'
  return join([
    b(`Which one? “${word}” alone decides nothing.`),
    ...tasks.map((task) => `T${task.number} ${oneLine(task.title, 50)}`),
    `Say “${word} T${tasks[0]?.number ?? 1}”, or reply to the card.`,
  ])
}

function plainCandidates(tasks: readonly Task[], word: string): string {
  return tasks.length === 0 ? 'Nothing waits for an answer.' : `Say “${word}” with one of ${tasks.map(({ number }) => `T${number}`).join(', ')}.`
}

const WHAT: Record<Understood['intent'], string> = {
  approve: 'Approve',
  deny: 'Deny',
  diff: 'Show the diff',
  why: 'Say why',
  status: 'Show the status',
  stop: 'Stop',
  pause: 'Pause',
  resume: 'Resume',
  undo: 'Undo',
  checkpoint: 'Make a checkpoint',
  restore: 'Go back',
  new: 'Start a new task',
  tell: 'Tell',
  since: 'Say what happened',
}
const MAX_WORDS = 200

function wordsOf({ intent, task, checkpoint, all, words }: Understood, about: number | undefined): string {
  const number = task ?? about
  const named =
    all === true ? ' everything' : checkpoint !== undefined ? ` to C${checkpoint}` : number === undefined || intent === 'new' ? '' : ` T${number}`
  return `${WHAT[intent]}${named}${words === undefined ? '' : `: ${oneLine(words, MAX_WORDS)}`}`
}
