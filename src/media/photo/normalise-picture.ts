/** A picture somebody sent → one that may be looked at. Decoding happens in a process behind walls; this file only starts it and says what came of it. */
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Sandbox } from '#sandbox'
import { z } from 'zod'

/** Decoding the largest that is allowed takes 2 s on an idle core; more is a picture made to be slow. */
const TIMEOUT_MS = 30_000
const OUTPUT_BYTES = 4096
const PROGRAM = fileURLToPath(new URL(`./normalise-process${import.meta.filename.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url))
/** Where sharp lies: hidden ground, when Lugh is installed under a temporary or a home directory. */
const LUGH = fileURLToPath(new URL('../../..', import.meta.url))
const MODULES = join(LUGH, '..', '..', 'node_modules')

const Told = z.union([
  z.object({ ok: z.literal(true), width: z.number(), height: z.number(), bytes: z.number() }),
  z.object({ ok: z.literal(false), why: z.string() }),
])

/** A JPEG without anything else in it, upright, at most 1568 pixels a side; `none`: the file is no picture at all. */
export type Normalised =
  | { readonly ok: true; readonly width: number; readonly height: number; readonly bytes: number }
  | { readonly ok: false; readonly none: boolean; readonly say: string }
export type Normalise = (from: string, to: string, signal?: AbortSignal) => Promise<Normalised>

const SENTENCES: Readonly<Record<string, string>> = {
  none: 'That is no picture I can read. Send it as JPEG, PNG, WebP or GIF.',
  heic: 'That is a HEIC picture, which I cannot read. Send it as a photo instead of as a file, or as JPEG.',
  avif: 'That is an AVIF picture, which I cannot read. Send it as a photo instead of as a file, or as JPEG.',
  tiff: 'That is a TIFF picture, which I cannot read. Send it as JPEG or PNG.',
  bmp: 'That is a BMP picture, which I cannot read. Send it as JPEG or PNG.',
  pixels: 'That picture has more than 64 million pixels. Send it smaller, or as a photo instead of as a file.',
  broken: 'That picture is damaged or cut off, so I cannot read it. Send it again.',
  slow: 'That picture takes too much time or memory to read. Send a smaller one, or a screenshot of it.',
}

/** Answers a function that makes a picture fit. Each path lies in a folder of its own: the process sees nobody else's. `home`: LUGH_HOME, under which the process has its own place. Never throws for what a file holds. */
export function createNormaliser(sandbox: Pick<Sandbox, 'run'>, home: string): Normalise {
  return async (from, to, signal) => {
    await mkdir(dirname(to), { recursive: true, mode: 0o700 })
    const finished = await sandbox.run({
      command: [process.execPath, '--max-old-space-size=128', '--no-warnings', PROGRAM, from, to],
      cwd: dirname(to),
      writable: [dirname(to)],
      readable: [dirname(from), LUGH, dirname(process.execPath), ...(existsSync(MODULES) ? [MODULES] : [])],
      home: join(home, 'homes', 'pictures'),
      // One thread of libvips needs no pool of sixteen arenas.
      env: { MALLOC_ARENA_MAX: '2' },
      limits: { timeoutMs: TIMEOUT_MS, outputBytes: OUTPUT_BYTES },
      ...(signal === undefined ? {} : { signal }),
    })
    const told = Told.safeParse(parse(finished.stdout))
    if (told.success && told.data.ok) return told.data
    const why = told.success && !told.data.ok ? told.data.why : finished.endedBy === null && finished.exitCode !== 137 ? 'broken' : 'slow'
    return { ok: false, none: why === 'none', say: SENTENCES[why] ?? 'That picture cannot be read.' }
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
