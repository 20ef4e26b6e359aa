import { LughError } from '#core'
import { appendEvent, touchNewestCards, writeSetting } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { FALLBACK_KEY, FALLBACK_MAX, usableEngine } from '../engine-choice.ts'

const Names = z.array(z.string().trim().min(1).max(240)).max(FALLBACK_MAX, `At most ${FALLBACK_MAX} engines can stand in.`)

/** Says who stands in, in order, when the chosen engine's provider cannot be reached. Nobody does unless told: it is another provider's eyes on the code. */
export const setFallback = capability({
  name: 'set_fallback',
  describe: 'Say which engines stand in, in order, when the chosen one cannot be reached.',
  input: z.object({ engines: Names }),
  output: z.object({ engines: z.array(z.string()) }),
  kind: 'request',
  may: ['owner'],
  doors: {
    telegram: {
      command: 'engine fallback',
      usage: '/engine fallback NAME [NAME …] | none',
      example: '/engine fallback openai anthropic/claude-haiku-5-5',
      parse: parseWords,
    },
    cli: { verb: 'set_fallback', usage: 'set_fallback NAME [NAME …] | none', parse: (argv) => parseWords(argv.join(' ')) },
    mcp: { none: 'who stands in for an engine is set by the owner at the phone or the console' },
  },
  act: async (act, { engines }) => {
    const order = engines.map((name) => {
      const [engine = '', ...model] = name.split('/')
      const usable = usableEngine(act.facts, engine)
      if (usable.own !== undefined)
        throw new LughError(
          'input.invalid',
          `${usable.name} keeps its own memory of a task and cannot take over one that is under way: name a built-in engine.`,
        )
      return { engine: usable.name, model: model.length === 0 ? null : model.join('/') }
    })
    await writeSetting(act.tx, FALLBACK_KEY, order)
    const { personId, door } = act.caller
    await appendEvent(act.tx, { personId, door, kind: 'engine.fallback-set', data: { order } })
    await touchNewestCards(act.tx, 'engine')
    return { engines }
  },
  say: (o) =>
    o.engines.length === 0
      ? 'No engine stands in: a task whose provider cannot be reached waits.'
      : `When the chosen engine cannot be reached: ${o.engines.join(', then ')}. The task's card says when that happens.`,
})

function parseWords(words: string): { engines: string[] } {
  const engines = words.split(/[\s,]+/u).filter((word) => word !== '')
  if (engines.length === 0) throw new LughError('input.invalid', 'Which engines? Example: /engine fallback openai · none switches it off.')
  return { engines: engines.length === 1 && engines[0]?.toLowerCase() === 'none' ? [] : engines }
}
