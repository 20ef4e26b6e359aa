/**
 * Fetches a file that a listed person sent. The URL holds the token, so it never leaves this file: what went wrong is told by a code
 * alone. Written aside and renamed, so that a file which is there is whole.
 */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { tokenNow, type Ask, type Token } from './telegram.ts'

/** What the Bot API hands out at most. */
export const MAX_BYTES = 20 * 1024 ** 2
const DOWNLOAD_TIMEOUT_MS = 300_000
const TOO_LARGE = {
  ok: false,
  again: false,
  say: 'That file is over 20 MB, the most a bot may fetch.',
  tooLarge: true,
} as const
const DEFAULT_ROOT = 'https://api.telegram.org'

export type Download = (fileId: string, path: string) => Promise<{ ok: true } | { ok: false; again: boolean; say: string; tooLarge?: true }>

type Where = { readonly token: Token; readonly apiRoot?: string | undefined }

/** Answers a function that fetches to a path, until `ending` aborts. `again`: nothing is wrong with the file, it could not be had now. */
export function createDownload(ask: Ask, { token, apiRoot = DEFAULT_ROOT }: Where, ending: AbortSignal): Download {
  return async (fileId, path) => {
    const found = await ask((api, signal) => api.getFile({ file_id: fileId }, signal), { signal: ending })
    if (!found.ok)
      return { ok: false, again: found.why !== 'no', say: found.why === 'no' ? `Telegram does not hand that file out (${found.say}).` : '' }
    if (found.value.file_path === undefined || (found.value.file_size ?? 0) > MAX_BYTES) return TOO_LARGE
    const url = `${apiRoot.replace(/\/+$/, '')}/file/bot${tokenNow(token)}/${found.value.file_path}`
    const aside = `${path}.part`
    try {
      const response = await fetch(url, { signal: AbortSignal.any([ending, AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS)]) })
      if (!response.ok) return { ok: false, again: response.status >= 500, say: `Telegram did not hand that file out (${response.status}).` }
      const bytes = new Uint8Array(await response.arrayBuffer())
      if (bytes.length > MAX_BYTES) return TOO_LARGE
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      await writeFile(aside, bytes, { mode: 0o600 })
      await rename(aside, path)
      return { ok: true }
    } catch (error) {
      await rm(aside, { force: true })
      const full = error instanceof Error && 'code' in error && error.code === 'ENOSPC'
      return { ok: false, again: !full, say: full ? 'The disk is full. Free some space on the machine, then send it again.' : '' }
    }
  }
}
