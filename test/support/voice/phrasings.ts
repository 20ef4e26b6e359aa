/** Sentences with what they mean, from the files beside this one: `INTENT [T12] [C7] [all] ["words"] [?] | sentence`. */
import { readFileSync } from 'node:fs'

export type Meaning = Readonly<Record<string, unknown>> & { readonly intent: string }
export type Phrasing = {
  readonly means: Meaning
  /** False: it may only be guessed at. */
  readonly sure: boolean
  readonly said: string
}

/** The lines of one of the files that say something. */
export function linesOf(file: string): string[] {
  return readFileSync(new URL(file, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
}

/** What stands before the bar, as a meaning. Throws for what is none. */
export function meaningOf(label: string): Pick<Phrasing, 'means' | 'sure'> {
  const parts = /^(\w+)(?: T(\d+))?(?: C(\d+))?( all)?(?: "(.*)")?( \?)?$/u.exec(label)
  if (parts === null) throw new Error(`This is no meaning: ${label}`)
  const [, intent = '', task, checkpoint, all, words, guess] = parts
  return {
    means: {
      intent,
      ...(task === undefined ? {} : { task: Number(task) }),
      ...(checkpoint === undefined ? {} : { checkpoint: Number(checkpoint) }),
      ...(all === undefined ? {} : { all: true }),
      ...(words === undefined ? {} : { words }),
    },
    sure: guess === undefined,
  }
}

/** All sentences of a file. */
export function phrasings(file: string): Phrasing[] {
  return linesOf(file).map((line) => {
    const [label = '', said = ''] = line.split(' | ')
    return { ...meaningOf(label), said }
  })
}

/** Capitals and marks at the end are the recogniser's. */
export function plainWords(meaning: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { words, ...rest } = meaning
  return typeof words === 'string' ? { ...rest, words: words.toLowerCase().replace(/[.!?]+$/u, '') } : rest
}
