/** Colours of code, by shiki. Grammars are read when a file first needs them; without one for its name a file has the plain ink. */
import { basename, extname } from 'node:path/posix'
import { createHighlighterCore, type GrammarState, type HighlighterCore } from 'shiki/core'
import { createOnigurumaEngine } from 'shiki/engine/oniguruma'
import { bundledLanguages, type BundledLanguage } from 'shiki/langs'
import { bundledThemes } from 'shiki/themes'
import type { PatchLine } from './parse-patch.ts'
import { THEMES, type Look } from './theme.ts'

/** From where a colour holds, in UTF-16 units of the line. */
export type Colour = { readonly from: number; readonly colour: string }

/** Colours of a hunk's lines, side by side: of the old side those of lines that are gone, since what stayed is drawn as the new side has it. */
export type Painted = { readonly old: readonly (readonly Colour[])[]; readonly fresh: readonly (readonly Colour[])[] }

/** Each side by itself: a comment that was opened in a removed line colours nothing that came. Nothing where no grammar has the file's name. */
export type Highlight = (paths: { readonly old: string; readonly fresh: string }, lines: readonly PatchLine[], look: Look) => Promise<Painted>

/** Longer lines are made by machines; their colours help nobody. */
const MAX_LINE = 1000
const LINE_TIME_MS = 100

/** Names that say more than their ending. */
const BY_NAME: Readonly<Record<string, BundledLanguage>> = {
  dockerfile: 'docker',
  makefile: 'make',
  'cmakelists.txt': 'cmake',
  gemfile: 'ruby',
  rakefile: 'ruby',
  jenkinsfile: 'groovy',
  '.bashrc': 'bash',
  '.env': 'dotenv',
  'tsconfig.json': 'jsonc',
}
/** Endings that are no name or alias of a grammar. */
const BY_ENDING: Readonly<Record<string, BundledLanguage>> = {
  h: 'c',
  hpp: 'cpp',
  cc: 'cpp',
  cxx: 'cpp',
  htm: 'html',
  svg: 'xml',
  plist: 'xml',
  mts: 'typescript',
  cts: 'typescript',
  tf: 'terraform',
  patch: 'diff',
  gradle: 'groovy',
  ex: 'elixir',
  exs: 'elixir',
  jsonl: 'json',
  lock: 'json',
}

/** Loads the engine and both themes: a third of a second, once. */
export async function createHighlight(): Promise<Highlight> {
  const highlighter = await createHighlighterCore({
    themes: [bundledThemes['github-dark-default'], bundledThemes['github-light-default']],
    langs: [],
    engine: createOnigurumaEngine(import('shiki/wasm')),
  })
  return async ({ old, fresh }, lines, look) => {
    const langs = { old: languageOf(old), fresh: languageOf(fresh) }
    for (const lang of [langs.old, langs.fresh])
      if (lang !== undefined && !highlighter.getLoadedLanguages().includes(lang)) await highlighter.loadLanguage(bundledLanguages[lang])
    return paint(highlighter, langs, lines, look)
  }
}

function languageOf(path: string): BundledLanguage | undefined {
  const name = basename(path).toLowerCase()
  const ending = extname(name).slice(1)
  const named = BY_NAME[name] ?? BY_ENDING[ending]
  if (named !== undefined) return named
  return isLanguage(ending) ? ending : undefined
}

function isLanguage(name: string): name is BundledLanguage {
  return Object.hasOwn(bundledLanguages, name)
}

type Side = { readonly lang: BundledLanguage | undefined; state: GrammarState | undefined; readonly colours: (readonly Colour[])[] }

/**
 * Walks both sides at once, run by run of lines with the same sign. As long as both are in the same state of the grammar, which is nearly always,
 * what stayed is read once for both: of an 80-line diff with 20 changed lines 80 lines in place of 120.
 */
function paint(
  highlighter: HighlighterCore,
  langs: { readonly [side in keyof Painted]: BundledLanguage | undefined },
  lines: readonly PatchLine[],
  look: Look,
): Painted {
  const sideOf = (lang: BundledLanguage | undefined): Side => ({
    lang,
    state: read(highlighter, { lang, state: undefined }, [''], look).state,
    colours: [],
  })
  const [old, fresh] = [sideOf(langs.old), sideOf(langs.fresh)]
  const lastGone = lines.findLastIndex(({ sign }) => sign === '-')
  const go = (side: Side, run: readonly string[]): void => {
    const { state, colours } = read(highlighter, side, run, look)
    side.state = state
    side.colours.push(...colours)
  }
  for (let from = 0; from < lines.length;) {
    const sign = lines[from]?.sign
    let to = from
    while (lines[to]?.sign === sign) to += 1
    const run = lines.slice(from, to).map(({ text }) => text)
    const isShared = sign === ' ' && inOneState(old, fresh)
    if (sign !== '-') go(fresh, run)
    if (isShared) {
      old.state = fresh.state
      old.colours.push(...run.map(() => []))
    } else if (sign !== '+' && from <= lastGone) go(old, run)
    from = to
  }
  return { old: old.colours, fresh: fresh.colours }
}

function inOneState(old: Side, fresh: Side): boolean {
  const [one, other] = [old.state?.getInternalStack(), fresh.state?.getInternalStack()]
  return old.lang === fresh.lang && one !== undefined && other !== undefined && one.equals(other)
}

/** The colours of lines that follow a state, and the state they end in. */
function read(
  highlighter: HighlighterCore,
  { lang, state }: Pick<Side, 'lang' | 'state'>,
  lines: readonly string[],
  look: Look,
): Pick<Side, 'state' | 'colours'> {
  if (lang === undefined) return { state, colours: [] }
  const tokens = highlighter.codeToTokensBase(lines.join('\n'), {
    lang,
    theme: THEMES[look].code,
    tokenizeMaxLineLength: MAX_LINE,
    tokenizeTimeLimit: LINE_TIME_MS,
    ...(state === undefined ? {} : { grammarState: state }),
  })
  const matches = tokens.length === lines.length
  const colours = lines.map((_line, at) => {
    let from = 0
    return (matches ? (tokens[at] ?? []) : []).map(({ content, color }) => {
      const colour = { from, colour: color ?? THEMES[look].ink }
      from += content.length
      return colour
    })
  })
  return { state: highlighter.getLastGrammarState(tokens), colours }
}
