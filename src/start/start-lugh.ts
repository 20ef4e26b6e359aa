/** Starts everything in order and stops it in the reverse one: home, stores, git and sandbox, the outside, the worker, the bot, the doors. */
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { openReferences, watchSecrets, type Config } from '#config'
import { armCrashPoint, createDrafts, errorText, learnSecrets, redactKeys, randomIds, systemClock, type Clock, type Ids } from '#core'
import { admitUsers, createBot } from '#bot'
import { openDoor } from '#cli'
import { lockHome } from '#db'
import { createEngines, createSessionEngines, createTools, systemPrompt } from '#engines'
import { createGit } from '#git'
import { createConnectors, createMcp } from '#mcp'
import { createNormaliser, createPainter } from '#media'
import { createGateway, pricesOf, watchedPrices } from '#models'
import {
  answerTo,
  callCapability,
  capabilities,
  capabilityByName,
  createWorker,
  meaningOfEmoji,
  meaningOfWords,
  nearestCommands,
  renderCard,
  resolveCommand,
  wordsFor,
  type Machinery,
} from '#orchestrator'
import { createSandbox } from '#sandbox'
import { openLog } from '../log.ts'
import { greet } from './greet.ts'
import { homeId } from './identity.ts'
import { engineOf, factsOf, mcpOf, openHttp, openStore, sweepWorkshops, webhookOf } from './parts.ts'
import { ensureSample } from './sample.ts'
import { learntReferences, learntSecrets, secretsOf } from './secrets.ts'
import { outsideOf } from './stand-ins.ts'
import { voiceOf } from './voice.ts'

export type Console = { readonly print: (text: string) => void; readonly complain: (text: string) => void }
type Running = { stop(): Promise<void> }

/** Starts Lugh; resolves when it is ready. Throws a LughError with the way out when it cannot start; nothing is left running then. */
export async function startLugh(config: Config, terminal: Console): Promise<Running> {
  const closing: (() => Promise<void> | void)[] = []
  const stop = async (): Promise<void> => {
    for (const close of closing.toReversed()) await close()
  }
  try {
    await start(config, terminal, (close) => closing.push(close))
    return { stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function start(config: Config, terminal: Console, onStop: (close: () => Promise<void> | void) => void): Promise<void> {
  if (config.crashAt !== undefined) armCrashPoint(config.crashAt)
  learnSecrets(secretsOf(config))
  const secrets = learntSecrets(watchSecrets(config.envFiles))
  const began = Date.now()
  const lock = lockHome(config.home)
  onStop(() => lock.release())
  const log = openLog({ home: config.home, level: config.log, console: terminal.complain })
  const clock: Clock = systemClock
  const ids: Ids = randomIds
  const home = homeId(config.home, ids)
  const [db, sandbox, outside] = await Promise.all([
    openStore(config, log),
    createSandbox({ mode: config.sandbox, home: config.home, host: config.host, secrets: config.envFiles, log }),
    outsideOf(config, secrets.now),
  ])
  onStop(() => db.close())
  onStop(() => sandbox.close())
  onStop(() => outside.close())
  const git = createGit({ home: config.home, sandbox, hostEnvironment: config.host })
  const engines = createEngines({ anthropic: outside.anthropic, openai: outside.openai })
  const prices = pricesOf(watchedPrices(join(config.home, 'prices.json'), (problem) => log.warn({ problem }, 'prices.unreadable')))
  const sessions = createSessionEngines({
    builtIn: [...engines.values()],
    sandbox: sandbox.status,
    command: config.engineCommand,
    acp: config.engineAcp,
    directory: config.enginesDirectory,
  })
  const gateway = createGateway({ ...outside, complain: (event, error) => log.warn({ error: errorText(error) }, event) })
  const all = [...engines.values(), ...sessions.values()]
  const facts = factsOf(config, { home, db, sandbox, engine: engineOf(all, config), engines: all, prices, simulated: outside.simulated, secrets })
  await Promise.all([git.version(), sandbox.sweep(), ensureSample(db, sandbox, { path: config.home, id: home }, ids)])
  await sweepWorkshops(db, git, home, log)
  const painter = createPainter()
  onStop(() => painter.close())
  const connectors = createConnectors({
    sandbox,
    home: config.home,
    version: facts.version,
    reference: learntReferences(openReferences(config.envFiles)),
  })
  onStop(() => connectors.close())
  const drafts = createDrafts()
  const machinery: Machinery = {
    warmPictures: () => painter.warm(),
    db,
    git,
    sandbox,
    engines,
    sessions,
    gateway,
    tools: createTools(),
    connectors,
    normalise: createNormaliser(sandbox, config.home),
    drafts,
    systemPrompt,
    clock,
    ids,
    log,
    redact: redactKeys,
    facts,
    home: config.home,
    holder: `${home}:${ids.token(6)}`,
    leaseMs: config.leaseMs,
    slots: config.slots,
  }
  const worker = createWorker(machinery)
  await db.tx((tx) => admitUsers(tx, outside.allowedUsers, ids))
  const webhook = webhookOf(config, secrets)
  const bot = createBot({
    painter,
    drafts,
    db,
    api: outside.telegram,
    ports: {
      capabilities,
      callCapability,
      capabilityByName,
      resolveCommand,
      renderCard,
      wordsFor,
      nearestCommands,
      answerTo,
      meaningOfEmoji,
      meaningOfWords,
    },
    git,
    facts,
    clock,
    ids,
    log,
    incoming: join(config.home, 'incoming'),
    voice: voiceOf(config, { machinery, outside, prices }),
    ...(webhook === undefined ? {} : { webhook }),
  })
  await worker.start()
  onStop(() => worker.stop())
  await bot.start()
  onStop(() => bot.stop())
  const mcp = createMcp({ db, capabilities, facts, git, clock, ids, log, ...mcpOf(config) })
  onStop(() => mcp.close())
  const serveMcp = (stream: Duplex, authorization: string | undefined): Promise<void> => mcp.serve(stream, authorization)
  const door = await openDoor({ home: config.home, db, capabilities, facts, git, clock, ids, log, mcp: serveMcp })
  onStop(() => door.close())
  const web = await openHttp(config, { db, bot, log, webhook, mcp })
  onStop(() => web.close())
  log.info({ ms: Date.now() - began, store: db.kind, sandbox: sandbox.status.walls, simulated: outside.simulated }, 'lugh.ready')
  await greet(terminal, { facts, outside, bot, db, clock, ids })
}
