/**
 * The policy: one command line, judged piece by piece. It runs unasked only if every piece may; what it cannot read asks.
 * Pure, so that the same text gets the same answer everywhere; it never looks at files and never decides for a person.
 */
import type { Mode } from '#core'
import { classifySegment } from './classify-call.ts'
import { parseCommand } from './parse-command.ts'
import { DESTRUCTIVE, FLOOR, riskWords, worst, type RiskClass } from './risk-class.ts'
import { ruleDigest, type Rule } from './rule.ts'

/** More rules than this are not read on a phone. */
const MAX_RULES = 3

export type Piece = { readonly text: string; readonly risk: RiskClass; readonly rule?: Rule }
export type Judgement = {
  /** The worst of its pieces. */
  readonly risk: RiskClass
  readonly pieces: readonly Piece[]
  /** In words, for the card. */
  readonly words: string
  /** Why it cannot be read. */
  readonly problem?: string
  /** What a person may allow for good so that this command runs unasked; empty when that is not on offer. */
  readonly offer: readonly Rule[]
}

/** What the command can do. */
export function judgeCommand(command: string): Judgement {
  const parsed = parseCommand(command)
  if (!parsed.readable)
    return { risk: 'unreadable', pieces: [], words: `${riskWords(['unreadable'])}: ${parsed.why}`, problem: parsed.why, offer: [] }
  const pieces = parsed.segments.map((segment): Piece => ({ text: segment.text, ...classifySegment(segment) }))
  const classes = pieces.map(({ risk }) => risk)
  return { risk: worst(classes), pieces, words: riskWords(classes), offer: offerOf(pieces) }
}

/** Offered only if rules cover every piece that asks. */
function offerOf(pieces: readonly Piece[]): Rule[] {
  const asking = pieces.filter(({ risk }) => risk !== 'read')
  const rules = new Map(asking.flatMap(({ rule }) => (rule === undefined ? [] : [[ruleDigest(rule), rule] as const])))
  return asking.every(({ rule }) => rule !== undefined) && rules.size <= MAX_RULES ? [...rules.values()] : []
}

/** Whether any of its pieces may destroy something. */
export function isDestructive(judgement: Judgement): boolean {
  return [judgement.risk, ...judgement.pieces.map(({ risk }) => risk)].some((risk) => DESTRUCTIVE.includes(risk))
}

export type Circumstances = {
  readonly mode: Mode
  readonly walls: 'up' | 'none'
  /** Digests of the rules a person allowed for good in this project. */
  readonly granted?: ReadonlySet<string>
}
export type Decision =
  | { readonly decision: 'allow'; readonly by: 'read-only' | 'mode' | 'rule'; readonly rules: readonly string[] }
  | { readonly decision: 'ask' }

/** Decides about a judged command. Without walls every command asks. */
export function decideCommand(judgement: Judgement, { mode, walls, granted }: Circumstances): Decision {
  if (walls === 'none' || judgement.problem !== undefined) return { decision: 'ask' }
  const used = new Set<string>()
  const reasons = judgement.pieces.map((piece) => reasonFor(piece, mode, granted, used))
  if (reasons.includes(undefined)) return { decision: 'ask' }
  const by = reasons.includes('rule') ? 'rule' : reasons.includes('mode') ? 'mode' : 'read-only'
  return { decision: 'allow', by, rules: [...used] }
}

function reasonFor(
  { risk, rule }: Piece,
  mode: Mode,
  granted: ReadonlySet<string> | undefined,
  used: Set<string>,
): 'read-only' | 'mode' | 'rule' | undefined {
  if (risk === 'read') return 'read-only'
  if (FLOOR.includes(risk)) return undefined
  const key = rule === undefined ? undefined : ruleDigest(rule)
  if (key !== undefined && granted?.has(key) === true) {
    used.add(key)
    return 'rule'
  }
  return mode === 'auto' ? 'mode' : undefined
}
