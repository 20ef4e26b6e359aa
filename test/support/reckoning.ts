/**
 * Compares what the outside saw (the simulated Telegram, the model, the person's repositories) with what Lugh's rows say, after the fact.
 * Each rule answers the sentences that are not so; a history is right when there are none. It never asks Lugh itself.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { SETTLED } from '#core'
import { buttons, type ModelServer, type Simulator } from '#simulator'
import { fileAt, git } from './repositories.ts'
import { locksUnder, registeredWorktrees, worktreesUnder } from './remains.ts'
import { readRows, withStore, type RowsOf } from './rows.ts'

export type History = Readonly<{
  home: string
  databaseUrl?: string | undefined
  simulator: Simulator
  model: ModelServer
  /** The person's repositories, and how many commits on `main` are the person's own. */
  repositories: readonly string[]
  /** Whether commits of the person stand between Lugh's. */
  ownCommits?: boolean
  /** How often Lugh was killed: each may leave one message whose outcome nobody learnt. */
  kills: number
  /** States in which tasks may end (merged). */
  ends?: readonly string[]
}>

/** Everything that is wrong with a history that has come to rest. Lugh must be stopped. */
export async function whatIsWrong(history: History): Promise<string[]> {
  const rows = await withStore(history, readRows)
  return [
    ...wrongTasks(rows, history),
    ...wrongInbox(rows, history),
    ...wrongLandings(rows, history),
    ...wrongCommands(rows, history),
    ...wrongMessages(rows, history),
    ...wrongTurns(history),
    ...leftOpen(rows),
    ...leftOnDisk(history),
  ]
}

/** What a person wished for with these words, to be done or to be tried out first; undefined: a command. */
function wishIn(text: string): string | undefined {
  return text.startsWith('/') ? /^\/dryrun (.+)/u.exec(text)?.[1] : text
}

/** Every wish is one task, and every task has ended. */
function wrongTasks({ tasks }: RowsOf, { simulator: { world }, ends = ['merged'] }: History): string[] {
  const said = world
    .persons()
    .flatMap(({ id }) => world.messages(id).filter((message) => message.from.id === id && message.replyTo === undefined))
    .flatMap(({ text }) => wishIn(text) ?? [])
  const wrong = tasks.filter(({ state }) => !ends.includes(state)).map(({ number, state, wish }) => `T${number} ended ${state}: ${wish}`)
  for (const wish of new Set(said)) {
    const [wanted, made] = [said.filter((text) => text === wish).length, tasks.filter((task) => task.wish === wish).length]
    if (wanted !== made) wrong.push(`"${wish}" was said ${wanted} times and became ${made} tasks`)
  }
  if (tasks.length !== said.length) wrong.push(`${said.length} wishes became ${tasks.length} tasks`)
  return wrong
}

/** Every message and every press reached the inbox once and was handled. */
function wrongInbox({ inbox }: RowsOf, { simulator: { world } }: History): string[] {
  const wrong = inbox.filter(({ state }) => state !== 'handled').map((row) => `update ${row.updateId} (${row.kind}) is ${row.state}: ${row.failure}`)
  const said = world.persons().flatMap(({ id }) =>
    world
      .messages(id)
      .filter((message) => message.from.id === id)
      .map((message) => `${id}/${message.id}`),
  )
  const heard = inbox.filter(({ kind }) => kind === 'message').map(({ chatId, messageId }) => `${chatId}/${messageId}`)
  const pressed = world.queries().map(({ id }) => id)
  const felt = inbox.filter(({ kind }) => kind === 'tap').map(({ callbackId }) => callbackId ?? '')
  return [...wrong, ...notTheSame('message', said, heard), ...notTheSame('press', pressed, felt)]
}

function notTheSame(what: string, there: readonly string[], here: readonly string[]): string[] {
  const wrong = there.filter((one) => !here.includes(one)).map((one) => `the ${what} ${one} never arrived`)
  wrong.push(...here.filter((one, index) => here.indexOf(one) !== index).map((one) => `the ${what} ${one} arrived twice`))
  return [...wrong, ...here.filter((one) => !there.includes(one)).map((one) => `the ${what} ${one} was never made`)]
}

/** The repository holds exactly the commits whose landing says so, each on the commit its row names. */
function wrongLandings({ landings, ends }: RowsOf, { repositories, ownCommits = false }: History): string[] {
  const wrong = landings.filter(({ state }) => state === 'intended').map(({ task, kind }) => `the ${kind} of T${task} is still intended`)
  wrong.push(...ends.filter(({ n }) => n !== 1).map(({ task, kind, n }) => `${kind} of T${task} was written ${n} times`))
  for (const path of repositories) {
    const landed = landings.filter(({ location, state }) => state === 'landed' && location.replace('file://', '') === path)
    const lines = git(path, 'log', '--format=%H %P', 'main').split('\n').slice(0, -1)
    const log = lines.filter((line) => !ownCommits || landed.some(({ commit }) => line.startsWith(commit ?? '?')))
    const rows = landed.map(({ commit, old }) => `${commit} ${old}`)
    if ([...log].toSorted().join() !== rows.toSorted().join())
      wrong.push(`${path}: the log holds ${log.join(', ') || 'nothing'}; the rows say ${rows.join(', ') || 'nothing'}`)
    const subjects = git(path, 'log', '--format=%s', 'main')
      .split('\n')
      .filter((line) => / \(T\d+\)$/.test(line))
    const kinds = new Map<string, number>()
    for (const subject of subjects) kinds.set(subject, (kinds.get(subject) ?? 0) + 1)
    const redone = landed.some(({ kind }) => kind !== 'merge')
    if (!redone) for (const [subject, n] of kinds) if (n !== 1) wrong.push(`${path}: "${subject}" stands in the log ${n} times`)
    if (git(path, 'status', '--porcelain') !== '') wrong.push(`${path} is not clean: ${git(path, 'status', '--porcelain')}`)
    git(path, 'fsck', '--no-dangling')
  }
  return wrong
}

/** What the command of a wish leaves in its own file: one line each time it runs. */
export function countingCommand(name: string): string {
  return `mkdir -p counts && echo ran >> counts/${name}.txt`
}

/** An approved command ran once when its step says so, and never more often than a person allowed it. */
function wrongCommands({ steps, approvals, landings, tasks }: RowsOf, { repositories }: History): string[] {
  const wrong: string[] = []
  for (const { number } of tasks) {
    const merge = landings.find(({ task, kind, state }) => task === number && kind === 'merge' && state === 'landed')
    const location = merge?.location.replace('file://', '')
    if (merge?.commit == null || location === undefined || !repositories.includes(location)) continue
    const mine = steps.filter(({ task, tool }) => task === number && tool === 'run_command')
    for (const command of new Set(mine.flatMap((step) => step.command ?? []))) {
      const file = /counts\/\S+\.txt/.exec(command)?.[0]
      if (file === undefined) continue
      const ran = (fileAt(location, merge.commit, file) ?? '').split('\n').filter((line) => line !== '').length
      const finished = mine.filter((step) => step.command === command && step.state === 'finished').length
      const allowed = approvals.filter((one) => one.task === number && one.command === command && one.state === 'allowed').length
      if (ran > allowed || ran < finished) wrong.push(`T${number} ran "${command}" ${ran} times: allowed ${allowed}, finished ${finished}`)
    }
  }
  return wrong
}

/** Nothing sent was lost; at most the calls whose outcome nobody learnt are there twice; a card has live buttons in one message only. */
function wrongMessages(rows: RowsOf, { simulator: { world, calls }, kills }: History): string[] {
  const wrong = rows.outbox
    .filter(({ state }) => state !== 'sent' && state !== 'refused')
    .map(({ id, key, state }) => `outbox ${id} (${key}) is ${state}`)
  wrong.push(
    ...rows.outbox
      .filter(
        ({ state, kind, failure }) =>
          state === 'refused' && kind !== 'callback' && kind !== 'card' && !/there is nothing to show|message already/.test(failure ?? ''),
      )
      .map(({ key, failure }) => `${key} was refused: ${failure}`),
  )
  const known = new Set([
    ...rows.outbox.flatMap((row) => row.messageIds.map((id) => `${row.chatId}/${id}`)),
    ...rows.cards.map((card) => `${card.chatId}/${card.messageId}`),
  ])
  const seen = world.persons().flatMap(({ id }) => world.messages(id).filter((message) => message.from.id === world.bot.id))
  const there = new Set(seen.map(({ chatId, id }) => `${chatId}/${id}`))
  for (const one of known) if (!there.has(one) && !one.endsWith('/null')) wrong.push(`message ${one} of the rows is not in the chat`)
  const extra = seen.filter(({ chatId, id }) => !known.has(`${chatId}/${id}`))
  const unknown = calls.filter(({ outcome }) => outcome === 'effect-unanswered').length
  if (extra.length > kills + unknown) wrong.push(`${extra.length} messages are there twice after ${kills} kills and ${unknown} lost answers`)
  const cardOf = new Map(rows.buttons.map(({ id, cardId }) => [id, cardId]))
  const alive = new Map<string, number>()
  for (const message of seen) {
    if (buttons(message).length === 0 || message.markup?.kind !== 'inline') continue
    const card = message.markup.rows
      .flat()
      .map(({ callback_data: data }) => cardOf.get(data ?? ''))
      .find((id) => id !== undefined)
    if (card !== undefined) alive.set(card, (alive.get(card) ?? 0) + 1)
  }
  for (const [card, n] of alive) if (n > 1) wrong.push(`card ${card} has live buttons in ${n} messages`)
  return wrong
}

/** What a model once knew it knows for ever: no request of a task holds fewer answers than an earlier one. */
function wrongTurns({ model }: History): string[] {
  const reached = new Map<string, number>()
  const wrong: string[] = []
  for (const { conversation, refused } of model.requests) {
    if (refused !== undefined) wrong.push(`the model refused a request: ${refused}`)
    if (conversation === undefined) continue
    const before = reached.get(conversation.wish) ?? 0
    if (conversation.turn < before) wrong.push(`"${conversation.wish}" went back from ${before} answers to ${conversation.turn}`)
    reached.set(conversation.wish, Math.max(before, conversation.turn))
  }
  return wrong
}

/** Rows that only a life under way may have. */
function leftOpen({ tasks, steps, runs, worktrees, cards, approvals }: RowsOf): string[] {
  const settled: readonly string[] = SETTLED
  return [
    ...tasks.filter(({ leased }) => leased).map(({ number }) => `T${number} is still leased`),
    ...tasks.filter(({ state }) => !settled.includes(state)).map(({ number, state }) => `T${number} still is ${state}`),
    ...steps.filter(({ state }) => state === 'started').map(({ task, tool }) => `a ${tool} of T${task} is still started`),
    ...runs
      .filter(({ state }) => state === 'running' || state === 'parked')
      .map(({ task, attempt, state }) => `run ${attempt} of T${task} is still ${state}`),
    ...worktrees.filter(({ state }) => state !== 'gone').map(({ path, state }) => `${path} is still ${state}`),
    ...cards.filter(({ stale }) => stale).map(({ id, kind }) => `the ${kind} card ${id} is still stale`),
    ...approvals.filter(({ state }) => state === 'pending').map(({ task }) => `an approval of T${task} is still pending`),
  ]
}

/** Worktrees, branches, locks and homes of commands. */
function leftOnDisk({ home }: History): string[] {
  const repos = join(home, 'repos')
  const branches = (existsSync(repos) ? readdirSync(repos) : []).flatMap((id) => {
    const workshop = join(repos, id, 'workshop.git')
    if (!existsSync(workshop)) return []
    return git(workshop, 'for-each-ref', '--format=%(refname)', 'refs/heads/lugh')
      .split('\n')
      .filter((line) => line !== '')
      .map((ref) => `${id}: ${ref}`)
  })
  return [
    ...worktreesUnder(home).map((path) => `${path} was left`),
    ...registeredWorktrees(home).map((path) => `${path} was left`),
    ...branches.map((ref) => `the branch ${ref} was left`),
    ...locksUnder(home).map((path) => `the lock ${path} was left`),
  ]
}
