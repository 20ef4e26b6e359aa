/**
 * What people say around an order: why they give it, until when, where they have been. "Roll back T3, the customers complain" and "I'm back.
 * Please go on" are an order with talk after and before it. Which words an order has no rule needs to know; here only what may stand beside one. Pure.
 */
import { bare, type Language } from './language.ts'

/** A piece of a sentence that may be the order, and what was said around it. */
export type Piece = {
  readonly order: string
  readonly talk: readonly string[]
  /** The order follows the talk in the same sentence, so it may as well be its relative clause. */
  readonly joined: boolean
}

/** Of a longer clause nobody can say that it is only talk. */
const TALK_WORDS = 16
/** Whoever tells more has a wish. */
const SENTENCES = 3

/** Every way to take the sentence for an order with talk before or after it: sentence by sentence, then clause by clause. */
export function piecesOf(languages: readonly Language[], sentence: string): Piece[] {
  const sentences = sentence.split(/(?<=[.!?…])\s+/u)
  if (sentences.length > SENTENCES) return []
  const whole = sentences.length === 1 ? [] : sentences.map((order, at) => ({ order, talk: sentences.toSpliced(at, 1), joined: false }))
  const clauses = sentences.flatMap((one, at) =>
    cuts(languages, one).map((piece) => ({ ...piece, talk: [...sentences.toSpliced(at, 1), piece.talk] })),
  )
  return [...whole, ...clauses].filter(({ order, talk }) => talk.every((one) => isTalk(languages, one, NAMED.test(order))))
}

/** Fewer words before an order, without a mark between, are a part of it. */
const TOLD_WORDS = 4

/** Whether it is told of something before an order comes without a mark: nothing in it denies, and it does not go on into the order. */
function isToldFirst(languages: readonly Language[], clause: string): boolean {
  if (clause.split(' ').length < TOLD_WORDS || languages.some(({ never, talk }) => never.test(clause) || talk.goesOn.test(clause))) return false
  return languages.some(({ talk }) => talk.begins.test(bare(languages, clause)))
}

/** A task or a checkpoint. */
const NAMED = /(?<![\p{L}\d])[TC]\d/u

/**
 * One sentence cut in two, from its end on: after a mark, or where none was heard at words that begin no object of an order, or before what
 * names a task.
 */
function cuts(languages: readonly Language[], sentence: string): { order: string; talk: string; joined: boolean }[] {
  const places = [...sentence.matchAll(/[\s,;–-]+/gu)].map(({ index, 0: gap }) => ({
    left: sentence.slice(0, index),
    right: sentence.slice(index + gap.length),
    marked: gap.trim() !== '',
  }))
  const talks = (clause: string, marked: boolean): boolean => languages.some(({ talk }) => (marked ? talk.begins : talk.runsOn).test(clause))
  const after = places
    .filter(({ left, right, marked }) => talks(right, marked) || (marked && NAMED.test(left)))
    .map(({ left, right }) => ({ order: left, talk: right, joined: false }))
  const before = places
    .filter(({ left, right, marked }) => marked || (NAMED.test(right) && isToldFirst(languages, left)))
    .map(({ left, right }) => ({ order: right, talk: left, joined: true }))
  return [...after.toReversed(), ...before.toReversed()]
}

/** Is short, orders nothing by itself, and begins as talk does; beside an order that names its task it may begin as it likes. */
function isTalk(languages: readonly Language[], clause: string, named: boolean): boolean {
  if (clause.split(' ').length > TALK_WORDS) return false
  const starts = [clause, bare(languages, clause)]
  const begins = named || languages.some(({ talk }) => starts.some((one) => talk.begins.test(one) || talk.runsOn.test(one)))
  return begins && !languages.some(({ talk }) => talk.orders.test(clause))
}

/** The task the talk is about, which "it" in the order means; undefined where none or several are named. */
export function taskOfTalk(talk: readonly string[]): number | undefined {
  const tasks = new Set(talk.flatMap((one) => [...one.matchAll(/(?<![\p{L}\d])T(\d+)/gu)].map(([, number]) => Number(number))))
  const [task] = tasks
  return tasks.size === 1 ? task : undefined
}

/** Whether something said beside a yes may take a part of it back. */
export function limits(languages: readonly Language[], talk: readonly string[]): boolean {
  return talk.some((one) => languages.some(({ talk: { limits: words }, never }) => words.test(one) || never.test(one)))
}
