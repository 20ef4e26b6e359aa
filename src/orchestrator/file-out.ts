/**
 * A file that leaves for a chat, whoever asked for it: what is never sent, how large it may be, and how its beginning is shown. Telegram keeps
 * what it is sent, so a file that is made to hold keys is refused by its name, and keys in any other text are taken out and said.
 */
import { posix } from 'node:path'
import { LughError, b, cut, join, nameHidden, oneLine, pre, redactKeys, type Text } from '#core'
import { size } from './capabilities/checkpoint-words.ts'
import { plainName, textOf } from './uploads/use-upload.ts'

/** A row of the outbox holds it, as base64, until it is sent; Telegram itself would take 50 MB of a bot. */
export const MAX_FILE_OUT = 8 * 1024 * 1024
/** With the head they fit the 1024 characters of a caption. */
const PREVIEW_LINES = 14
const PREVIEW_CHARACTERS = 700
const NOTE_CHARACTERS = 200

/** Files that are made to hold keys. A template of one (`.env.example`) holds none. */
const KEEPS_KEYS =
  /^(?:\.env(?:\.(?!example$|sample$|template$|dist$).+)?|\.envrc|\.npmrc|\.pypirc|\.netrc|_netrc|\.pgpass|\.git-credentials|\.htpasswd|credentials(?:\.json)?|id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?|.+\.(?:pem|key|p12|pfx|jks|keystore|kdbx|ppk|asc))$/iu

export type FileOut = { readonly filename: string; readonly caption: Text } & ({ readonly text: string } | { readonly base64: string })

/** Throws one sentence when a file of that name is never sent. */
export function refuseByName(path: string): void {
  if (path.split('/').some((part) => KEEPS_KEYS.test(part)))
    throw new LughError('not-allowed', `${shown(path)} is a file that keeps keys: it is never sent to a chat. Look at it on the machine.`)
}

export function tooLarge(path: string, bytes: number): LughError {
  return new LughError('input.invalid', `${shown(path)} has ${size(bytes)}; at most ${size(MAX_FILE_OUT)} are sent. Ask an agent for a part of it.`)
}

/** The file as it leaves. `head`: where it comes from. Throws one sentence for what does not leave. */
export function fileOut(path: string, bytes: Uint8Array, head: Text, note?: string): FileOut {
  refuseByName(path)
  if (bytes.length > MAX_FILE_OUT) throw tooLarge(path, bytes.length)
  if (bytes.length === 0) throw new LughError('input.invalid', `${shown(path)} is empty, and Telegram takes no empty files.`)
  const filename = plainName(posix.basename(path))
  const text = textOf(bytes)
  const said = note === undefined || note.trim() === '' ? false : oneLine(nameHidden(redactKeys(note)), NOTE_CHARACTERS)
  const top: Text = [b(shown(path)), ` · ${size(bytes.length)}`]
  if (text === undefined) {
    const latin = Buffer.from(bytes).toString('latin1')
    if (redactKeys(latin) !== latin)
      throw new LughError('not-allowed', `${shown(path)} holds what looks like a key, and is no text it could be taken out of: it is not sent.`)
    return { filename, caption: join([top, head, said]), base64: Buffer.from(bytes).toString('base64') }
  }
  const clean = redactKeys(text)
  const flag = clean === text ? false : '🔑 What looks like a key in it was left out.'
  return { filename, caption: join([top, head, said, flag, preview(clean)]), text: clean }
}

/** The beginning of it, and how much more there is. */
function preview(text: string): Text {
  const lines = text.replace(/\n$/u, '').split('\n')
  const beginning = cut(nameHidden(lines.slice(0, PREVIEW_LINES).join('\n')), PREVIEW_CHARACTERS)
  return lines.length <= PREVIEW_LINES ? pre(beginning) : [pre(beginning), `\n… ${lines.length} lines in all`]
}

const shown = (path: string): string => oneLine(nameHidden(path), 120)
