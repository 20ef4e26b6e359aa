/** How risky it is to go on from a dry run: a word with the facts it rests on, each measured by Lugh. Nothing an agent says counts. */
import type { Change, OwnStep } from '#db'

export type Risk = { readonly level: 'low' | 'medium' | 'high'; readonly grounds: readonly string[] }

/** What one fact raises the risk to. */
type Fact = readonly [holds: boolean, level: 'medium' | 'high', words: string]

/** A tool that runs code on checkout or in CI is changed by an innocent looking edit. */
const RUNS_CODE = /^(?:package\.json|.*\/package\.json|Makefile|\.github\/.*|\.gitlab-ci\.yml|\.husky\/.*|\.npmrc|.*\.(?:lock|sh))$/u

export function riskOf(change: Change | undefined, commands: readonly OwnStep[]): Risk {
  const withheld = commands.filter(({ state }) => state === 'withheld').length
  const files = change?.files ?? []
  const deleted = files.filter(({ status }) => status === 'deleted').length
  const facts: readonly Fact[] = [
    [(change?.problems.length ?? 0) > 0, 'high', 'it holds what cannot be merged'],
    [change?.tests?.state === 'ran' && change.tests.exitCode !== 0, 'high', 'the tests fail'],
    [(change?.keys.length ?? 0) > 0, 'high', 'it adds what looks like a key'],
    [(change?.hiddenCharacters ?? 0) > 0, 'high', 'it holds hidden characters'],
    [withheld > 0, 'medium', `${count(withheld, 'command')} would still ask you`],
    [change !== undefined && change.tests?.state !== 'ran', 'medium', 'no tests were run'],
    [deleted > 0, 'medium', `${count(deleted, 'file')} deleted`],
    [files.some(({ path }) => RUNS_CODE.test(path)), 'medium', 'it changes what builds or runs the project'],
    [files.some(({ binary }) => binary), 'medium', 'it changes binary files'],
  ]
  const hold = facts.filter(([holds]) => holds)
  const level = hold.some(([, one]) => one === 'high') ? 'high' : hold.length > 0 ? 'medium' : 'low'
  return {
    level,
    grounds: hold.length > 0 ? hold.map(([, , words]) => words) : [change === undefined ? 'no file changes' : 'the tests pass, nothing was withheld'],
  }
}

function count(n: number, word: string): string {
  return n === 1 ? `1 ${word}` : `${n} ${word}s`
}
