/**
 * What a person was shown of a change, read from the chat alone, and what that comes to: the tree that the shown diff makes of the base.
 * Where it is not the tree that was merged, something was hidden. Uses plain git, nothing of Lugh.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Message, Person } from '#simulator'

/** The whole diff of a task's change as the chat holds it: the file when there is one, else the messages put together. */
export function shownPatch(person: Person, task: number, change = 1): string {
  const messages = person.messages()
  const file = messages.find(({ media }) => media?.file.name === `T${task}-change-${change}.diff`)?.media?.file
  if (file !== undefined) return Buffer.from(file.bytes).toString('utf8')
  const first = messages.findIndex(({ text }) => text.startsWith(`T${task} · change ${change} · `))
  const [head, ...rest] = messages.slice(first)
  if (first < 0 || head === undefined) throw new Error(`no diff of T${task}, change ${change}, in the chat`)
  const end = rest.findIndex((message) => !isPart(message))
  const parts = [head.text.slice(head.text.indexOf('\n') + 1), ...rest.slice(0, end < 0 ? rest.length : end).map(({ text }) => text)]
  return `${parts.join('')}\n`
}

/** A further piece of a long diff: one block of code and nothing else. */
function isPart({ text, entities }: Message): boolean {
  return entities.length === 1 && entities[0]?.type === 'pre' && entities[0].offset === 0 && entities[0].length === text.length
}

/** Bytes that the named characters and bytes (`⟦U+202E⟧`, `⟦0xE9⟧`) stand for. */
function unname(text: string): Buffer {
  const pieces = text.split(/⟦(U\+[0-9A-F]+|0x[0-9A-F]{2})⟧/u).map((piece, index) => {
    if (index % 2 === 0) return Buffer.from(piece)
    return piece.startsWith('U+') ? Buffer.from(String.fromCodePoint(Number.parseInt(piece.slice(2), 16))) : Buffer.from([Number(piece)])
  })
  return Buffer.concat(pieces)
}

export type Tree = Readonly<Record<string, string>>

/**
 * The files that come of applying what was shown to the base commit, as `mode path` → content. Binaries are taken by the object that the
 * words name. Telegram shows a tab as a space, so both count as one.
 */
export function filesShown(repository: string, base: string, patch: string): Tree {
  const scratch = mkdtempSync(join(tmpdir(), 'lugh-shown-'))
  try {
    const objects = git(repository, {}, ['rev-parse', '--path-format=absolute', '--git-path', 'objects'])
    mkdirSync(join(scratch, 'objects'))
    const env = {
      GIT_INDEX_FILE: join(scratch, 'index'),
      GIT_OBJECT_DIRECTORY: join(scratch, 'objects'),
      GIT_ALTERNATE_OBJECT_DIRECTORIES: objects,
    }
    git(repository, env, ['read-tree', base])
    // git ends a name with blanks in it by a tab.
    const sections = patch.split(/^(?=diff --git )/mu).map((section) => section.replaceAll(/^((?:---|\+\+\+) .* .*) $/gmu, '$1\t'))
    const text = sections.filter((section) => section.startsWith('diff --git ') && !BINARY.test(section))
    if (text.length > 0) git(repository, env, ['apply', '--cached', '--whitespace=nowarn', '-'], unname(text.join('')))
    for (const section of sections) if (BINARY.test(section)) applyBinary(repository, env, section)
    return filesOf(repository, git(repository, env, ['write-tree', '--missing-ok']), env)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** The files of a tree as `mode path` → content, tabs as spaces; of what holds a zero byte, and of what is not there, its object name. */
export function filesOf(repository: string, tree: string, env: Record<string, string> = {}): Tree {
  const lines = git(repository, env, ['ls-tree', '-r', '-z', tree]).split('\0')
  return Object.fromEntries(
    lines
      .filter((line) => line !== '')
      .map((line) => {
        const [meta = '', path = ''] = line.split('\t')
        const [mode = '', , object = ''] = meta.split(' ')
        return [`${mode} ${path}`, contentOf(repository, env, object)]
      }),
  )
}

function contentOf(repository: string, env: Record<string, string>, object: string): string {
  try {
    const content = git(repository, env, ['cat-file', 'blob', object])
    return content.includes('\0') ? object : content.replaceAll('\t', ' ')
  } catch {
    return object // shown by its name alone
  }
}

const BINARY = /^Binary file (.+) differs: (?:nothing|\d+ bytes \([0-9a-f]+\)) → (?:nothing|\d+ bytes \(([0-9a-f]+)\))$/mu

function applyBinary(repository: string, env: Record<string, string>, section: string): void {
  const [, name = '', object] = BINARY.exec(section) ?? []
  const renamed = /^rename from (.+)$/mu.exec(section)?.[1]
  const mode = /^new (?:file )?mode (\d{6})$/mu.exec(section)?.[1] ?? /^index [0-9a-f]+\.\.[0-9a-f]+ (\d{6})$/mu.exec(section)?.[1] ?? '100644'
  const lines = [
    ...(renamed === undefined ? [] : [`0 ${'0'.repeat(40)}\t${renamed}`]),
    object === undefined ? `0 ${'0'.repeat(40)}\t${name}` : `${mode} ${object}\t${name}`,
  ]
  git(repository, env, ['update-index', '--index-info'], unname(`${lines.join('\n')}\n`))
}

function git(cwd: string, env: Record<string, string>, args: readonly string[], input: string | Uint8Array = ''): string {
  const all = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', ...env }
  return execFileSync('git', args, { cwd, env: all, input, stdio: ['pipe', 'pipe', 'pipe'], maxBuffer: 512 * 1024 * 1024 })
    .toString('latin1')
    .trimEnd()
}
