import { LughError } from '#core'
import { dropEngineChoice, setEngineChoice } from '#db'
import { z } from 'zod'
import { capability, type Facts } from '../capability.ts'
import { choiceFor } from '../engine-choice.ts'
import { About, Chosen, aboutWords, chosen, sayChosen, show, subject } from './set-engine.ts'

const MAX_SUGGESTED = 5

/** Chooses the model of the current project or of one task; another engine comes with it when only that one offers the model. */
export const setModel = capability({
  name: 'set_model',
  describe: 'Choose which model works on a project or a task, from what is available here.',
  input: About.extend({ model: z.string().trim().min(1).max(200).optional() }),
  output: Chosen,
  kind: 'request',
  may: ['owner', 'approver'],
  doors: {
    telegram: {
      command: 'model',
      menu: false,
      usage: '/model [NAME|default] [T12]',
      example: '/model claude-opus-5-5 T12',
      parse: (words) => aboutWords(words, 'model'),
    },
    cli: { verb: 'set_model', usage: 'set_model [NAME|default] [T12]', parse: (argv) => aboutWords(argv.join(' '), 'model') },
    mcp: { none: 'which model works is set by a person at the phone or the console' },
  },
  act: async (act, { model, ...about }) => {
    const of = await subject(act, about)
    if (model === undefined) return show(act, of)
    if (model.toLowerCase() === 'default') {
      await dropEngineChoice(act.tx, of.choiceOf)
      return chosen(act, of, null, null)
    }
    const { engine } = await choiceFor(act.tx, act.facts, of.project.id, of.taskId)
    const found = engineFor(act.facts, engine, model)
    await setEngineChoice(act.tx, of.choiceOf, { engine: found.engine, model: found.model, personId: act.caller.personId })
    return chosen(act, of, found.engine, found.model)
  },
  say: sayChosen,
  toast: (o) => `${o.of}: ${o.model ?? o.engine}`,
})

/**
 * The engine that offers the model: the present one first. A model nobody lists is refused with what is near; only where a list was never
 * heard the provider itself has to say.
 */
function engineFor(facts: Pick<Facts, 'engines'>, present: string, wanted: string): { engine: string; model: string } {
  const usable = [...facts.engines.values()].filter((engine) => engine.available().ok)
  const inOrder = usable.toSorted((a, b) => Number(b.name === present) - Number(a.name === present))
  for (const engine of inOrder) {
    const model = [...engine.known(), engine.defaultModel].find((name) => name?.toLowerCase() === wanted.toLowerCase())
    if (model !== undefined) return { engine: engine.name, model }
  }
  if (facts.engines.get(present)?.known().length === 0) return { engine: present, model: wanted }
  const all = [...new Set(usable.flatMap((engine) => engine.known()))]
  const near = all.filter((name) => name.toLowerCase().includes(wanted.toLowerCase())).slice(0, MAX_SUGGESTED)
  const offered =
    near.length > 0
      ? `Near it: ${near.join(', ')}.`
      : `There are: ${all.slice(0, MAX_SUGGESTED).join(', ')}${all.length > MAX_SUGGESTED ? ', …' : ''}.`
  throw new LughError('input.invalid', `No engine here offers “${wanted.slice(0, 60)}”. ${offered} /model shows them.`)
}
