/** Card kind → its content, made from rows at the moment it is sent. */
import type { Sql } from '#db'
import type { Facts } from './capability.ts'
import { CARD_KINDS, type CardContent, type CardKind } from './card.ts'
import { approvalCard } from './cards/approval-card.ts'
import { attentionCard } from './cards/attention-card.ts'
import { budgetCard } from './cards/budget-card.ts'
import { dryRunCard } from './cards/dry-run-card.ts'
import { connectorCard } from './cards/connector-card.ts'
import { connectorsCard } from './cards/connectors-card.ts'
import { engineCard } from './cards/engine-card.ts'
import { mergesCard } from './cards/merges-card.ts'
import { planCard } from './cards/plan-card.ts'
import { checkpointCard } from './cards/checkpoint-card.ts'
import { grantsCard } from './cards/grants-card.ts'
import { groupCard } from './cards/group-card.ts'
import { hostCard } from './cards/host-card.ts'
import { questionCard } from './cards/question-card.ts'
import { restoreCard } from './cards/restore-card.ts'
import { reviewCard } from './cards/review-card.ts'
import { searchCard } from './cards/search-card.ts'
import { settingsCard } from './cards/settings-card.ts'
import { serversCard } from './cards/servers-card.ts'
import { starterCard } from './cards/starter-card.ts'
import { voiceCard } from './cards/voice-card.ts'
import { taskCard } from './cards/task-card.ts'
import { uploadCard } from './cards/upload-card.ts'

const RENDERERS: Record<CardKind, (sql: Sql, facts: Facts, subjectId: string) => Promise<CardContent | undefined>> = {
  task: taskCard,
  plan: planCard,
  approval: approvalCard,
  host: hostCard,
  question: questionCard,
  review: reviewCard,
  dryrun: dryRunCard,
  starter: starterCard,
  checkpoint: checkpointCard,
  grants: grantsCard,
  engine: engineCard,
  budget: budgetCard,
  restore: restoreCard,
  merges: mergesCard,
  search: searchCard,
  attention: (sql, facts, subjectId) => attentionCard(sql, facts, subjectId, renderCard),
  voice: voiceCard,
  upload: uploadCard,
  connector: connectorCard,
  connectors: connectorsCard,
  servers: serversCard,
  group: groupCard,
  settings: settingsCard,
}

/** The card's words and buttons, or undefined when what it shows is gone. */
export function renderCard(sql: Sql, facts: Facts, kind: string, subjectId: string): Promise<CardContent | undefined> {
  const known = CARD_KINDS.find((candidate) => candidate === kind)
  return known === undefined ? Promise.resolve(undefined) : RENDERERS[known](sql, facts, subjectId)
}
