/** A scripted task of hundreds of turns whose first three answers decide something, and the scripted notes of it. What is due is read from the conversation as it is sent, so that it shows what is kept of it. */
import { call, type Script, type ScriptedAnswer } from '#simulator'
import { calls, says, writes } from './plays.ts'

export const DECISIONS = [
  'DECISION 1: amounts are whole cents, never floats.',
  'DECISION 2: the module is called till, not cart.',
  'DECISION 3: no dependency is added.',
] as const
/** About 530 tokens, so that two dozen turns fill a small window. */
const FILLING = 'All work and no play makes a dull file. '.repeat(40)

const inOrder = (text: string): string[] => [...new Set(text.match(/DECISION \d: [^\n."]+\./g) ?? [])].toSorted()

/** Writes `turns` files one after the other, and at the end the decisions it still knows. */
export function longTask(turns: number, unlike: (n: number) => ScriptedAnswer | undefined = () => undefined): Script {
  return {
    name: 'a long task',
    match: ({ tools }) => !tools.includes('take_notes'),
    turns: (conversation) => {
      const { now } = conversation
      const n = 1 + Math.max(0, ...conversation.calls.map(({ input }) => Number(/^work\/(\d+)\.txt$/.exec(String(input['path']))?.[1] ?? 0)))
      if (now.calls.at(-1)?.input['path'] === 'DECISIONS.md') return says('Everything is written.')
      const decision = DECISIONS[n - 1]
      const other = decision === undefined ? unlike(n) : undefined
      if (other !== undefined) return other
      const seen = inOrder([now.request, ...now.calls.map(({ output }) => output)].join('\n')).concat(inOrder(JSON.stringify(conversation.rounds)))
      if (n > turns) return calls(writes('DECISIONS.md', `${[...new Set(seen)].toSorted().join('\n')}\n`))
      return { ...(decision === undefined ? {} : { say: decision }), calls: [writes(`work/${n}.txt`, `${n} ${decision ?? ''} ${FILLING}`)] }
    },
  }
}

/** Notes what the conversation it is shown calls a decision, and nothing else. */
export const goodNotes: Script = {
  name: 'notes',
  match: ({ tools }) => tools.includes('take_notes'),
  turns: ({ wish }) => {
    const [known = '', shown = ''] = wish.split('</notes>')
    const fresh = inOrder(shown).filter((decision) => !known.includes(decision))
    return calls(
      call('take_notes', {
        decisions: fresh,
        open_questions: ['Is it fast enough?'],
        where: `Files up to ${/work\/(\d+)\.txt(?![\s\S]*work\/)/.exec(shown)?.[1]} are there.`,
      }),
    )
  },
}
