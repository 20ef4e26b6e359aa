/** The page's own files, read once from beside this file (source or build alike). Serves nothing that is not in that folder. */
import { readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

export type Asset = Readonly<{ type: string; bytes: Buffer }>

/** All files of `assets/` by name. */
export function readAssets(): ReadonlyMap<string, Asset> {
  const folder = new URL('./assets/', import.meta.url)
  const assets = new Map<string, Asset>()
  for (const name of readdirSync(folder)) {
    const type = TYPES[extname(name)]
    if (type !== undefined) assets.set(name, { type, bytes: readFileSync(new URL(name, folder)) })
  }
  return assets
}
