/** Repositories and worktrees as bad as real ones, made by chance, for tests that keep and bring back whatever a person or an agent left. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Chance } from '../../../test/support/chance.ts'
import { person, write } from './scene.ts'
import type { Files } from './scene.ts'

type File = Files[string]

/** Names that some program on the way has got wrong. */
const NAMES = [
  'plain.txt',
  'with space.txt',
  ' leading',
  'trailing ',
  'ünïcödé.txt',
  'e\u0301 decomposed',
  'é composed',
  '日本語.md',
  '👩‍💻.ts',
  'line\nbreak',
  'tab\there',
  'quote"s\'',
  'back\\slash',
  '-option',
  '--',
  '*glob?',
  '[x]',
  ':(top)magic',
  '#hash',
  '.hidden',
  'CON',
  `long-${'n'.repeat(200)}`,
] as const
const LFS = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n'
const ATTRIBUTES = '* text=auto\n*.bat eol=crlf\n*.id ident\n*.bin filter=lfs diff=lfs merge=lfs -text\n*.wide working-tree-encoding=UTF-16LE-BOM\n'

export type Generated = {
  /** What is committed, and what then happens to it in the worktree. */
  readonly committed: Files
  readonly changed: Files
  /** Ignored paths, repositories within, and folders without a file: not to be stored, not to be touched, but to be named. */
  readonly ignored: readonly string[]
  readonly nested: readonly string[]
  readonly empty: readonly string[]
}

function content(chance: Chance): File {
  const text = Array.from({ length: chance.between(0, 30) }, () => `${chance.between(0, 1e9)}`)
  const kinds: [() => File, ...(() => File)[]] = [
    () => text.join('\n'),
    () => text.join('\r\n'),
    () => `${text.join('\r\n')}\n${text.join('\n')}\r`,
    () => '',
    () => ({ run: `#!/bin/sh\n${text.join('\n')}\n` }),
    () => ({ link: chance.pick(['nowhere', 'plain.txt', '.', '../../outside', '/etc/hostname', 'ünï/ζ']) }),
    () => Buffer.from(Array.from({ length: chance.between(1, 3000) }, () => chance.between(0, 256))),
    () => LFS,
    () => Buffer.from('\u{FEFF}wide', 'utf16le'),
  ]
  return chance.pick(kinds)()
}

/** Names in folders that cannot be files at the same time; endings bring the attributes into play. */
function path(chance: Chance): string {
  const folders = Array.from({ length: chance.between(0, 3) }, () => chance.pick(['src', 'ünï', 'deep folder', 'a'] as const).concat('.d'))
  const ending = chance.pick(['', '', '.bat', '.id', '.bin'] as const)
  return [...folders, `${chance.pick(NAMES)}${ending}`].join('/')
}

/** `many`: files besides, of a large project. */
export function generate(chance: Chance, many = 0): Generated {
  const files = (n: number): Record<string, File> => Object.fromEntries(Array.from({ length: n }, () => [path(chance), content(chance)]))
  const committed = {
    ...files(chance.between(1, 25)),
    ...Object.fromEntries(Array.from({ length: many }, (_, n) => [`many/${n % 97}/${n}.ts`, `export const n = ${n}\n`])),
    '.gitignore': '.env\nnode_modules/\n*.log\n',
    'a.wide': Buffer.from('\uFEFFwide\r\n', 'utf16le'),
    ...(chance.next() < 0.7 ? { '.gitattributes': ATTRIBUTES } : {}),
  }
  const old = Object.keys(committed).filter((name) => !name.startsWith('.git') && name !== 'a.wide') // what is no UTF-16 there, git itself refuses
  const changed: Record<string, File> = files(chance.between(0, 15))
  for (const name of old) {
    const dice = chance.next()
    if (dice < 0.15) changed[name] = null
    else if (dice < 0.4) changed[name] = content(chance)
  }
  const ignored = ['.env', 'node_modules/x/index.js', 'deep.d/debug.log'].filter(() => chance.next() < 0.6)
  for (const name of ignored) changed[name] = `SECRET=${chance.between(0, 1e9)}\n`
  return {
    committed,
    changed,
    ignored,
    nested: ['inner', 'ünï.d/repository'].filter(() => chance.next() < 0.4),
    empty: ['hollow', 'deep.d/er/est', 'ünï.d/leer'].filter(() => chance.next() < 0.5),
  }
}

/** Does to a worktree what was generated, and puts some of it on its index and into a commit. */
export function disturb(worktree: string, generated: Generated, chance: Chance): void {
  write(worktree, generated.changed)
  if (chance.next() < 0.5) person(worktree, ['add', '-A'])
  if (chance.next() < 0.3) person(worktree, ['commit', '-q', '--allow-empty', '-m', 'an agent’s'])
  write(worktree, Object.fromEntries(Array.from({ length: chance.between(0, 4) }, () => [path(chance), content(chance)])))
  for (const folder of generated.nested) {
    write(worktree, { [`${folder}/file`]: 'within\n' })
    person(join(worktree, folder), ['init', '-q'])
    person(join(worktree, folder), ['-c', 'user.name=M', '-c', 'user.email=m@x', 'commit', '-q', '--allow-empty', '-m', 'within'])
  }
  for (const folder of generated.empty) mkdirSync(join(worktree, folder), { recursive: true })
}
