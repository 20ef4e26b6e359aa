/** The fonts of pictures, and whether they have a picture for a text. Fonts come with Lugh; those of large scripts are used when they are installed. */
import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createCanvas, GlobalFonts, type SKRSContext2D } from '@napi-rs/canvas'

const MONO = 'Lugh Mono'
const EMOJI = 'Lugh Emoji'
const WIDE = 'Lugh Wide'
/** Where the system has one for a script that the others lack; the first that is there is asked first. */
const SYSTEM = [
  'Noto Sans Mono CJK SC',
  'Noto Sans CJK SC',
  'Noto Sans CJK JP',
  'Hiragino Sans',
  'PingFang SC',
  'DejaVu Sans Mono',
  'DejaVu Sans',
  'Menlo',
]

/** Optional: a person who reads these scripts installs one (docs/pictures.md). */
const WIDE_PACKAGES = ['noto-sans-sc', 'noto-sans-jp', 'noto-sans-tc', 'noto-sans-kr']
const WIDE_SCRIPT = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff00-\uffef]/u

const require = createRequire(import.meta.url)
const loaded = new Set<string>()

/** Registers the fonts that are needed for `text`: the large ones, 0.4 s and 100 files, only for a text in their script. */
export function loadFonts(text: string): void {
  registerOnce('jetbrains-mono', /-(?:400|700)-normal\.woff2$/u, MONO)
  registerOnce('noto-color-emoji', /-400-normal\.woff2$/u, EMOJI)
  if (WIDE_SCRIPT.test(text)) for (const name of WIDE_PACKAGES) registerOnce(name, /-400-normal\.woff2$/u, WIDE)
}

function registerOnce(name: string, files: RegExp, family: string): void {
  if (loaded.has(name)) return
  loaded.add(name)
  const folder = folderOf(name)
  if (folder === undefined) return
  for (const file of readdirSync(folder)) if (files.test(file)) GlobalFonts.registerFromPath(join(folder, file), family)
  known.clear()
  nowhere = undefined
}

function folderOf(name: string): string | undefined {
  try {
    return join(dirname(require.resolve(`@fontsource/${name}/package.json`)), 'files')
  } catch {
    return undefined // an optional package that is not installed
  }
}

const FAMILIES = [MONO, EMOJI, WIDE, ...SYSTEM].map((family) => `"${family}"`).join(', ')

/** A CSS font of this size in pixels. */
export function font(size: number, weight: 400 | 700 = 400): string {
  return `${weight} ${size}px ${FAMILIES}`
}

const FEATURES = '"calt" 0, "liga" 0, "dlig" 0'
const set = new WeakMap<SKRSContext2D, string>()

/** Every letter as it is in the file: code fonts would draw `=>` as one sign. Setting a font reads all its families anew, so none is set twice. */
export function setFont(context: SKRSContext2D, css: string): void {
  if (set.get(context) === css) return
  context.font = css
  context.fontFeatureSettings = FEATURES
  set.set(context, css)
}

/** Draws something and puts everything back as it was, the font too. */
export function apart(context: SKRSContext2D, draw: () => void): void {
  const before = set.get(context)
  context.save()
  draw()
  context.restore()
  if (before !== undefined) set.set(context, before)
}

const PROBE = 32
const probe = createCanvas(PROBE * 2, PROBE * 2).getContext('2d', { willReadFrequently: true })
const known = new Map<string, boolean>()
/** More different characters than this have no place in four pages. */
const MAX_KNOWN = 20_000
/** Never assigned: what it is drawn as stands for whatever is in no font. */
const NOWHERE = '\u0378'
let nowhere: string | undefined
/** These only change their neighbours' picture, and need none. */
const JOINS = /[\p{Cf}\ufe0f]/u

/** Whether a font has it: its picture is neither empty nor the one of a character that is nowhere. */
export function canDraw(text: string): boolean {
  const before = known.get(text)
  if (before !== undefined) return before
  if (known.size > MAX_KNOWN) known.clear()
  nowhere ??= pictureOf(NOWHERE)
  const drawn = pictureOf(text) !== EMPTY && Array.from(text).every((point) => JOINS.test(point) || pictureOf(point) !== nowhere)
  known.set(text, drawn)
  return drawn
}

function pictureOf(text: string): string {
  probe.clearRect(0, 0, PROBE * 2, PROBE * 2)
  setFont(probe, font(PROBE))
  probe.fillStyle = '#000'
  probe.textBaseline = 'alphabetic'
  probe.fillText(text, PROBE / 4, PROBE * 1.4)
  return Buffer.from(probe.getImageData(0, 0, PROBE * 2, PROBE * 2).data.buffer).toString('latin1')
}

const EMPTY = pictureOf(' ')
