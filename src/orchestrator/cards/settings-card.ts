/** The panel of settings: what holds for this person and this project, a page for each, every tap a row. It decides nothing by itself. */
import {
  AWAY_WAYS,
  MODES,
  NOTICE_CLASSES,
  RINGINGS,
  b,
  isQuiet,
  join,
  oneLine,
  quote,
  ringingOf,
  type NoticeClass,
  type Ringing,
  type Text,
} from '#core'
import {
  awayOf,
  panelById,
  projectById,
  quietOf,
  rulesOf,
  type NoticeRule,
  type Panel,
  type PanelPage,
  type Project,
  type Quiet,
  type Sql,
} from '#db'
import type { Facts } from '../capability.ts'
import type { Button, CardContent } from '../card.ts'
import { choiceFor, nameOf } from '../engine-choice.ts'
import { lookFor } from '../look.ts'
import { projectMode } from '../mode.ts'
import { AWAY_MINUTES, timeWords } from '../steps/lapse.ts'

type Shown = { readonly panel: Panel; readonly project: Project | undefined; readonly sql: Sql; readonly facts: Facts }
type Page = (shown: Shown) => Promise<CardContent>

export async function settingsCard(sql: Sql, facts: Facts, subjectId: string): Promise<CardContent | undefined> {
  const panel = await panelById(sql, subjectId)
  if (panel === undefined) return undefined
  const project = panel.projectId === null ? undefined : await projectById(sql, panel.projectId)
  const content = await PAGES[panel.page]({ panel, project, sql, facts })
  return panel.page === 'main' ? content : { ...content, buttons: [...content.buttons, [go(panel, '◀ Back', 'main')]] }
}

const change = (panel: Panel, label: string, input: Button['input']): Button => ({
  label,
  capability: 'change_setting',
  input: { panel: panel.id, ...input },
})
const go = (panel: Panel, label: string, page: PanelPage): Button => change(panel, label, { page })
const chosen = (is: boolean, label: string): string => (is ? `• ${label}` : label)

const ICONS: Readonly<Record<Ringing, string>> = { loud: '🔔', silent: '🔕', critical: '‼️' }
const CLASS_WORDS: Readonly<Record<NoticeClass, string>> = {
  decision: 'decisions',
  question: 'questions',
  done: 'done',
  failed: 'failed',
  info: 'the rest',
}
const LOOKS = { dark: '🌙 Dark', light: '☀️ Light', off: '📄 Text' } as const
/** What people take; any other by /quiet. */
const HOURS = ['22-7', '23-8', '20-6'] as const
const MINUTES = [30, 120, 720, 1440] as const

const main: Page = async ({ panel, project, sql, facts }) => {
  const rules = await rulesOf(sql, panel.personId)
  const quiet = await quietOf(sql, panel.personId)
  const rings = NOTICE_CLASSES.map((about) => `${ICONS[ringOf(rules, about)]} ${CLASS_WORDS[about]}`).join(' · ')
  const away = project === undefined ? undefined : await awayOf(sql, project.id, null)
  const text = join([
    b('⚙️ Settings'),
    rings,
    quietLine(quiet),
    `🎨 Diffs: ${LOOKS[await lookFor(sql, facts, panel.personId)]}`,
    project !== undefined && b(`📁 ${project.name}`),
    project !== undefined && `🧭 Mode ${projectMode(facts, project, undefined)} · 🤖 ${nameOf(await choiceFor(sql, facts, project.id, null))}`,
    project !== undefined && `⏳ Nobody answers: ${away?.way ?? 'park'} after ${timeWords(away?.minutes ?? AWAY_MINUTES)}`,
    panel.note !== '' && quote(panel.note, true),
  ])
  const own = [
    [go(panel, '🔔 What rings', 'notices'), go(panel, '🌙 Quiet hours', 'quiet')],
    [go(panel, '🎨 Look of diffs', 'look'), ...(project === undefined ? [] : [go(panel, '⏳ No answer', 'away')])],
  ]
  return { text, buttons: project === undefined ? own : [...own, [go(panel, '🧭 Mode', 'mode'), go(panel, '🤖 Engine', 'engine')]] }
}

function quietLine(quiet: Quiet | undefined): string {
  if (quiet === undefined) return '🌙 No quiet hours'
  return `🌙 Quiet ${clock(quiet.from)} to ${clock(quiet.to)}, ${quiet.zone}${isQuiet(quiet, new Date()) ? ' (now)' : ''}`
}

function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
}

function ringOf(rules: readonly NoticeRule[], about: NoticeClass): Ringing {
  return ringingOf(
    rules.filter(({ scope }) => scope === 'all'),
    about,
  )
}

function inTwos(buttons: readonly Button[]): Button[][] {
  return Array.from({ length: Math.ceil(buttons.length / 2) }, (_, row) => buttons.slice(row * 2, row * 2 + 2))
}

const notices: Page = async ({ panel, project, sql }) => {
  const rules = await rulesOf(sql, panel.personId)
  const buttons = NOTICE_CLASSES.map((about) => {
    const how = ringOf(rules, about)
    const next = RINGINGS[(RINGINGS.indexOf(how) + 1) % RINGINGS.length] ?? 'loud'
    return change(panel, `${ICONS[how]} ${CLASS_WORDS[about]}`, { notice: { about, how: next } })
  })
  const text = join([b('🔔 What rings for you'), 'Tap to change: 🔔 rings, 🔕 comes silently, ‼️ rings in quiet hours, too.'])
  const only = project === undefined ? [] : [[go(panel, `Only ${oneLine(project.name, 30)}`, 'project-notices')]]
  return { text, buttons: [...inTwos(buttons), ...only] }
}

const projectNotices: Page = async ({ panel, project, sql, facts }) => {
  if (project === undefined) return notices({ panel, project, sql, facts })
  const rules = (await rulesOf(sql, panel.personId)).filter(({ scope, name }) => scope === 'project' && name === project.name)
  const steps = ['default', ...RINGINGS] as const
  const buttons = NOTICE_CLASSES.map((about) => {
    const how = rules.find((rule) => rule.class === about)?.how ?? 'default'
    const next = steps[(steps.indexOf(how) + 1) % steps.length] ?? 'default'
    return change(panel, `${how === 'default' ? '·' : ICONS[how]} ${CLASS_WORDS[about]}`, { notice: { about, how: next, project: true } })
  })
  return {
    text: join([b(`🔔 What rings of ${project.name}`), '· is as for everything else. One task alone: /notify T12 critical.']),
    buttons: inTwos(buttons),
  }
}

const quiet: Page = async ({ panel, sql }) => {
  const row = await quietOf(sql, panel.personId)
  const now = row === undefined ? 'off' : `${row.from / 60}-${row.to / 60}`
  const zone: Button = {
    ...change(panel, '🕰 Time zone', {}),
    ask: { field: 'zone', prompt: 'Which time zone? Like Europe/Berlin or America/New_York.' },
  }
  const other: Button = { ...change(panel, 'Other hours', {}), ask: { field: 'hours', prompt: 'Which hours? Like 22-7 or 22:30-6:45.' } }
  return {
    text: join([b('🌙 Quiet hours'), quietLine(row), 'Only what is ‼️ rings then; what was held back is summed up afterwards.']),
    buttons: [
      HOURS.map((hours) => change(panel, chosen(now === hours, hours.replace('-', ' to ')), { hours })),
      [change(panel, chosen(now === 'off', 'Off'), { hours: 'off' }), other],
      [zone],
    ],
  }
}

const look: Page = async ({ panel, sql, facts }) => {
  const now = await lookFor(sql, facts, panel.personId)
  const off: Text = 'This installation draws no pictures (LUGH_PICTURES=off): diffs come as text.'
  if (facts.pictures === 'off') return { text: join([b('🎨 Look of diffs'), off]), buttons: [] }
  return {
    text: join([b('🎨 Look of diffs'), `Diffs come to you as: ${LOOKS[now]}. What you ask for, and the reviews of your own tasks.`]),
    buttons: [
      (['dark', 'light', 'off'] as const).map((one) => change(panel, chosen(now === one, LOOKS[one]), { look: one })),
      [change(panel, 'As installed', { look: 'default' })],
    ],
  }
}

const mode: Page = ({ panel, project, facts }) => {
  const now = project === undefined ? undefined : projectMode(facts, project, undefined)
  return Promise.resolve({
    text: join([
      b(`🧭 Mode of ${project?.name ?? '?'}`),
      'plan: nothing is written before your Go. ask: commands ask first. auto: sandboxed commands run; pushes, installs and the merge still ask.',
    ]),
    buttons: [MODES.map((one) => change(panel, chosen(now === one, one), { mode: one }))],
  })
}

const engine: Page = async ({ panel, project, sql, facts }) => {
  if (project === undefined) return { text: b('🤖 Engine'), buttons: [] }
  const choice = await choiceFor(sql, facts, project.id, null)
  const offered = [...facts.engines.values()].filter((one) => one.available().ok)
  return {
    text: join([b(`🤖 Engine of ${project.name}`), `${nameOf(choice)} now. /engine says what else there is and why not, /model takes any model.`]),
    buttons: inTwos(offered.map(({ name }) => change(panel, chosen(name === choice.engine, name), { engine: name }))),
  }
}

const away: Page = async ({ panel, project, sql }) => {
  const row = project === undefined ? undefined : await awayOf(sql, project.id, null)
  const now = { way: row?.way ?? 'park', minutes: row?.minutes ?? AWAY_MINUTES } as const
  return {
    text: join([
      b(`⏳ When nobody answers in ${project?.name ?? '?'}`),
      'park: the task waits. safe: commands are denied, and the harmless answer is taken. on: the agent goes on with what does not need it.',
      'It is said once, and nothing is ever allowed that way. One task alone: /away T12 on 30m.',
    ]),
    buttons: [
      AWAY_WAYS.map((way) => change(panel, chosen(now.way === way, way), { away: { ...now, way } })),
      MINUTES.map((minutes) => change(panel, chosen(now.minutes === minutes, timeWords(minutes)), { away: { ...now, minutes } })),
    ],
  }
}

const PAGES: Readonly<Record<PanelPage, Page>> = { main, notices, 'project-notices': projectNotices, quiet, look, mode, engine, away }
