/** What a repository's `.mcp.json` would like: a proposal and never a setting. Neither its secrets nor its references to some are taken over. Pure. */
import { LughError, oneLine } from '#core'
import type { ProposedServer } from '#db'
import { z } from 'zod'
import { readHow, serverName } from './read-how.ts'

export const PROPOSALS_PATH = '.mcp.json'
/** A file that is larger proposes nothing anybody would read. */
export const MAX_PROPOSALS_BYTES = 64 * 1024
const MOST = 10
const WANTS = 12

const Entry = z.object({
  command: z.string().optional(),
  args: z.array(z.string()).default([]),
  env: z.record(z.string(), z.unknown()).default({}),
  url: z.string().optional(),
  headers: z.record(z.string(), z.unknown()).default({}),
})
const File = z.object({ mcpServers: z.record(z.string(), z.unknown()) })

/** The servers of the file that could be connected; none when it is no such file. */
export function readProposals(text: string): ProposedServer[] {
  const file = File.safeParse(parse(text)).data
  if (file === undefined) return []
  return Object.entries(file.mcpServers)
    .slice(0, MOST)
    .flatMap(([name, entry]) => proposed(name, entry))
}

function proposed(name: string, raw: unknown): ProposedServer[] {
  const entry = Entry.safeParse(raw).data
  if (entry === undefined) return []
  const words = entry.url === undefined ? [entry.command ?? '', ...entry.args] : [entry.url]
  const named = Object.keys(entry.url === undefined ? entry.env : entry.headers)
  try {
    const plain = name
      .toLowerCase()
      .replaceAll(/[^a-z0-9-]+/gu, '-')
      .replace(/^[^a-z]+/u, '')
    return [{ name: serverName(plain.slice(0, 20)), definition: readHow(words), wants: named.slice(0, WANTS).map((one) => oneLine(one, 60)) }]
  } catch (error) {
    if (error instanceof LughError) return [] // what could not be connected by hand is no proposal
    throw error
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
