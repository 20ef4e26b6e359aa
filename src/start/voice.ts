/** What hears voice messages here: the operator's own program first, since it was asked for by name and nothing leaves the machine with it. */
import type { Config } from '#config'
import { createCommandTranscriber, createHearing, createLocalTranscriber } from '#media'
import { createOpenAiTranscriber, type Prices } from '#models'
import { createLikelyWords, deedOf, isWorthAsking, meantOf, readIntent, sortByModel, spentToday, type Machinery } from '#orchestrator'
import type { BotOptions } from '#bot'
import type { Outside } from './stand-ins.ts'

/** The bot's ports for voice, from what is configured. */
export function voiceOf(config: Config, parts: { machinery: Machinery; outside: Outside; prices: Prices }): NonNullable<BotOptions['voice']> {
  const { machinery } = parts
  const { command, model } = config.transcribe
  const { apiKey, baseUrl, defaultModel } = parts.outside.openai
  const openai = createOpenAiTranscriber({ apiKey: typeof apiKey === 'function' ? apiKey : () => apiKey, baseUrl, model: model ?? defaultModel })
  const { sandbox } = machinery
  // A model that somebody laid into the home is asked for as much as a program that is named; both before what costs and leaves the machine.
  const transcribers =
    command === undefined ? [createLocalTranscriber({ sandbox, home: config.home }), openai] : [createCommandTranscriber({ sandbox, command })]
  return {
    hearing: createHearing({ transcribers, prices: parts.prices }),
    understand: readIntent,
    model: { worthAsking: isWorthAsking, sort: (rules, text, signal) => sortByModel(machinery, rules, text, signal) },
    meantOf,
    deedOf,
    likelyWords: createLikelyWords({ git: machinery.git, newId: () => machinery.ids.uuid() }),
    spentToday,
  }
}
