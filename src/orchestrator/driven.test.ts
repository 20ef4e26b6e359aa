/** No button and no command without a test that names it: a label nobody presses is a promise nobody keeps. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { capabilities } from './registry.ts'

const ROOT = join(import.meta.dirname, '..', '..')
/** Chats drawn by hand for the phone page press nothing. */
const DRAWN = /phone/

function files(folder: string, of: (path: string) => boolean): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(ROOT, folder, name))
    .filter((path) => path.endsWith('.ts') && of(path))
}
const textOf = (paths: readonly string[]): string => paths.map((path) => readFileSync(path, 'utf8')).join('\n')
const isTest = (path: string): boolean => path.endsWith('.test.ts')

/** Gaps, written down: 🧪 is shown only on a machine without a sandbox, and no test is one; the others wait for the test that names them. */
const UNSEEN: readonly string[] = ['🧪 Run tests', '🚫 Never']
const UNTYPED: readonly string[] = ['connect list', 'connect show', 'connect remove', 'connect retry']

const tests = textOf([
  ...files('test', (path) => !DRAWN.test(path)),
  ...files('src', (path) => isTest(path) && path !== import.meta.filename && !path.includes('/simulator/')),
])
const cards = textOf(files('src/orchestrator', (path) => !isTest(path)))

it('every label of a button is named in a test', () => {
  const fixed = [...cards.matchAll(/label: '([^'$]+)'/gu)].map(([, label = '']) => label)
  // Written with the word before it: `turn(shown, '◀ Back', …)`, `judge('Keep', …)`.
  const given = [...cards.matchAll(/\b(?:step|judge|decide|turn|go|change)\((?:\w+, )?'([^']*[\p{So}\p{Lu}][^']*)'/gu)].map(([, label = '']) => label)
  const labels = [...new Set([...fixed, ...given])]
  expect(labels.length).toBeGreaterThan(50)
  expect(labels.filter((label) => !tests.includes(label) && !UNSEEN.includes(label))).toEqual([])
})

it('every command is typed, or asked for by its name, in a test', () => {
  const missing = capabilities.flatMap(({ name, doors }) => {
    if ('none' in doors.telegram || doors.telegram.command === undefined) return []
    const typed = new RegExp(`['"\`]/${doors.telegram.command}(?![a-z_])`, 'u')
    return typed.test(tests) || tests.includes(`'${name}'`) ? [] : [doors.telegram.command]
  })
  expect(missing.filter((command) => !UNTYPED.includes(command))).toEqual([])
})
