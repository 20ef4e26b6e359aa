/**
 * Everything an agent can plant in its worktree and its workshop, against the whole road: made, snapshotted, shown, merged, undone. Nothing
 * of it may run outside the walls, and what lands is, to the byte, what was shown.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { countHidden } from '#core'
import { type Message, type Person, type Script } from '#simulator'
import { becomes, reviewOf, tap, wish } from '../support/desk.ts'
import { calls, runs, says } from '../support/plays.ts'
import { git, makeRepository, tip } from '../support/repositories.ts'
import { steadyHands } from '../support/steady-hands.ts'
import { LONG, withSystem, type System } from '../support/system.ts'
import { EXECUTING, HIDING, scriptOf, type Vector } from './git-vectors.ts'
import { filesOf, filesShown, shownPatch } from './shown.ts'

const FILES = {
  '.gitignore': 'ignored/\n',
  'src/a.js': 'export const a = 1\n',
  'src/b.js': 'export const b = 1\n// two\n// three\n// four\n',
  'run.sh': 'echo run\n',
  link: 'README.md',
  'bin.dat': '\0base',
  '.lugh/config.yaml': 'test: git status --short && git diff --stat\n',
}
const LANES = 6

function repository(path: string): string {
  makeRepository(path, FILES)
  rmSync(join(path, 'link'))
  execFileSync('ln', ['-s', 'README.md', join(path, 'link')])
  git(path, 'add', '--all')
  git(path, 'commit', '--quiet', '-m', 'Link')
  return path
}

describe('the traps are live', () => {
  const root = mkdtempSync(join(tmpdir(), 'lugh-traps-'))
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  test.each(EXECUTING)('plain git walks into: $name', (vector) => {
    const at = mkdtempSync(join(root, 'trap-'))
    const main = repository(join(at, 'main'))
    const worktree = join(at, 'worktree')
    git(main, 'worktree', 'add', '--quiet', '-b', 'agent', worktree)
    const canary = join(at, 'canary')
    const env = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: at, TMPDIR: at, GIT_CONFIG_NOSYSTEM: '1', ...IDENTITY }
    execFileSync('bash', ['-c', scriptOf(vector, canary)], { cwd: worktree, env, stdio: 'ignore', timeout: 20_000 })
    rmSync(canary, { force: true })
    try {
      execFileSync('bash', ['-c', vector.trip ?? ''], { cwd: worktree, env, stdio: 'ignore', timeout: 20_000 })
    } catch {
      // most trips fail after the trap has sprung
    }
    expect(existsSync(canary)).toBe(true)
  })
})

const IDENTITY = { GIT_AUTHOR_NAME: 'A', GIT_AUTHOR_EMAIL: 'a@x', GIT_COMMITTER_NAME: 'A', GIT_COMMITTER_EMAIL: 'a@x' }

/** What one task plants: every vector alone in the long form; in the short one those that do not stand in each other's way go together. */
type Wave = { vectors: readonly Vector[]; fresh: boolean }
const TOGETHER = 4

function waves(): Wave[] {
  const alone = (vectors: readonly Vector[], fresh: boolean): Wave[] => vectors.map((vector) => ({ vectors: [vector], fresh }))
  if (LONG) return [...alone(EXECUTING, true), ...alone(HIDING, false)]
  const apart = (vector: Vector): boolean => vector.alone === true || vector.refused !== undefined
  const grouped = (vectors: readonly Vector[], fresh: boolean): Wave[] => {
    const count = Math.ceil(vectors.length / TOGETHER)
    return Array.from({ length: count }, (_, n) => ({ vectors: vectors.filter((_vector, index) => index % count === n), fresh }))
  }
  const split = (vectors: readonly Vector[], fresh: boolean): Wave[] => [
    ...grouped(
      vectors.filter((vector) => !apart(vector)),
      fresh,
    ),
    ...alone(vectors.filter(apart), fresh),
  ]
  return [...split(EXECUTING, true), ...split(HIDING, false)]
}

/** The agent that plants: what it is to plant stands in the wish, by number. */
function planter(all: readonly Wave[], canaries: string): Script {
  return {
    name: 'planter',
    match: ({ wish: words }) => /^Wave \d+:/.test(words),
    turns: ({ wish: words, calls: done }) => {
      const wave = all[Number(/^Wave (\d+):/.exec(words)?.[1])]
      const vector = wave?.vectors[done.length]
      if (vector === undefined) {
        const failed = done.find(({ output }) => !output.includes('planted'))
        return says(failed === undefined ? 'Planted.' : `NOT PLANTED: ${failed.output}`)
      }
      const script = Buffer.from(scriptOf(vector, join(canaries, vector.name.replaceAll(/\W/g, '-')))).toString('base64')
      return calls(runs(`printf %s ${script} | base64 -d > "$HOME/plant.sh" && bash "$HOME/plant.sh"`))
    },
  }
}

type Lane = { person: Person; path: string }

/** One person and one repository a lane, so that nobody waits for a chat's one message a second. */
async function openLanes(system: System): Promise<Lane[]> {
  const owner = system.person()
  const lanes: Lane[] = []
  for (let n = 0; n < LANES; n += 1) {
    const lane = { path: repository(join(system.at.root, 'repositories', `shop${n}`)), person: n === 0 ? owner : system.person(1001 + n) }
    await give(owner, lane)
    lanes.push(lane)
  }
  return lanes
}

/** The owner adds a repository, and who works in the lane uses it. */
async function give(owner: Person, { person, path }: Lane): Promise<void> {
  const name = basename(path)
  owner.say(`/project add ${path}`)
  await owner.waitFor(`${name} is ready`, 60_000)
  person.say(`/project use ${name}`)
  await person.waitFor((message) => message.text.includes(name) && message.from.isBot && !message.text.includes('is ready'), 60_000)
}

/** Walks one wave through everything, and answers what was wrong with it. */
async function walk({ person, path }: Lane, number: number, wave: Wave): Promise<string[]> {
  const base = tip(path, 'main')
  const task = await wish(person, `Wave ${number}: ${wave.vectors[0]?.name ?? ''}`)
  const ended = await until(person, task.number)
  if (ended.text.includes('NOT PLANTED')) return [`not planted: ${ended.text}`]
  const refused = wave.vectors[0]?.refused
  if (refused !== undefined) {
    const ok = refused.test(ended.text) && !person.buttons(ended).includes('✅ Merge') && tip(path, 'main') === base
    return ok ? [] : [`was to be refused (${String(refused)}): ${ended.text}`]
  }
  const review = await reviewOf(person, task)
  const patch = shownPatch(person, task.number)
  expect(countHidden(patch)).toBe(0)
  const shown = filesShown(path, base, patch)
  await tap(person, review, '✅ Merge')
  const merged = await becomes(person, review, /^(?:✅ Merged|🌿 Kept|Outdated)/)
  if (!merged.text.startsWith('✅ Merged')) return [`not merged: ${merged.text}`]
  expect(shown).toEqual(filesOf(path, 'main'))
  await tap(person, await person.waitUntil(review, (message) => person.buttons(message).includes('↩️ Undo'), 'Undo', 30_000), '↩️ Undo')
  await becomes(person, review, /Undone by commit|Not undone/)
  expect(filesOf(path, 'main')).toEqual(filesOf(path, base))
  return []
}

/** The task's review card, or the word that it came to nothing. */
function until(person: Person, task: number): Promise<Message> {
  const about = new RegExp(`^🔵 Review · .* · T${task} `, 'u')
  const over = new RegExp(`^(?:❌ T${task} failed|T${task} changed no file)`, 'u')
  return person.waitFor((message) => over.test(message.text) || (about.test(message.text) && person.buttons(message).includes('🗑 Discard')), 180_000)
}

describe('against the whole road', () => {
  test('nothing planted runs outside the walls, and what lands is what was shown', async () => {
    const users = Array.from({ length: LANES }, (_, n) => ({ id: 1001 + n, firstName: `P${n}`, languageCode: 'en' }))
    await withSystem({ store: 'embedded', users, limits: false, env: { LUGH_MODE: 'auto', LUGH_SANDBOX: 'required' } }, async (system) => {
      const canaries = join(system.at.root, 'canaries')
      mkdirSync(canaries)
      const all = waves()
      system.model.play(planter(all, canaries))
      // What plants them is a script in disguise, which asks in every mode: the people here allow whatever they are asked.
      const hands = steadyHands(system.world, { presses: ['✅ Allow once'] })
      const lanes = await openLanes(system)
      const queue = [...all.entries()]
      const wrong: Record<string, string[]> = {}
      const work = async (lane: Lane): Promise<void> => {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
          const [number, wave] = next
          const own = { ...lane, path: repository(join(system.at.root, 'repositories', `own${number}`)) }
          if (wave.fresh) await give(system.person(), own)
          else {
            lane.person.say(`/project use ${basename(lane.path)}`)
            own.path = lane.path
          }
          const found = await walk(own, number, wave).catch((error: unknown) => [String(error).slice(0, 3000)])
          if (found.length > 0) wrong[wave.vectors.map(({ name }) => name).join(', ')] = found
        }
      }
      await Promise.all(lanes.map(work)).finally(hands.rest)
      expect({ wrong, ran: readdirSync(canaries) }).toEqual({ wrong: {}, ran: [] })
    })
  })
})
