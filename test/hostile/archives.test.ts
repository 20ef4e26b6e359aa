/**
 * Archives made to write where they should not, unpacked by the programs an agent has, as carelessly as these can: nothing outside is
 * written or read, nothing is run, and unpacking one is asked about.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decideCommand, judgeCommand } from '../../src/orchestrator/policy/judge-command.ts'
import { HOME_SECRETS, LUGH_SECRETS, noWalls, plantMachine, type Machine } from '../support/sandbox.ts'

const skip = noWalls('hostile: archives') !== undefined
const CONTENT = 'planted by an archive\n'
const SYMBOLIC = '2'
const HARD = '1'
const DEVICE = '3'
const PIPE = '6'

type Entry = { readonly name: string; readonly type?: string; readonly to?: string; readonly mode?: number; readonly content?: string }

/** One entry in the oldest form of tar, which every program reads. */
function tarEntry({ name, type = '0', to = '', mode = 0o644, content = type === '0' ? CONTENT : '' }: Entry): Buffer {
  const header = Buffer.alloc(512)
  const octal = (value: number, at: number, length: number): void =>
    void header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1')
  const body = Buffer.from(content)
  header.write(name, 0, 100)
  octal(mode, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(body.length, 124, 12)
  octal(0, 136, 12)
  header.write(' '.repeat(8), 148)
  header.write(type, 156)
  header.write(to, 157, 100)
  header.write('ustar\u000000', 257, 'latin1')
  octal(1, 329, 8)
  octal(3, 337, 8)
  octal(
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  )
  return Buffer.concat([header, body, Buffer.alloc((512 - (body.length % 512)) % 512)])
}

const tar = (entries: readonly Entry[]): Buffer => Buffer.concat([...entries.map(tarEntry), Buffer.alloc(1024)])

/** A zip of stored files, made on Unix, so that a mode can say that one is a link. */
function zip(entries: readonly Entry[]): Buffer {
  const files: Buffer[] = []
  const index: Buffer[] = []
  let offset = 0
  for (const { name, type, to = '', mode = 0o644, content = CONTENT } of entries) {
    const [path, body] = [Buffer.from(name), Buffer.from(type === SYMBOLIC ? to : content)]
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt32LE(crc32(body), 10)
    common.writeUInt32LE(body.length, 14)
    common.writeUInt32LE(body.length, 18)
    common.writeUInt16LE(path.length, 22)
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(((type === SYMBOLIC ? 0o120_777 : 0o100_000 | mode) << 16) >>> 0, 6)
    tail.writeUInt32LE(offset, 10)
    files.push(Buffer.from('PK\x03\x04', 'latin1'), common, path, body)
    index.push(Buffer.from('PK\x01\x02\x14\x03', 'latin1'), common, tail, path)
    offset += 4 + 26 + path.length + body.length
  }
  const [all, listed] = [Buffer.concat(files), Buffer.concat(index)]
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(listed.length, 12)
  end.writeUInt32LE(all.length, 16)
  return Buffer.concat([all, listed, end])
}

let machine: Machine
beforeAll(async () => {
  if (!skip) machine = await plantMachine({ mode: 'required' })
})
afterAll(async () => {
  if (!skip) await machine.end()
})

/** Ways out of the directory an archive is unpacked in, each a file of its own or a link and what is written through it. */
const waysOut = ({ personHome, lughHome, sibling }: Machine): readonly Entry[][] => [
  [{ name: '../escaped' }],
  [{ name: '../../../../../../../../../tmp/escaped' }],
  [{ name: 'a/../../sibling/escaped' }],
  [{ name: join(personHome, 'escaped') }],
  [{ name: join(lughHome, 'worktrees/sibling/secret.txt') }],
  [{ name: join(personHome, '.ssh/authorized_keys') }],
  [{ name: 'home', type: SYMBOLIC, to: personHome }, { name: 'home/escaped' }],
  [{ name: 'up', type: SYMBOLIC, to: '..' }, { name: 'up/sibling/escaped' }],
  [{ name: 'one', type: SYMBOLIC, to: 'two' }, { name: 'two', type: SYMBOLIC, to: sibling }, { name: 'one/escaped' }],
  [{ name: 'key', type: SYMBOLIC, to: join(personHome, '.npmrc') }, { name: 'key' }],
  [{ name: 'hard', type: HARD, to: join(personHome, '.npmrc') }, { name: 'hard' }],
  [{ name: 'proc', type: SYMBOLIC, to: '/proc/self/root' }, { name: `proc${personHome}/escaped` }],
  [{ name: 'disk', type: DEVICE, mode: 0o666 }],
  [{ name: 'pipe', type: PIPE }],
  [{ name: 'root-shell', mode: 0o4755 }],
]
/** Names that are orders, for shells and for programs that take a name for an option. */
const ORDERS: readonly Entry[] = [
  '$(touch caught)',
  '`touch caught`',
  '; touch caught ;',
  '\ntouch caught\n',
  '--checkpoint=1',
  '--checkpoint-action=exec=touch caught',
  '-I touch caught',
  '| touch caught',
].map((name) => ({ name }))

const UNPACK_TAR = [
  'tar -xf evil.tar',
  'tar -xPf evil.tar',
  'tar --overwrite --keep-directory-symlink -xPpf evil.tar',
  `python3 -c "import tarfile; tarfile.open('evil.tar').extractall()"`,
]
const UNPACK_ZIP = [`python3 -c "import zipfile; zipfile.ZipFile('evil.zip').extractall()"`, 'unzip -o evil.zip', 'bsdtar -xPf evil.zip']

/** What lies outside the worktree and the task's own home, by path and content. */
function outside({ personHome, lughHome, taskHome, worktree }: Machine): Record<string, string> {
  const found: Record<string, string> = {}
  const look = (folder: string): void => {
    if ([worktree, taskHome, join(lughHome, 'sandbox')].includes(folder)) return
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) look(path)
      else found[path] = entry.isFile() ? readFileSync(path, 'utf8') : 'special'
    }
  }
  look(personHome)
  look(dirname(lughHome))
  return found
}

describe.skipIf(skip)('a hostile archive', () => {
  it('writes, links and reads nothing outside, whoever unpacks it', async () => {
    const before = outside(machine)
    expect(Object.keys(before).length).toBeGreaterThanOrEqual(HOME_SECRETS.length + LUGH_SECRETS.length)
    const ways = waysOut(machine)
    for (const [n, entries] of ways.entries()) {
      writeFileSync(join(machine.worktree, `evil-${n}.tar`), tar(entries))
      writeFileSync(join(machine.worktree, `evil-${n}.zip`), zip(entries))
    }
    // One sandbox for all of them: each archive and each program in a directory of its own.
    const lines = ways.flatMap((_, n) =>
      [...UNPACK_TAR, ...UNPACK_ZIP].map((unpack, m) => {
        const at = `u-${n}-${m}`
        return `(mkdir ${at} && cd ${at} && cp ../evil-${n}.tar evil.tar && cp ../evil-${n}.zip evil.zip && timeout 5 ${unpack}; ls -la . */ >> ../seen; timeout 1 cat key hard home/.npmrc up/sibling/secret.txt >> ../seen) < /dev/null >> log 2>&1`
      }),
    )
    writeFileSync(join(machine.worktree, 'all.sh'), `${lines.join('\n')}\necho unpacked\n`)
    const done = await machine.sh('bash all.sh', { limits: { timeoutMs: 100_000 } })
    expect([done.endedBy, done.stdout]).toEqual([null, 'unpacked\n'])
    expect(outside(machine)).toEqual(before)
    const seen = readFileSync(join(machine.worktree, 'seen'), 'utf8')
    expect(seen).toContain(CONTENT.trim()) // it was unpacked, and what was written in its own place is there
    expect(seen).not.toContain(machine.canary)
    expect(seen).not.toMatch(/^[bc][rwx-]{9}/mu) // no device
  })

  it('whose names are orders runs none of them when it is unpacked and gone through', async () => {
    writeFileSync(join(machine.worktree, 'evil.tar'), tar(ORDERS))
    writeFileSync(join(machine.worktree, 'evil.zip'), zip(ORDERS))
    const read = 'ls -la; find . -type f; git status --short; grep -rn planted .; wc -l ./*; head -n 1 ./*'
    const done = await machine.sh(
      `for u in 'tar -xPf evil.tar' 'unzip -o evil.zip'; do rm -rf names; mkdir names; cp evil.* names; (cd names; $u; ${read}) > /dev/null 2>&1; done`,
    )
    // The names themselves hold the word; a file called just that would be the deed.
    const names = readdirSync(join(machine.worktree, 'names'))
    expect(names.length).toBeGreaterThan(ORDERS.length / 2)
    expect([done.endedBy, names.includes('caught'), readdirSync(machine.worktree).includes('caught')]).toEqual([null, false, false])
  })

  it('is asked about before it is unpacked', () => {
    const all = [
      ...UNPACK_TAR,
      ...UNPACK_ZIP,
      'tar xzf a.tgz',
      'gunzip a.gz',
      '7z x a.zip',
      'cpio -i < a',
      'jar xf a.jar',
      'ar x a.a',
      'tar xf a.tar -C ..',
    ]
    expect(all.filter((line) => decideCommand(judgeCommand(line), { mode: 'ask', walls: 'up' }).decision === 'allow')).toEqual([])
    const names = ORDERS.flatMap(({ name }) => [`cat ${name}`, `ls ${name}`]).filter((line) => !/ --?\w/u.test(line))
    expect(names.filter((line) => decideCommand(judgeCommand(line), { mode: 'ask', walls: 'up' }).decision === 'allow')).toEqual([])
  })
})
