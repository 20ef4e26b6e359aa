/** Branded ids: a chat id cannot be passed where a person's id is wanted. Created only here and by row schemas. */
import { randomBytes, randomUUID } from 'node:crypto'
import { z } from 'zod'

const uuid = z.string().regex(/^[0-9a-f-]{36}$/)

export const ProjectId = uuid.brand<'ProjectId'>()
export type ProjectId = z.infer<typeof ProjectId>
export const AgentId = uuid.brand<'AgentId'>()
export type AgentId = z.infer<typeof AgentId>
export const TaskId = uuid.brand<'TaskId'>()
export type TaskId = z.infer<typeof TaskId>
export const RunId = uuid.brand<'RunId'>()
export type RunId = z.infer<typeof RunId>
export const ApprovalId = uuid.brand<'ApprovalId'>()
export type ApprovalId = z.infer<typeof ApprovalId>
export const HostRequestId = uuid.brand<'HostRequestId'>()
export type HostRequestId = z.infer<typeof HostRequestId>
export const QuestionId = uuid.brand<'QuestionId'>()
export type QuestionId = z.infer<typeof QuestionId>
export const PlanId = uuid.brand<'PlanId'>()
export type PlanId = z.infer<typeof PlanId>
export const ChangeId = uuid.brand<'ChangeId'>()
export type ChangeId = z.infer<typeof ChangeId>
export const LandingId = uuid.brand<'LandingId'>()
export type LandingId = z.infer<typeof LandingId>
export const CardId = uuid.brand<'CardId'>()
export type CardId = z.infer<typeof CardId>
export const PersonId = uuid.brand<'PersonId'>()
export type PersonId = z.infer<typeof PersonId>
export const ConversationId = uuid.brand<'ConversationId'>()
export type ConversationId = z.infer<typeof ConversationId>
export const WorktreeId = uuid.brand<'WorktreeId'>()
export type WorktreeId = z.infer<typeof WorktreeId>
export const CheckpointId = uuid.brand<'CheckpointId'>()
export type CheckpointId = z.infer<typeof CheckpointId>
export const BudgetNoticeId = uuid.brand<'BudgetNoticeId'>()
export type BudgetNoticeId = z.infer<typeof BudgetNoticeId>
export const RestoreId = uuid.brand<'RestoreId'>()
export type RestoreId = z.infer<typeof RestoreId>

export const ConnectorId = uuid.brand<'ConnectorId'>()
export type ConnectorId = z.infer<typeof ConnectorId>

export const TokenId = uuid.brand<'TokenId'>()
export type TokenId = z.infer<typeof TokenId>

export const TelegramUserId = z.number().int().brand<'TelegramUserId'>()
export type TelegramUserId = z.infer<typeof TelegramUserId>
export const TelegramChatId = z.number().int().brand<'TelegramChatId'>()
export type TelegramChatId = z.infer<typeof TelegramChatId>
export const BotId = z.number().int().brand<'BotId'>()
export type BotId = z.infer<typeof BotId>

/** A full git object name, SHA-1 or SHA-256. */
export const ObjectName = z
  .string()
  .regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/)
  .brand<'ObjectName'>()
export type ObjectName = z.infer<typeof ObjectName>

/** Where new ids come from: a parameter, so that tests own it. */
export type Ids = { uuid(): string; token(bytes: number): string }

/** Real randomness: v4 UUIDs, and url-safe tokens of the given number of random bytes. */
export const randomIds: Ids = {
  uuid: () => randomUUID(),
  token: (bytes) => randomBytes(bytes).toString('base64url'),
}
