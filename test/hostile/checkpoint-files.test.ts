/**
 * Checkpoint files made by hand to harm: whoever made one could sign it with every digest there is, since none of them is a secret. Each is
 * refused with one sentence and leaves neither row nor reference; and what is taken in comes back as new tasks or not at all.
 */
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { CheckpointId, ObjectName, redactKeys } from '#core'
import { checkpointById, checkpointFileById, insertCheckpointFile, restoreById, type CheckpointFile, type Db, type Manifest } from '#db'
import { z } from 'zod'
import { openScene, write, type Scene } from '../../src/git/testing/scene.ts'
import { carryOn } from '../../src/orchestrator/checkpoints/carry-out.ts'
import { writeCheckpointFile } from '../../src/orchestrator/checkpoints/checkpoint-file.ts'
import { digestOf } from '../../src/orchestrator/checkpoints/make-checkpoint.ts'
import { carryCheckpointFiles } from '../../src/orchestrator/steps/checkpoint-files.ts'
import { openRoom, stateOf, type Room } from '../support/checkpoint-room.ts'
import { FACTS } from '../support/no-git.ts'
import { describeEachStore } from '../support/stores.ts'

type Entry = readonly [mode: string, type: 'tree' | 'blob', name: string, path: string]

/** git itself makes no such trees, and takes none that says what it is: so they are written as bytes. */
class Forge {
  readonly #store: string
  constructor(scene: Scene) {
    this.#store = scene.places.store
  }
  git(args: readonly string[], input?: string | Buffer): string {
    return execFileSync('git', [`--git-dir=${this.#store}`, '-c', 'user.name=M', '-c', 'user.email=m@x', ...args], {
      ...(input === undefined ? {} : { input }),
      encoding: 'utf8',
    }).trim()
  }
  blob(text: string): string {
    return this.git(['hash-object', '-w', '--stdin'], text)
  }
  tree(entries: readonly Entry[]): string {
    const bytes = entries.map(([mode, , name, path]) => Buffer.concat([Buffer.from(`${mode} ${path}\0`), Buffer.from(name, 'hex')]))
    return this.git(['hash-object', '-w', '-t', 'tree', '--literally', '--stdin'], Buffer.concat(bytes))
  }
  /** What a whole checkpoint's commit holds at its top, with some of it replaced. */
  commit(of: string, replaced: Readonly<Record<string, Entry>>): string {
    const parents = this.git(['rev-list', '--parents', '--max-count=1', of]).split(' ').slice(1)
    const entries = this.git(['ls-tree', of])
      .split('\n')
      .map((line): Entry => {
        const [, mode = '', type, name = '', path = ''] = /^(\d+) (\w+) (\w+)\t(.*)$/.exec(line) ?? []
        return replaced[path] ?? [mode, type === 'tree' ? 'tree' : 'blob', name, path]
      })
    const tree = this.git(['mktree'], entries.map(([mode, type, name, path]) => `${mode} ${type} ${name}\t${path}\n`).join(''))
    return this.git([
      '-c',
      'user.name=M',
      '-c',
      'user.email=m@x',
      'commit-tree',
      tree,
      ...parents.flatMap((parent) => ['-p', parent]),
      '-m',
      'forged',
    ])
  }
}

describeEachStore('a hostile checkpoint file', (open) => {
  type Stage = {
    readonly db: Db
    readonly scene: Scene
    readonly room: Room
    readonly forge: Forge
    readonly manifest: Manifest
    readonly commit: string
  }

  async function stage(): Promise<Stage & AsyncDisposable> {
    const scene = await openScene({ 'a.txt': 'a\n' })
    const db = await open()
    const room = await openRoom(db, scene)
    write(room.worktree, { 'a.txt': 'then\n' })
    const { manifest, commit } = await room.checkpoint('whole')
    if (manifest === null || commit === null) throw new Error('no checkpoint')
    return { db, scene, room, forge: new Forge(scene), manifest, commit, [Symbol.asyncDispose]: () => scene[Symbol.asyncDispose]() }
  }

  /** Writes such a file, with every digest right, and has the worker take it in. */
  async function takeIn({ db, scene, room, forge }: Stage, commit: string, manifest: Manifest): Promise<CheckpointFile | undefined> {
    const folder = mkdtempSync(join(tmpdir(), 'lugh-forged-'))
    try {
      const [bundle, path] = [join(folder, 'b.bundle'), join(folder, 'C9.lugh')]
      forge.git(['update-ref', 'refs/lugh/checkpoints/forged', commit])
      forge.git(['bundle', 'create', '--quiet', bundle, 'refs/lugh/checkpoints/forged'])
      forge.git(['update-ref', '-d', 'refs/lugh/checkpoints/forged'])
      const digest = digestOf(ObjectName.parse(commit), manifest)
      const about = { lugh: '0', number: 9, name: 'forged', kind: 'manual', project: 'shop', madeAt: manifest.at, digest } as const
      await writeCheckpointFile(path, about, bundle)
      const id = randomUUID()
      const nothing = { checkpointId: null, telegramFile: null, project: null, conversationId: null, replyTo: null, botId: null }
      const asked = { ...nothing, id, path, personId: room.personId, door: 'cli', direction: 'in', home: FACTS.home, callKey: id } as const
      await db.tx((tx) => insertCheckpointFile(tx, asked))
      await carryCheckpointFiles({ ...room.m, redact: redactKeys, home: scene.home })
      return await checkpointFileById(db, id)
    } finally {
      rmSync(folder, { recursive: true })
    }
  }

  function withManifest({ forge, commit }: Stage, text: string, more: Readonly<Record<string, Entry>> = {}): string {
    return forge.commit(commit, { 'manifest.json': ['100644', 'blob', forge.blob(text), 'manifest.json'], ...more })
  }

  /** The checkpoint with these files in the one worktree it holds. */
  function withFiles(at: Stage, tree: string): [commit: string, manifest: Manifest] {
    const manifest = {
      ...at.manifest,
      tasks: at.manifest.tasks.map((task) => ({ ...task, files: { ...raise(task.files), tree: ObjectName.parse(tree) } })),
    }
    const task = at.forge.git(['ls-tree', `${at.commit}:code`]).split('\t')[1] ?? ''
    const one = at.forge.tree([
      ['40000', 'tree', tree, 'files'],
      ...(at.forge.git(['ls-tree', `${at.commit}:code/${task}`]).includes('staged')
        ? [['40000', 'tree', at.forge.git(['rev-parse', `${at.commit}:code/${task}/staged`]), 'staged'] as const]
        : []),
    ])
    const code = at.forge.tree([['40000', 'tree', one, task]])
    return [withManifest(at, JSON.stringify(manifest), { code: ['040000', 'tree', code, 'code'] }), manifest]
  }

  it('whose every digest is right is refused all the same, and nothing of it is kept', async () => {
    await using at = await stage()
    const { db, forge, manifest, commit, scene } = at
    const blob = forge.blob('#!/bin/sh\ntouch caught\n')
    const link = forge.blob(scene.theirs)
    const deep = (names: readonly string[]): string =>
      names
        .toReversed()
        .reduce((inner, name, depth) => forge.tree([depth === 0 ? ['100755', 'blob', inner, name] : ['40000', 'tree', inner, name]]), blob)
    const trees: Record<string, string> = {
      'a path that leads out': deep(['..', '..', 'caught']),
      'a path with a slash in it': deep(['../../caught']),
      'a hook of git’s': deep(['.git', 'hooks', 'post-checkout']),
      'a hook under a name that some file systems read as git’s': deep(['.GIT', 'hooks', 'post-checkout']),
      'a link and what is written through it': forge.tree([
        ['120000', 'blob', link, 'out'],
        ['40000', 'tree', deep(['caught']), 'out'],
      ]),
    }
    for (const [what, tree] of Object.entries(trees)) await refused(what, ...withFiles(at, tree))
    const other = ObjectName.parse(forge.tree([['100644', 'blob', forge.blob('of another task here'), 'a.txt']]))
    const named = { ...manifest, tasks: manifest.tasks.map((task) => ({ ...task, files: { ...raise(task.files), tree: other } })) }
    await refused('a tree of this store that it does not hold', withManifest(at, JSON.stringify(named)), named)
    const begun = { ...manifest, tasks: manifest.tasks.map((task) => ({ ...task, base: ObjectName.parse('f'.repeat(40)) })) }
    await refused('a commit that is nowhere', withManifest(at, JSON.stringify(begun)), begun)
    const many = {
      ...manifest,
      tasks: Array.from({ length: 1001 }, (_, n) => ({ ...raise(manifest.tasks[0]), id: randomUUID(), number: n, files: null })),
    }
    const crowd = JSON.stringify(many)
    await refused('a thousand and one tasks', withManifest(at, crowd), readBack(crowd))
    await refused('a manifest that is none', withManifest(at, '{"version": 1, "tasks": 1e400'), manifest)
    await refused('another digest than its own', withManifest(at, JSON.stringify({ ...manifest, settled: 7 })), manifest)
    await refused('a commit without a manifest', forge.git(['commit-tree', `${commit}^{tree}:code`, '-m', 'x']), manifest)
    expect(await db.rows(z.object({ n: z.number() }), `select count(*)::integer as n from checkpoint where kind = 'imported'`)).toEqual([{ n: 0 }])

    async function refused(what: string, forged: string, told: Manifest): Promise<void> {
      const refs = forge.git(['for-each-ref'])
      const file = await takeIn(at, forged, told)
      expect(file, what).toMatchObject({ state: 'failed', failure: expect.stringMatching(/^This file (?:cannot be taken in|is not as it was made)/) })
      expect(forge.git(['for-each-ref']), what).toBe(refs)
    }
  })

  it('with rows that name tasks of this home, other people and numbers no column takes, touches none of them', async () => {
    await using at = await stage()
    const { db, room, forge, manifest } = at
    const before = await stateOf(db, room.taskId)
    const [path = ''] = forge.git(['ls-tree', '--name-only', `${at.commit}:conversation`]).split('\n')
    const text = forge.git(['cat-file', 'blob', `${at.commit}:conversation/${path}`])
    const forged = async (rows: string): Promise<unknown> => {
      const folder = forge.git(['mktree'], `100644 blob ${forge.blob(`${rows}\n`)}\t${path}\n`)
      const file = await takeIn(
        at,
        withManifest(at, JSON.stringify(manifest), { conversation: ['040000', 'tree', folder, 'conversation'] }),
        manifest,
      )
      expect(file).toMatchObject({ state: 'done' })
      const taken = raise(await checkpointById(db, CheckpointId.parse(file?.id)))
      const restore = await room.restore(taken, 'over', 'wanted')
      await db.run(`update restore set parked = true where id = $1::uuid`, [restore.id])
      await carryOn(room.m, { ...restore, parked: true })
      expect(await stateOf(db, room.taskId)).toBe(before)
      return restoreById(db, restore.id)
    }
    // The ids in it are those of the very rows that are here.
    expect(await forged(text)).toMatchObject({ state: 'done', made: { tasks: [] } })
    const tasks = (): Promise<unknown> => db.rows(z.object({ n: z.number() }), `select count(*)::integer as n from task`)
    const now = await tasks()
    for (const bad of [
      text.replaceAll(/"seq": ?\d+/g, '"seq": 99999999999'),
      text.replaceAll(/"role": ?"\w+"/g, '"role": "system"'),
      `${text}\nmessage {"seq": 3, "role": "user"`,
      `${text}\nstep {"call_id": "x", "tool": "run_command", "state": "finished", "input": {}, "run_id": "${randomUUID()}", "task_id": "${room.taskId}"} {}`,
    ]) {
      expect(await forged(bad)).toMatchObject({ state: 'refused', made: null })
      expect(await tasks()).toEqual(now)
    }
  })
})

function raise<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('it is not there')
  return value
}

function readBack(text: string): Manifest {
  const parsed: unknown = JSON.parse(text)
  return z.custom<Manifest>().parse(parsed)
}
