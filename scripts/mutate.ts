/**
 * Changes the policy in one place after another and says which changes its tests do not notice: `node scripts/mutate-policy.ts [FILE…]`.
 * The tests are those beside it but for the one that asks a real bash. All of it happens in memory, in a thread that can hang.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'
import ts from 'typescript6'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const POLICY = join(ROOT, 'src/orchestrator/policy')
const TESTS = ['judge-command.test.ts', 'bind-command.test.ts', 'classes.test.ts'].map((name) => join(POLICY, name))
/** Without the words of lists, of which there are a thousand. */
const BRIEF = process.argv.includes('--brief')
/** A mutant that takes longer turns in circles. All tests take a second. */
const HANGS_MS = 20_000

type Mutant = { readonly file: string; readonly line: number; readonly from: number; readonly to: number; readonly text: string }

// What is changed -------------------------------------------------------------------------------------------------------

const { SyntaxKind } = ts
const OPERATORS = new Map<ts.SyntaxKind, string>([
  [SyntaxKind.EqualsEqualsEqualsToken, '!=='],
  [SyntaxKind.ExclamationEqualsEqualsToken, '==='],
  [SyntaxKind.AmpersandAmpersandToken, '||'],
  [SyntaxKind.BarBarToken, '&&'],
  [SyntaxKind.LessThanToken, '<='],
  [SyntaxKind.LessThanEqualsToken, '<'],
  [SyntaxKind.GreaterThanToken, '>='],
  [SyntaxKind.GreaterThanEqualsToken, '>'],
])
const METHODS = new Map([
  ['every', 'some'],
  ['some', 'every'],
])

/** Every change of a file, in order. */
function mutantsOf(file: string): Mutant[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)
  const found: Mutant[] = []
  const add = (node: ts.Node, text: string): void => {
    const from = node.getStart(source)
    found.push({ file, line: source.getLineAndCharacterOfPosition(from).line + 1, from, to: node.getEnd(), text })
  }
  const look = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isTypeAliasDeclaration(node)) return
    if (ts.isBinaryExpression(node)) {
      const other = OPERATORS.get(node.operatorToken.kind)
      if (other !== undefined) add(node.operatorToken, other)
    }
    if (ts.isPropertyAccessExpression(node)) {
      const other = METHODS.get(node.name.text)
      if (other !== undefined) add(node.name, other)
    }
    if (ts.isPrefixUnaryExpression(node) && node.operator === SyntaxKind.ExclamationToken) add(node, node.operand.getText(source))
    if (node.kind === SyntaxKind.TrueKeyword) add(node, 'false')
    if (node.kind === SyntaxKind.FalseKeyword) add(node, 'true')
    if (ts.isIfStatement(node)) for (const word of ['true', 'false']) add(node.expression, word)
    if (ts.isConditionalExpression(node)) for (const word of ['true', 'false']) add(node.condition, word)
    if (ts.isArrayLiteralExpression(node)) for (const each of node.elements) if (ts.isStringLiteral(each)) add(each, "'\\u0000'")
    // Lists of words are written as one text.
    if (!BRIEF && ts.isStringLiteral(node) && /^[\w@.+:[-]+(?: [\w@.+:[-]+){3,}$/u.test(node.text)) {
      const words = node.text.split(' ')
      for (const word of words) add(node, JSON.stringify(words.filter((other) => other !== word).join(' ')))
    }
    node.forEachChild(look)
  }
  look(source)
  return found
}

// The thread that tries them --------------------------------------------------------------------------------------------

/** As much of vitest as the policy's tests use, run at once, in order, until the first that fails. */
const SHIM = `
import { deepStrictEqual } from 'node:assert'
export const describe = (_, declare) => declare()
export const it = (name, run) => globalThis.policyTests.push({ name, run })
it.each = (rows) => (name, run) => rows.forEach((row) => it(name, () => run(...(Array.isArray(row) ? row : [row]))))
const check = (fine) => { if (!fine) throw new Error('not so') }
export const expect = (seen) => ({
  toEqual: (wanted) => deepStrictEqual(JSON.parse(JSON.stringify(seen)), JSON.parse(JSON.stringify(wanted))),
  toBe: (wanted) => check(Object.is(seen, wanted)),
  toHaveLength: (wanted) => check(seen.length === wanted),
  toBeLessThan: (wanted) => check(seen < wanted),
})
`

type Tests = { name: string; run: () => unknown }[]

async function survives(mutant: Mutant | undefined, n: number): Promise<boolean> {
  const text = mutant === undefined ? '' : readFileSync(mutant.file, 'utf8')
  const url = mutant === undefined ? '' : `${pathToFileURL(mutant.file).href}?m=${n}`
  const hooks = registerHooks({
    resolve: (specifier, context, next) => {
      if (specifier === 'vitest') return { url: `data:text/javascript,${encodeURIComponent(SHIM)}`, shortCircuit: true }
      const found = next(specifier, context)
      return found.url.startsWith(pathToFileURL(POLICY).href) ? { ...found, url: `${found.url.split('?')[0] ?? ''}?m=${n}` } : found
    },
    load: (at, context, next) => {
      if (mutant === undefined || at !== url) return next(at, context)
      const source = text.slice(0, mutant.from) + mutant.text + text.slice(mutant.to)
      return { format: 'module-typescript', source, shortCircuit: true }
    },
  })
  const tests: Tests = []
  Object.assign(globalThis, { policyTests: tests })
  try {
    for (const file of TESTS) {
      tests.length = 0
      await import(`${pathToFileURL(file).href}?m=${n}`)
      for (const { run } of tests) await run()
    }
    return true
  } catch {
    return false
  } finally {
    hooks.deregister()
  }
}

// Where it begins -------------------------------------------------------------------------------------------------------

/** Tries them from `from` on; answers for each as it comes, and where the thread hung. */
function tryFrom(mutants: readonly Mutant[], from: number, hear: (n: number, survived: boolean) => void): Promise<number | undefined> {
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { mutants, from } })
  return new Promise((resolve, reject) => {
    let at = from
    const hung = (): void => void worker.terminate().then(() => resolve(at))
    let timer = setTimeout(hung, HANGS_MS)
    worker.on('message', ({ n, survived }: { n: number; survived: boolean }) => {
      clearTimeout(timer)
      timer = setTimeout(hung, HANGS_MS)
      at = n + 1
      hear(n, survived)
    })
    worker.once('error', reject)
    worker.once('exit', () => {
      clearTimeout(timer)
      if (at >= mutants.length) resolve(undefined)
    })
  })
}

async function main(): Promise<void> {
  const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'))
  const files = readdirSync(POLICY, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && (wanted.length === 0 || wanted.some((each) => name.endsWith(each))))
    .map((name) => join(POLICY, name))
  const mutants = files.flatMap(mutantsOf)
  if (!(await survives(undefined, -1))) throw new Error('the tests fail without any change')
  const alive: Mutant[] = []
  const hear = (n: number, survived: boolean): void => {
    const mutant = mutants[n]
    if (survived && mutant !== undefined) alive.push(mutant)
  }
  for (let from: number | undefined = 0; from !== undefined && from < mutants.length;) {
    const hung: number | undefined = await tryFrom(mutants, from, hear)
    from = hung === undefined ? undefined : hung + 1
  }
  for (const { file, line, from, to, text } of alive) {
    const was = readFileSync(file, 'utf8').slice(from, to)
    process.stdout.write(`${relative(POLICY, file)}:${line}: ${was.length > 90 ? `…${difference(was, text)}` : `${was} → ${text}`}\n`)
  }
  const killed = mutants.length - alive.length
  process.stdout.write(`${killed} of ${mutants.length} killed (${((100 * killed) / mutants.length).toFixed(1)} %)\n`)
}

/** Of a list of words the one that was taken out. */
function difference(was: string, is: string): string {
  const left = new Set(is.replace(/"/gu, '').split(' '))
  return ` without ${
    was
      .replace(/'/gu, '')
      .split(' ')
      .find((word) => !left.has(word)) ?? '?'
  }`
}

if (isMainThread) await main()
else {
  const { mutants, from }: { mutants: Mutant[]; from: number } = workerData
  for (let n = from; n < mutants.length; n += 1) {
    const survived = await survives(mutants[n], n)
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, no window
    parentPort?.postMessage({ n, survived })
  }
}
