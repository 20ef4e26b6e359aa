/** The three tasks every engine must bring to the same end, and what a model plays for them. */
import { join } from 'node:path'
import { call, type Person, type Script, type ScriptedCall } from '#simulator'
import { merge, reviewOf, wish } from './desk.ts'
import { calls, play, says, writes } from './plays.ts'
import { fileAt, makeRepository } from './repositories.ts'

const FILES = {
  'src/cart.js': 'export const total = (items) => items.reduce((sum, item) => sum - item, 0)\n',
  'test/cart.test.js':
    "import assert from 'node:assert'\nimport test from 'node:test'\nimport { total } from '../src/cart.js'\ntest('sums', () => assert.equal(total([1, 2]), 3))\n",
  'package.json': '{"type":"module"}\n',
}
/** How an engine's model says these things: each engine has tools of its own. */
export type TaskHands = {
  readonly look: (path: string) => ScriptedCall
  readonly edit: (path: string, before: string, after: string) => ScriptedCall
  readonly write: (path: string, content: string) => ScriptedCall
}

const BUILT_IN: TaskHands = {
  look: (path) => call('read_file', { path }),
  edit: (path, before, after) => call('edit_file', { path, edits: [{ old_text: before, new_text: after, replace_all: true }] }),
  write: writes,
}

const WISHES = ['Fix the failing test', 'Rename total to sumOf', 'Add a discount with tests']
const DISCOUNT_TEST =
  "import assert from 'node:assert'\nimport test from 'node:test'\nimport { half } from '../src/discount.js'\ntest('halves', () => assert.equal(half(4), 2))\n"

/** The three as these hands do them. */
export function threeTasks({ look, edit, write }: TaskHands): readonly Script[] {
  return [
    play('Fix the failing test', calls(look('src/cart.js')), calls(edit('src/cart.js', 'sum - item', 'sum + item')), says('Fixed.')),
    play(
      'Rename total to sumOf',
      calls(look('src/cart.js'), look('test/cart.test.js')),
      calls(edit('src/cart.js', 'total', 'sumOf'), edit('test/cart.test.js', 'total', 'sumOf')),
      says('Renamed.'),
    ),
    play(
      'Add a discount with tests',
      calls(write('src/discount.js', 'export const half = (n) => n / 2\n'), write('test/discount.test.js', DISCOUNT_TEST)),
      says('Added.'),
    ),
  ]
}

export const THREE_TASKS = threeTasks(BUILT_IN)

/** The repository the tasks are about. Answers its path. */
export function shopRepository(root: string, more: Readonly<Record<string, string>> = {}): string {
  return makeRepository(join(root, 'shop'), { ...FILES, ...more })
}

/** Wishes, reviews and merges the three, one after the other. */
export async function doThreeTasks(you: Person): Promise<void> {
  for (const [n, words] of WISHES.entries()) {
    await wish(you, words)
    await reviewOf(you, { number: n + 1 })
    await merge(you, { number: n + 1 })
  }
}

/** The files on main that the tasks are about. */
export function mergedFiles(path: string): Readonly<Record<string, string | undefined>> {
  return {
    cart: fileAt(path, 'main', 'src/cart.js'),
    test: fileAt(path, 'main', 'test/cart.test.js'),
    discount: fileAt(path, 'main', 'src/discount.js'),
  }
}

/** What they are on every engine. */
export const MERGED: Readonly<Record<string, string | undefined>> = {
  cart: 'export const sumOf = (items) => items.reduce((sum, item) => sum + item, 0)\n',
  test: FILES['test/cart.test.js'].replaceAll('total', 'sumOf'),
  discount: 'export const half = (n) => n / 2\n',
}
