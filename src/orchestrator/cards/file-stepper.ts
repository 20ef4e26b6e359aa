/** The review card while somebody goes through its files: one piece of the change, what was said to it, and the way to the next. */
import { b, code, join, nameHidden, oneLine, type Text } from '#core'
import { hunkText, personById, type Change, type JudgedHunk, type Sql } from '#db'
import type { Button, CardContent } from '../card.ts'
import { droppedDigest, isAt, isDropped, nameHunk, tally, tallyLine } from '../review/tally.ts'
import { hunkLines } from './hunk-text.ts'

const COMMENT_CHARACTERS = 400

/** The card of the piece it stands at; undefined when it stands at none. */
export async function fileStepper(sql: Sql, title: Text, change: Change, hunks: readonly JudgedHunk[]): Promise<CardContent | undefined> {
  const { atFile: file, atHunk: hunk } = change
  const here = file === null || hunk === null ? undefined : hunks.find(isAt({ file, hunk }))
  if (here === undefined) return undefined
  const text = join([
    title,
    fileLine(change, here),
    [b(place(hunks, here)), ` · ${nameHunk(change, hunks, here)}`],
    await said(sql, here),
    hunkLines({ text: (await hunkText(sql, change.id, here)) ?? '', lines: here.lines }),
    tallyLine(tally(hunks)) ?? `${hunks.length} hunks; what nobody drops stays in.`,
  ])
  return { text, buttons: buttons(change, hunks, here) }
}

function fileLine(change: Change, here: JudgedHunk): Text {
  const file = change.files[here.file]
  const name = file?.oldPath === undefined ? (file?.path ?? '?') : `${file.oldPath} → ${file.path}`
  return ['🗂 ', code(oneLine(nameHidden(name), 160)), ` ${file?.status ?? ''} +${file?.insertions ?? 0} −${file?.deletions ?? 0}`]
}

function ofFile(hunks: readonly JudgedHunk[], file: number): JudgedHunk[] {
  return hunks.filter((hunk) => hunk.file === file)
}

/** `file 2/7 · hunk 3/5`. */
function place(hunks: readonly JudgedHunk[], here: JudgedHunk): string {
  const { files, own } = placesIn(hunks, here)
  const inFile = own.length > 1 ? ` · hunk ${own.indexOf(here) + 1}/${own.length}` : ''
  return `file ${files.indexOf(here.file) + 1}/${files.length}${inFile}`
}

function placesIn(hunks: readonly JudgedHunk[], here: JudgedHunk): { files: number[]; own: JudgedHunk[] } {
  return { files: [...new Set(hunks.map(({ file }) => file))], own: ofFile(hunks, here.file) }
}

async function said(sql: Sql, here: JudgedHunk): Promise<Text | undefined> {
  const by = here.judgedBy === null ? undefined : ((await personById(sql, here.judgedBy))?.name ?? 'somebody')
  if (by === undefined) return undefined
  return join([
    here.verdict !== null && `${isDropped(here) ? '✗ Dropped' : '✓ Kept'} by ${oneLine(by, 60)}`,
    here.comment !== null && `💬 ${oneLine(here.comment, COMMENT_CHARACTERS)}`,
  ])
}

function buttons(change: Change, hunks: readonly JudgedHunk[], here: JudgedHunk): Button[][] {
  const bound = { change: change.id, digest: change.digest }
  const at = { ...bound, file: here.file, hunk: here.hunk }
  const { files, own } = placesIn(hunks, here)
  const file = files.indexOf(here.file)
  const hunk = own.indexOf(here)
  const toFile = (by: number): Button['input'] => ({
    ...bound,
    file: roundAbout(files, file + by),
    hunk: ofFile(hunks, roundAbout(files, file + by))[0]?.hunk ?? 0,
  })
  const toHunk = (by: number): Button['input'] => ({ ...at, hunk: own.at((hunk + by) % own.length)?.hunk ?? 0 })
  const step = (label: string, input: Button['input']): Button => ({ label, capability: 'step_files', input })
  const judge = (label: string, verdict: 'keep' | 'drop', input: Button['input']): Button => ({
    label,
    capability: 'judge_hunk',
    input: { ...input, verdict },
  })
  const wholeFile = { ...bound, file: here.file }
  const { dropped } = tally(hunks)
  return [
    ...(files.length > 1 ? [[step(`◀ file ${file + 1}/${files.length}`, toFile(-1)), step('file ▶', toFile(1))]] : []),
    ...(own.length > 1 ? [[step(`◀ hunk ${hunk + 1}/${own.length}`, toHunk(-1)), step('hunk ▶', toHunk(1))]] : []),
    [
      judge('Keep', 'keep', at),
      judge('Drop', 'drop', at),
      {
        label: '💬 Comment',
        capability: 'comment_hunk',
        input: at,
        ask: {
          field: 'text',
          prompt: `What shall the agent hear about ${oneLine(change.files[here.file]?.path ?? 'this', 80)}, ${nameHunk(change, hunks, here)}?`,
        },
      },
    ],
    ...(own.length > 1 ? [[judge('Keep file', 'keep', wholeFile), judge('Drop file', 'drop', wholeFile)]] : []),
    [...(dropped > 0 ? [leaveOutButton(change, hunks)] : []), { label: '◀ Back', capability: 'step_files', input: bound }],
  ]
}

function roundAbout(files: readonly number[], at: number): number {
  return files.at(at % files.length) ?? 0
}

/** Leaves out exactly the pieces that are dropped as this card shows it. */
export function leaveOutButton(change: Change, hunks: readonly JudgedHunk[]): Button {
  return {
    label: `✂️ Leave ${tally(hunks).dropped} out`,
    capability: 'leave_out',
    input: { change: change.id, digest: change.digest, dropped: droppedDigest(change, hunks) },
  }
}
