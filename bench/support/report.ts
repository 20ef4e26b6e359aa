/** Rows as a table that can stand in a Markdown page, and as JSON with every sample. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Row } from './figure.ts'
import { statsOf, type Stats } from './stats.ts'

const RESULTS = fileURLToPath(new URL('../results/', import.meta.url))
const STORE_NAMES = { embedded: 'embedded', server: 'PostgreSQL' } as const
const HEAD = ['figure', 'store', 'median', 'p95', 'beside', 'median', 'p95', '×', 'goal']

function shown(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString('en-US')
  return value >= 20 ? value.toFixed(0) : value >= 1 ? value.toFixed(1) : value.toFixed(2)
}

function sidesOf(row: Row): { lugh: Stats; bare: Stats | undefined } {
  const better = row.unit === 'rows/s' ? 'high' : 'low'
  return { lugh: statsOf(row.lugh, better), bare: row.bare === undefined ? undefined : statsOf(row.bare.samples, better) }
}

function cells(row: Row): string[] {
  const { lugh, bare } = sidesOf(row)
  const goal = row.goal === undefined ? '' : `${row.goal.met(lugh, bare) ? '✓' : '✗'} ${row.goal.text}`
  const store = row.store === undefined ? '–' : STORE_NAMES[row.store]
  const measured = [`${row.name}, ${row.unit}`, store, shown(lugh.median), shown(lugh.tail)]
  if (bare === undefined) return [...measured, '–', '', '', '', goal]
  return [...measured, row.bare?.name ?? '', shown(bare.median), shown(bare.tail), (lugh.median / bare.median).toFixed(2), goal]
}

/** The table; columns are padded so that it can be read on a console too. `×` is the ratio of the medians. */
export function tableOf(rows: readonly Row[]): string {
  const lines = [HEAD, ...rows.map(cells)]
  const widths = HEAD.map((_, column) => Math.max(3, ...lines.map((line) => (line[column] ?? '').length)))
  const draw = (line: readonly string[]): string => `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const [head = [], ...body] = lines
  return [draw(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...body.map(draw)].join('\n')
}

/** The machine and its load, since a figure says nothing without them. */
export function machine(): string {
  const [load = 0] = loadavg()
  const model = cpus()[0]?.model.trim() ?? 'unknown'
  return `${cpus().length} cores (${model}), ${process.platform} ${release()}, Node ${process.versions.node}, load ${load.toFixed(1)}`
}

/** Writes `bench/results/latest.json`; answers its path. */
export function writeResults(rows: readonly Row[], command: string): string {
  mkdirSync(RESULTS, { recursive: true })
  const path = `${RESULTS}latest.json`
  const figures = rows.map(({ goal, ...row }) => {
    const { lugh, bare } = sidesOf({ ...row })
    return { ...row, stats: { lugh, bare }, ...(goal === undefined ? {} : { goal: { text: goal.text, met: goal.met(lugh, bare) } }) }
  })
  writeFileSync(path, `${JSON.stringify({ at: new Date().toISOString(), machine: machine(), command, figures }, undefined, 2)}\n`)
  return path
}
