/** Rows of `personal` (how a person likes things) and `panel` (a panel of settings somebody has opened). */
import { PersonId, ProjectId } from '#core'
import { z } from 'zod'
import type { Sql, Tx } from './port.ts'

export const LOOK_CHOICES = ['dark', 'light', 'off'] as const
export type LookChoice = (typeof LOOK_CHOICES)[number]

/** How a person wants pictures of diffs; undefined: as the installation shows them. */
export async function lookOf(sql: Sql, personId: PersonId | null): Promise<LookChoice | undefined> {
  if (personId === null) return undefined
  const row = await sql.row(z.object({ look: z.enum(LOOK_CHOICES).nullable() }), `select look from personal where person_id = $1::uuid`, [personId])
  return row?.look ?? undefined
}

export function setLook(tx: Tx, personId: PersonId, look: LookChoice | null): Promise<number> {
  return tx.run(`insert into personal (person_id, look) values ($1::uuid, $2::text) on conflict (person_id) do update set look = excluded.look`, [
    personId,
    look,
  ])
}

export const PANEL_PAGES = ['main', 'notices', 'project-notices', 'quiet', 'look', 'mode', 'engine', 'away'] as const
export type PanelPage = (typeof PANEL_PAGES)[number]

const Panel = z.object({
  id: z.string(),
  personId: PersonId,
  projectId: ProjectId.nullable(),
  page: z.enum(PANEL_PAGES).catch('main'),
  note: z.string(),
})
export type Panel = z.infer<typeof Panel>
const PANEL = `id, person_id as "personId", project_id as "projectId", page, note`

export function insertPanel(tx: Tx, p: Omit<Panel, 'page'>): Promise<number> {
  return tx.run(`insert into panel (id, person_id, project_id, page, note) values ($1::uuid, $2::uuid, $3::uuid, 'main', $4::text)`, [
    p.id,
    p.personId,
    p.projectId,
    p.note,
  ])
}

export function panelById(sql: Sql, id: string): Promise<Panel | undefined> {
  return sql.row(Panel, `select ${PANEL} from panel where id = $1::uuid`, [id])
}

/** Two taps at once queue at the row. */
export function lockPanel(tx: Tx, id: string): Promise<Panel | undefined> {
  return tx.row(Panel, `select ${PANEL} from panel where id = $1::uuid for update`, [id])
}

export function turnPanel(tx: Tx, id: string, page: PanelPage): Promise<number> {
  return tx.run(`update panel set page = $2::text where id = $1::uuid`, [id, page])
}
