/** Colours of code, by shiki. Grammars are read when a file first needs them; without one for its name a file has the plain ink. */
import { basename, extname } from 'node:path/posix'
import { createHighlighterCore, type HighlighterCore } from 'shiki/core'
import { createOnigurumaEngine } from 'shiki/engine/oniguruma'
import { bundledLanguages, type BundledLanguage } from 'shiki/langs'
import { bundledThemes } from 'shiki/themes'
import { THEMES, type Look } from './theme.ts'

/** From where a colour holds, in UTF-16 units of the line. */
export type Colour = { readonly from: number; readonly colour: string }

/** Colours of each line, or nothing where there are none. */
export type Highlight = (path: string, lines: readonly string[], look: Look) => Promise<readonly (readonly Colour[])[]>

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
  return async (path, lines, look) => {
    const lang = languageOf(path)
    if (lang === undefined) return []
    if (!highlighter.getLoadedLanguages().includes(lang)) await highlighter.loadLanguage(bundledLanguages[lang])
    return colours(highlighter, lang, lines, look)
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

function colours(highlighter: HighlighterCore, lang: BundledLanguage, lines: readonly string[], look: Look): Colour[][] {
  const tokens = highlighter.codeToTokensBase(lines.join('\n'), {
    lang,
    theme: THEMES[look].code,
    tokenizeMaxLineLength: MAX_LINE,
    tokenizeTimeLimit: LINE_TIME_MS,
  })
  if (tokens.length !== lines.length) return []
  return tokens.map((line) => {
    let from = 0
    return line.map(({ content, color }) => {
      const colour = { from, colour: color ?? THEMES[look].ink }
      from += content.length
      return colour
    })
  })
}
