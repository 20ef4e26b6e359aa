/** Whatever changes between the answer to a command and its run: the answer counts for nothing, and the card asks anew. */
import {
  chmodSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ApprovalId, PersonId, ProjectId, RunId, TaskId, TelegramUserId, randomIds, systemClock } from '#core'
import { approvalById, insertProject, insertRun, insertTask, pendingApprovals, savePerson, type Store, type Task } from '#db'
import { callCapability, capabilityByName, type Caller } from '#orchestrator'
import { verdictOn, type Asking } from '../../src/orchestrator/ask-approval.ts'
import { surroundings, type Here } from '../../src/orchestrator/surroundings.ts'
import { FACTS, NO_GIT } from '../support/no-git.ts'
import { describeEachStore } from '../support/stores.ts'

const FILES = Array.from({ length: 14 }, (_, n) => `src/f${n}.js`)
const PROJECT = { id: ProjectId.parse(randomIds.uuid()), kind: 'path', location: '/shop' } as const

type Place = { root: string; worktree: string; workshop: string; here: Here; network: string; asking: Omit<Asking, 'binding'> }
type Change = { readonly name: string; readonly make: (place: Place) => Place }

/** Changes the disk and leaves what is asked as it is. */
const after =
  (act: (place: Place) => void) =>
  (place: Place): Place => {
    act(place)
    return place
  }
const inTree = (name: string, act: (worktree: string) => void): Change => ({ name, make: after(({ worktree }) => act(worktree)) })
const inShop = (name: string, act: (workshop: string) => void): Change => ({ name, make: after(({ workshop }) => act(workshop)) })
const asked = (name: string, change: (asking: Place['asking']) => Place['asking']): Change => ({
  name,
  make: (place) => ({ ...place, asking: change(place.asking) }),
})
const around = (name: string, change: (here: Here) => Here): Change => ({ name, make: (place) => ({ ...place, here: change(place.here) }) })
const withEnvironment = (change: Record<string, string>) => (here: Here) => ({
  ...here,
  sandbox: { ...here.sandbox, environment: { ...here.sandbox.environment, ...change } },
})

/** The same length, and the old times put back: what a program would do that does not want to be seen. */
function swapUnseen(path: string): void {
  const { atime, mtime } = statSync(path)
  writeFileSync(path, 'evil')
  utimesSync(path, atime, mtime)
}

function relink(path: string, target: string): void {
  unlinkSync(path)
  symlinkSync(target, path)
  lutimesSync(path, new Date(0), new Date(0))
}

const perFile = (file: string): Change[] => [
  inTree(`${file} rewritten with its old times`, (tree) => swapUnseen(join(tree, file))),
  inTree(`${file} made longer`, (tree) => writeFileSync(join(tree, file), 'much longer')),
  inTree(`${file} made executable`, (tree) => chmodSync(join(tree, file), 0o755)),
  inTree(`${file} made unreadable`, (tree) => chmodSync(join(tree, file), 0o200)),
  inTree(`${file} deleted`, (tree) => unlinkSync(join(tree, file))),
  inTree(`${file} renamed`, (tree) => renameSync(join(tree, file), join(tree, `${file}.bak`))),
  inTree(`${file} made a link`, (tree) => relink(join(tree, file), '/etc/passwd')),
  inTree(`${file} made a folder`, (tree) => {
    unlinkSync(join(tree, file))
    mkdirSync(join(tree, file))
  }),
  inTree(`a file beside ${file}`, (tree) => writeFileSync(join(tree, `${file}.new`), '')),
]
const HOOKS = ['pre-commit', 'post-checkout', 'pre-push', 'commit-msg', 'post-merge', 'prepare-commit-msg', 'pre-rebase', 'post-index-change']
const NAMES = ['NODE_OPTIONS', 'LD_PRELOAD', 'LANG', 'CI', 'TERM', 'PYENV_ROOT', 'VOLTA_HOME', 'GIT_DIR', 'HTTP_PROXY', 'BASH_ENV']
const COMMANDS = ['npm test ', 'npm  test', 'npm test -- x', 'npm run test', 'npm test; ls', 'npm\ttest', 'NPM test', 'npm test &', 'npm testx', '']

const CHANGES: readonly Change[] = [
  ...FILES.flatMap(perFile),
  ...['node_modules/.bin/run', '.env', 'ignored/cache.js'].flatMap(perFile),
  ...['/etc/passwd', '../out', 'src/f2.js', '/', '.', 'src'].map((target) =>
    inTree(`the link now to ${target}`, (tree) => relink(join(tree, 'link'), target)),
  ),
  inTree('a new folder', (tree) => mkdirSync(join(tree, 'more'))),
  inTree('a folder closed', (tree) => chmodSync(join(tree, 'src'), 0o700)),
  inTree('attributes', (tree) => writeFileSync(join(tree, '.gitattributes'), '* filter=x\n')),
  inTree('.git pointed elsewhere', (tree) => writeFileSync(join(tree, '.git'), 'gitdir: /evil\n')),
  inShop('git’s settings', (shop) => writeFileSync(join(shop, 'config'), '[core]\n\tpager = evil\n')),
  inShop('git’s settings of the worktree', (shop) => writeFileSync(join(shop, 'config.worktree'), '[core]\n')),
  inShop('git’s attributes', (shop) => writeFileSync(join(shop, 'info/attributes'), '* filter=x\n')),
  ...HOOKS.map((hook) => inShop(`the hook ${hook}`, (shop) => writeFileSync(join(shop, 'hooks', hook), '#!/bin/sh\n'))),
  ...NAMES.map((name) => around(`the variable ${name}`, withEnvironment({ [name]: 'evil' }))),
  ...['.:/usr/bin', '/usr/bin:.', '/evil:/usr/bin', '', '/usr/bin:/usr/bin', '/usr/local/bin'].map((path) =>
    around(`PATH ${path}`, withEnvironment({ PATH: path })),
  ),
  ...['', '/', '/w/../x', '/tmp'].map((cwd) => asked(`run in ${cwd}`, (asking) => ({ ...asking, action: { ...asking.action, cwd } }))),
  ...COMMANDS.map((command) => asked(`the words ${JSON.stringify(command)}`, (asking) => ({ ...asking, action: { ...asking.action, command } }))),
  ...['registry.npmjs.org:443', 'example.org:80, registry.npmjs.org:443'].map((network): Change => ({
    name: `it may reach ${network}`,
    make: (place) => ({ ...place, network }),
  })),
  asked('another kind of act', (asking) => ({ ...asking, action: { ...asking.action, tool: 'setup' } })),
  asked('another run', (asking) => ({ ...asking, runId: null })),
  around('another engine', (here) => ({ ...here, engine: { name: 'other' } })),
  around('no sandbox', (here) => ({ ...here, sandbox: { ...here.sandbox, status: { walls: 'none', why: '', fix: '' } } })),
  around('another sandbox', (here) => ({
    ...here,
    sandbox: { ...here.sandbox, status: { walls: 'up', how: 'other', network: { ok: true }, processes: 'counted' } },
  })),
]

describeEachStore('a command between its answer and its run', (open) => {
  test(`${CHANGES.length} changes: every one is refused and asked anew, and none is asked anew without one`, async () => {
    expect(new Set(CHANGES.map(({ name }) => name)).size).toBeGreaterThanOrEqual(200)
    const db = await open()
    const world = await layWorld(db)
    const ran: string[] = []
    for (const [n, change] of CHANGES.entries()) {
      const place = layPlace(world.runId, n)
      try {
        expect([await ask(db, world.task, place), await allow(db, world), await ask(db, world.task, place)], change.name).toEqual([
          'asked',
          'allowed',
          'allowed',
        ])
        const changed = change.make(place)
        if ((await ask(db, world.task, changed)) !== 'asked') ran.push(change.name)
        const row = await approvalById(db, await pendingOne(db))
        expect([row?.state, row?.decidedBy, row?.again === null], change.name).toEqual(['pending', null, false])
        await db.run(`update approval set state = 'withdrawn' where task_id = $1::uuid and state = 'pending'`, [world.task.id])
      } finally {
        rmSync(place.root, { recursive: true, force: true })
      }
    }
    expect(ran).toEqual([])
  })
})

type World = { task: Task; runId: RunId; owner: Caller }

async function layWorld(db: Store): Promise<World> {
  await db.tx((tx) => insertProject(tx, { ...PROJECT, home: 'test', name: 'shop', sample: false, conversationId: null }))
  const person = await savePerson(db, { id: randomIds.uuid(), telegramUserId: TelegramUserId.parse(1), name: 'Owner', role: 'owner' })
  const personId = PersonId.parse(person?.id)
  const id = TaskId.parse(randomIds.uuid())
  const runId = RunId.parse(randomIds.uuid())
  const task = await db.tx(async (tx) => {
    const made = await insertTask(tx, {
      id,
      number: 1,
      projectId: PROJECT.id,
      agentId: null,
      conversationId: null,
      personId,
      title: 't',
      wish: 't',
      mode: null,
      branch: 'lugh/t1',
      callKey: id,
      replyToMessageId: null,
    })
    await insertRun(tx, { id: runId, taskId: id, agentId: null, engine: 'none', model: 'none', fence: 1 })
    return made
  })
  if (task === undefined) throw new Error('no task')
  return { task, runId, owner: { personId, role: 'owner', name: 'Owner', door: 'cli', callKey: 'test' } }
}

function layPlace(runId: RunId, n: number): Place {
  const root = mkdtempSync(join(tmpdir(), 'lugh-stale-'))
  const [worktree, workshop] = [join(root, 'worktree'), join(root, 'workshop')]
  for (const folder of ['src', 'node_modules/.bin', 'ignored']) mkdirSync(join(worktree, folder), { recursive: true })
  for (const folder of ['hooks', 'info']) mkdirSync(join(workshop, folder), { recursive: true })
  for (const file of [...FILES, 'node_modules/.bin/run', '.env', 'ignored/cache.js']) writeFileSync(join(worktree, file), 'good', { mode: 0o644 })
  writeFileSync(join(worktree, '.git'), 'gitdir: /workshop\n')
  symlinkSync('src/f1.js', join(worktree, 'link'))
  writeFileSync(join(workshop, 'config'), '[core]\n')
  const here: Here = {
    git: { ...NO_GIT, mounts: () => ({ writable: [workshop], readable: [] }) },
    sandbox: { environment: { PATH: '/usr/bin', LANG: 'C' }, status: { walls: 'up', how: 'test', network: { ok: true }, processes: 'counted' } },
    engine: { name: 'test' },
  }
  const action = { tool: 'run_command', command: 'npm test', cwd: worktree } as const
  return { root, worktree, workshop, here, network: '', asking: { callId: `c${n}`, runId, action, why: 'to see', risk: 'runs code' } }
}

async function ask(db: Store, task: Task, { here, worktree, network, asking }: Place): Promise<string> {
  const binding = { ...(await surroundings(here, PROJECT, { path: worktree })), network }
  return (await db.tx((tx) => verdictOn({ ids: randomIds }, tx, task, { ...asking, binding }))).verdict
}

async function pendingOne(db: Store): Promise<ApprovalId> {
  const pending = await pendingApprovals(db)
  return ApprovalId.parse(pending[0]?.id)
}

async function allow(db: Store, { owner }: World): Promise<unknown> {
  const decide = capabilityByName('decide_approval')
  const row = await approvalById(db, await pendingOne(db))
  if (decide === undefined || row === undefined) throw new Error('nothing to decide')
  const act = { caller: owner, clock: systemClock, ids: randomIds, facts: FACTS, git: NO_GIT }
  const input = { approval: row.id, digest: row.digest, decision: 'allow' }
  const { state } = await db.tx(async (tx) => decideApprovalOutput(await callCapability(decide, { tx, ...act }, input)))
  return state
}

function decideApprovalOutput(output: unknown): { state: unknown } {
  return { state: typeof output === 'object' && output !== null && 'state' in output ? output.state : undefined }
}
