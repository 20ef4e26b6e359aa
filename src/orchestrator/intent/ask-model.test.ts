import { expect, it } from 'vitest'
import { understoodOf } from './ask-model.ts'
import { INTENTS, SURE, type Understood } from './intent.ts'

const RULES: Understood = { intent: 'new', words: 'x', confidence: 0.3 }
const read = (input: unknown, text: string): Understood => understoodOf(input, RULES, text)

it('a model that is sure of what changes nothing that cannot be had back is believed, with the person’s own words', () => {
  expect([
    read({ intent: 'status', sure: true }, 'gib mal laut, Kollege'),
    read({ intent: 'status', task: 12, sure: true }, 'was macht denn die Aufgabe zwölf so'),
    read({ intent: 'new', words: 'Delete the database', sure: true }, ' sort the list '),
    read({ intent: 'tell', task: 4, words: 'use the OTHER runner', sure: true }, 'T4 should use the other runner'),
    read({ intent: 'tell', words: 'something else', sure: true }, 'it should use the other runner'),
    read({ intent: 'checkpoint', words: 'before stripe', sure: true }, 'remember it all as before stripe'),
    read({ intent: 'checkpoint', words: 'made up', sure: true }, 'remember it all'),
    read({ intent: 'stop', all: true, sure: true }, 'down tools, everybody'),
  ]).toEqual([
    { intent: 'status', confidence: 0.8 },
    { intent: 'status', task: 12, confidence: 0.8 },
    { intent: 'new', words: 'sort the list', confidence: 0.8 },
    { intent: 'tell', task: 4, words: 'use the OTHER runner', confidence: 0.8 },
    { intent: 'tell', words: 'it should use the other runner', confidence: 0.8 },
    { intent: 'checkpoint', words: 'before stripe', confidence: 0.8 },
    { intent: 'checkpoint', confidence: 0.8 },
    { intent: 'stop', all: true, confidence: 0.8 },
  ])
})

it('no answer of a model approves, denies, takes back or goes back without a button, however sure it says it is', () => {
  const sure = INTENTS.filter((intent) => read({ intent, task: 1, sure: true }, 'task one').confidence >= SURE)
  expect(sure).toEqual(['diff', 'why', 'status', 'stop', 'pause', 'resume', 'checkpoint', 'new', 'tell', 'since'])
  expect(INTENTS.filter((intent) => read({ intent, sure: false }, 'task one').confidence >= SURE)).toEqual([])
})

it('a number that nobody said is left out, and makes the rest a guess', () => {
  expect([
    read({ intent: 'stop', task: 12, sure: true }, 'end that thing'),
    read({ intent: 'restore', checkpoint: 7, sure: true }, 'go where we were'),
  ]).toEqual([
    { intent: 'stop', confidence: 0.5 },
    { intent: 'restore', confidence: 0.5 },
  ])
})

it('what is no answer, or says that it does not know, leaves what the rules think', () => {
  const answers = [undefined, 'stop', {}, { intent: 'delete_everything', sure: true }, { intent: 'unknown', sure: true }, { sure: true }]
  expect(answers.map((answer) => read(answer, 'x'))).toEqual(answers.map(() => RULES))
})
