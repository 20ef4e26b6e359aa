/** `kill -9` at the worst moments: in a run, an approval, a landing and an undo. The next start ends each right, exactly once. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Message } from '#simulator'
import { addProject, approvalOf, becomes, merge, reviewOf, sees, tap, taskOf, wish, type Task } from '../support/desk.ts'
import { eventually } from '../support/eventually.ts'
import { checkHistory, landings } from '../support/history.ts'
import { calls, numberedFiles, play, runs, says, writes } from '../support/plays.ts'
import { processesNamed } from '../support/remains.ts'
import { fileAt, git, makeRepository } from '../support/repositories.ts'
import { describeSideBySide, LONG, withSystem, type System } from '../support/system.ts'

/** The long form dies twice as often, on machines that have other things to do. */
const MINUTES = (LONG ? 30 : 5) * 60_000
const KILLED = { code: null, signal: 'SIGKILL' }

async function project(system: System): Promise<string> {
  const path = makeRepository(join(system.at.root, 'shop'))
  await addProject(system.person(), path)
  return path
}

/** The next life dies by SIGKILL the first time it passes the named point. */
async function startDoomed(system: System, point: string): Promise<void> {
  await system.lugh().stop()
  await system.start({ LUGH_CRASH_AT: point })
}

/** Waits for the death that was ordered, then starts a life that nothing ends. */
async function dieAndRise(system: System): Promise<void> {
  expect(await system.lugh().exited).toEqual(KILLED)
  await system.start()
}

function cleanAfter(path: string): void {
  expect(git(path, 'status', '--porcelain')).toBe('')
  expect(git(path, 'fsck', '--no-dangling')).toBe('')
}

const undoButton = (system: System, merged: Message): Promise<Message> => {
  const you = system.person()
  return you.waitUntil(merged, (message) => you.buttons(message).includes('↩️ Undo'), 'Undo', 30_000)
}

describeSideBySide('killed in a landing', (store) => {
  const POINTS = ['land.merge.before-act', 'land.after-note', 'land.after-merge', 'land.merge.after-act']
  const MORE_POINTS = ['land.merge.before-intent', 'land.after-objects', 'land.after-act', 'land.merge.after-outcome']

  /** One task after the other, each killed at the next point of its landing. */
  async function killEach(system: System, path: string, points: readonly string[]): Promise<void> {
    const you = system.person()
    for (const [index, point] of points.entries()) {
      await startDoomed(system, point)
      const task = await wish(you, `Add file ${index + 1}`)
      const review = await reviewOf(you, task)
      await you.tap('✅ Merge', { in: review })
      await dieAndRise(system)
      await becomes(you, review, /^✅ Merged/)
      expect(
        landings(path).filter(({ title }) => title === `Add file ${index + 1}`),
        point,
      ).toHaveLength(1)
      expect(fileAt(path, 'main', `files/${index + 1}.txt`), point).toBe(`This is file ${index + 1}.\n`)
    }
    await system.tidy()
    checkHistory(system, path)
    expect(git(path, 'branch', '--list', 'lugh/*')).toBe('')
  }

  test(
    'before and after the ref moved, in a clean checkout: merged once, files and index with it',
    () =>
      withSystem({ store, scripts: [numberedFiles] }, async (system) => {
        const path = await project(system)
        await killEach(system, path, LONG ? [...POINTS, ...MORE_POINTS] : POINTS)
        cleanAfter(path)
      }),
    MINUTES,
  )

  test.runIf(LONG)(
    'before and after the ref moved, where another branch is checked out',
    () =>
      withSystem({ store, scripts: [numberedFiles] }, async (system) => {
        const path = makeRepository(join(system.at.root, 'shop'), { '.lugh/config.yaml': 'target: main\n' })
        git(path, 'checkout', '--quiet', '-b', 'side')
        await addProject(system.person(), path)
        // There is no checkout to move, so two of the points are never passed.
        const passed = [...POINTS, ...MORE_POINTS].filter((point) => point !== 'land.after-note' && point !== 'land.after-merge')
        await killEach(system, path, passed)
        cleanAfter(path)
      }),
    MINUTES,
  )
})

describeSideBySide('killed in an undo', (store) => {
  test(
    'before and after the ref moved, undo and the undo of the undo: each done once',
    () =>
      withSystem({ store, scripts: [numberedFiles] }, async (system) => {
        const path = await project(system)
        const you = system.person()
        const merged = await merge(you, await wish(you, 'Add file 1'))
        const more = ['land.redo.before-act', 'land.undo.after-outcome', 'land.after-act']
        const points = ['land.undo.before-act', 'land.after-merge', 'land.undo.after-act', ...(LONG ? more : [])]
        for (const [index, point] of points.entries()) {
          await startDoomed(system, point)
          await you.tap('↩️ Undo', { in: await undoButton(system, merged) })
          await dieAndRise(system)
          const undo = index % 2 === 0
          await becomes(you, merged, undo ? /Undone by commit/ : /Merged again by commit/)
          await undoButton(system, merged)
          expect(
            landings(path).map(({ kind }) => kind),
            point,
          ).toEqual(['merge', ...points.slice(0, index + 1).map((_, n) => (n % 2 === 0 ? 'undo' : 'redo'))])
          expect(fileAt(path, 'main', 'files/1.txt'), point).toBe(undo ? undefined : 'This is file 1.\n')
          cleanAfter(path)
        }
        await system.tidy()
      }),
    MINUTES,
  )
})

describeSideBySide('killed in a run', (store) => {
  test(
    'while the worktree is made, before and after a step, and while the change is measured: no finished step is lost, nothing is done twice',
    () =>
      withSystem({ store, scripts: [numberedFiles] }, async (system) => {
        const path = await project(system)
        const you = system.person()
        const more = ['prepare.worktree.before-act', 'prepare.worktree.after-act', 'snapshot.after-tree']
        const points = ['worktree.after-checkout', 'step.before-act', 'step.after-act', ...(LONG ? more : [])]
        for (const [index, point] of points.entries()) {
          await startDoomed(system, point)
          const said = you.say(`Add file ${index + 1}`)
          await dieAndRise(system)
          await merge(you, await taskOf(you, said))
          expect(fileAt(path, 'main', `files/${index + 1}.txt`), point).toBe(`This is file ${index + 1}.\n`)
          const answers = system.model.requests.filter(({ conversation }) => conversation?.wish === `Add file ${index + 1}`)
          expect(
            answers.map(({ conversation }) => conversation?.turn),
            `${point}: no turn was paid for twice`,
          ).toEqual([0, 1])
        }
        await system.tidy()
        checkHistory(system, path)
        cleanAfter(path)
      }),
    MINUTES,
  )

  test('while a command runs and while the model hangs: the command’s processes are gone, the agent is told, the task ends right', () => {
    const mark = `1000.${process.pid}${store.length}`
    const road = play(
      'Take long',
      calls(writes('first.txt', 'first\n')),
      calls(runs(`setsid sleep ${mark} & sleep ${mark}`)),
      ({ calls: done }) => calls(writes('told.txt', done.at(-1)?.output ?? '')),
      says('Took long.'),
    )
    const sleepers = (): number => processesNamed(`sleep ${mark}`).filter(({ command }) => command === `sleep ${mark}`).length
    return withSystem({ store, scripts: [road], env: { LUGH_MODE: 'auto' } }, async (system) => {
      const path = await project(system)
      const you = system.person()
      system.model.misbehave({ kind: 'hang' })
      const task = await wish(you, 'Take long')
      await eventually(() => system.model.requests.length, 1, 30_000)
      await system.crash()
      await eventually(sleepers, 2, 30_000)
      await system.crash()
      expect(sleepers()).toBe(0)
      await merge(you, task)
      expect(fileAt(path, 'main', 'first.txt')).toBe('first\n')
      expect(fileAt(path, 'main', 'told.txt')).toContain('effect is unknown')
      expect(landings(path)).toHaveLength(1)
      await system.tidy()
    })
  })

  test.runIf(LONG)(
    'at arbitrary moments, again and again: every task still lands once',
    () =>
      withSystem({ store, scripts: [numberedFiles] }, async (system) => {
        const path = await project(system)
        const you = system.person()
        for (let number = 1; number <= 10; number += 1) {
          const said = you.say(`Add file ${number}`)
          for (let n = 0; n < 4; n += 1) {
            await new Promise((resolve) => setTimeout(resolve, 137 * (number + 3 * n)))
            await system.crash()
          }
          await merge(you, await taskOf(you, said))
        }
        await system.tidy()
        expect(checkHistory(system, path)).toHaveLength(10)
        cleanAfter(path)
      }),
    MINUTES,
  )
})

describeSideBySide('killed between two tasks', (store) => {
  test('the next task has the next number', () =>
    withSystem({ store, scripts: [numberedFiles] }, async (system) => {
      await project(system)
      const you = system.person()
      await merge(you, await wish(you, 'Add file 1'))
      await system.tidy()
      await system.crash()
      const task = await wish(you, 'Add file 2')
      expect(task.number).toBe(2)
      await merge(you, task)
      await system.tidy()
    }))
})

describeSideBySide('killed in an approval', (store) => {
  const command = 'echo ran >> ran.log'
  /** Looks at what came of the command, and asks for it again only when it has left nothing. */
  const road = play(
    'Run it',
    calls(runs(command)),
    ({ calls: done }) => {
      const last = done.at(-1)
      return last?.isError === true ? calls({ name: 'list_files', input: {} }) : says('It ran.')
    },
    ({ calls: done }) => (done.at(-1)?.output.includes('ran.log') === true ? says('It had run.') : calls(runs(command))),
    says('It ran now.'),
  )

  const asked = async (system: System): Promise<{ path: string; task: Task; approval: Message }> => {
    const path = await project(system)
    const you = system.person()
    const task = await wish(you, 'Run it')
    return { path, task, approval: await approvalOf(you, task) }
  }
  async function endsOnce(system: System, path: string, task: Task): Promise<void> {
    await merge(system.person(), task)
    expect(fileAt(path, 'main', 'ran.log')).toBe('ran\n')
    expect(landings(path)).toHaveLength(1)
    await system.tidy()
    checkHistory(system, path)
  }

  test('while the card waits: it is still live afterwards', () =>
    withSystem({ store, scripts: [road] }, async (system) => {
      const { path, task, approval } = await asked(system)
      await system.crash()
      await tap(system.person(), approval, '✅ Allow once')
      await endsOnce(system, path, task)
    }))

  test('a tap made while Lugh is dead counts when it is back, once', () =>
    withSystem({ store, scripts: [road] }, async (system) => {
      const { path, task, approval } = await asked(system)
      const you = system.person()
      await system.lugh().kill()
      await you.tap('✅ Allow once', { in: approval })
      await you.tap('❌ Deny', { in: approval })
      await system.start()
      await becomes(you, approval, /Allowed once by You/)
      await endsOnce(system, path, task)
    }))

  test('in the instant of the tap: the decision holds and the command runs once', () =>
    withSystem({ store, scripts: [road] }, async (system) => {
      const { path, task, approval } = await asked(system)
      await tap(system.person(), approval, '✅ Allow once')
      await system.crash()
      await becomes(system.person(), approval, /Allowed once by You/)
      await endsOnce(system, path, task)
    }))

  test('just before an allowed command runs: one permission is one run, so the agent asks again', () =>
    withSystem({ store, scripts: [road] }, async (system) => {
      const { path, task, approval } = await asked(system)
      const you = system.person()
      await startDoomed(system, 'step.before-act')
      await you.tap('✅ Allow once', { in: approval })
      await dieAndRise(system)
      const again = await you.waitFor((message) => message.id > approval.id && you.buttons(message).includes('✅ Allow once'), 30_000)
      await tap(you, again, '✅ Allow once')
      await endsOnce(system, path, task)
    }))

  test('just after an allowed command ran: it is not run again', () =>
    withSystem({ store, scripts: [road] }, async (system) => {
      const { path, task, approval } = await asked(system)
      await startDoomed(system, 'step.after-act')
      await system.person().tap('✅ Allow once', { in: approval })
      await dieAndRise(system)
      await endsOnce(system, path, task)
      await sees(system.person(), 'It had run.')
    }))
})
