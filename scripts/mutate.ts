/**
 * Changes the code of a subject in one place after another and says which changes its tests do not notice: `node scripts/mutate.ts [SUBJECT]
 * [FILE…]`. All of it happens in memory, in a thread that can hang; what needs a bash, a store or a whole Lugh is left out.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'
import ts from 'typescript6'

const ROOT = fileURLToPath(new URL('../src', import.meta.url))
const within = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => `${folder}/${name}`)

/** `files` are changed and `tests` look at them; `anew`: what else is loaded again for each change, since it holds what was changed. `fine`: numbers, words and calls are changed too. */
type Subject = { readonly files: readonly string[]; readonly tests: readonly string[]; readonly anew?: readonly string[]; readonly fine?: boolean }
const CAPABILITIES = within('orchestrator/capabilities')
const SUBJECTS: Readonly<Record<string, Subject>> = {
  policy: {
    files: within('orchestrator/policy'),
    tests: ['judge-command.test.ts', 'bind-command.test.ts', 'classes.test.ts', 'class-grounds.test.ts'].map((name) => `orchestrator/policy/${name}`),
    anew: within('orchestrator/policy'),
  },
  digest: { files: ['core/digest.ts'], tests: ['core/digest.test.ts'], fine: true },
  visible: { files: ['core/visible.ts'], tests: ['core/visible.test.ts'], fine: true },
  table: {
    files: ['orchestrator/answers.ts', 'mcp/server/role-of-scopes.ts', ...CAPABILITIES],
    tests: ['orchestrator/answers.test.ts', 'mcp/server/who-may.test.ts'],
    anew: ['orchestrator/index.ts', 'orchestrator/registry.ts'],
  },
}
const SUBJECT = process.argv[2] ?? 'policy'
const {
  files: FILES,
  tests: TESTS,
  anew: ANEW = [],
  fine: FINE = false,
} = SUBJECTS[SUBJECT] ?? fail(`There are ${Object.keys(SUBJECTS).join(', ')}.`)

function fail(why: string): never {
  throw new Error(why)
}

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

/** Every role that a capability's `may` could have more or less. */
const ROLES = ['owner', 'approver', 'member', 'viewer']
const isMay = (node: ts.Node): node is ts.PropertyAssignment => ts.isPropertyAssignment(node) && node.name.getText() === 'may'
/** Calls that could be left out. */
const OMITTED = new Set(['filter', 'toSorted', 'trim', 'toLowerCase', 'toUpperCase', 'padStart', 'replaceAll', 'replace', 'slice', 'map'])

/** Every change of a file, in order. */
function mutantsOf(name: string): Mutant[] {
  const file = join(ROOT, name)
  const onlyMay = CAPABILITIES.includes(name)
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)
  const found: Mutant[] = []
  const add = (node: ts.Node, text: string): void => {
    const from = node.getStart(source)
    found.push({ file, line: source.getLineAndCharacterOfPosition(from).line + 1, from, to: node.getEnd(), text })
  }
  const lookAtMay = (node: ts.Node): void => {
    if (isMay(node) && ts.isArrayLiteralExpression(node.initializer)) {
      const has = node.initializer.elements.flatMap((each) => (ts.isStringLiteral(each) ? [each.text] : []))
      for (const role of ROLES) {
        const other = has.includes(role) ? has.filter((one) => one !== role) : [...has, role]
        add(node.initializer, `[${other.map((one) => `'${one}'`).join(', ')}]`)
      }
    }
    node.forEachChild(lookAtMay)
  }
  const lookFinely = (node: ts.Node): void => {
    if (ts.isNumericLiteral(node)) add(node, `${Number(node.text) + 1}`)
    if (ts.isStringLiteral(node) && !ts.isArrayLiteralExpression(node.parent)) {
      add(node, node.text === '' ? "'x'" : "''")
      // Ranges of characters, written side by side.
      const ranges = node.text.split(' ').filter((range) => range.startsWith('\\u'))
      if (ranges.length > 1) for (const range of ranges) add(node, JSON.stringify(ranges.filter((other) => other !== range).join(' ')))
    }
    if (ts.isNoSubstitutionTemplateLiteral(node) || ts.isTemplateHead(node) || ts.isTemplateMiddle(node) || ts.isTemplateTail(node)) {
      const written = node.getText(source)
      const inner = written.replaceAll(/^[`}]|(?:\$\{|`)$/gu, '')
      if (inner !== '')
        add(
          node,
          written.replace(inner, () => ''),
        )
    }
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && OMITTED.has(node.expression.name.text))
      add(node, node.expression.expression.getText(source))
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === SyntaxKind.PlusToken) add(node, node.left.getText(source))
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === SyntaxKind.MinusToken) add(node.operatorToken, '+')
    if (node.kind === SyntaxKind.RegularExpressionLiteral) {
      const written = node.getText(source)
      for (const { index } of written.matchAll(/[+?*^]/gu)) add(node, written.slice(0, index) + written.slice(index + 1))
      add(
        node,
        written.replace(/\w*$/u, (flags) => flags.replace('g', '')),
      )
    }
    if (ts.isReturnStatement(node) && node.expression !== undefined && ts.isStringLiteral(node.expression)) add(node.expression, "''")
  }
  const look = (node: ts.Node): void => {
    if (FINE) lookFinely(node)
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
  if (onlyMay) lookAtMay(source)
  else look(source)
  // A change that leaves the text as it was is none, and the same one twice is one.
  const text = source.getFullText()
  const known = new Set<string>()
  return found.filter(({ from, to, text: changed }) => {
    const key = `${from} ${to} ${changed}`
    const news = text.slice(from, to) !== changed && !known.has(key)
    known.add(key)
    return news
  })
}

// The thread that tries them --------------------------------------------------------------------------------------------

/** As much of vitest as the policy's tests use, run at once, in order, until the first that fails. */
const SHIM = `
import { deepStrictEqual } from 'node:assert'
export const describe = (_, declare) => declare()
export const it = (name, run) => globalThis.policyTests.push({ name, run })
it.each = (rows) => (name, run) => rows.forEach((row) => it(name, () => run(...(Array.isArray(row) ? row : [row]))))
const check = (fine) => { if (!fine) throw new Error('not so') }
const plain = (value) => JSON.parse(JSON.stringify(value === undefined ? null : value))
const holds = (run) => { try { run(); return true } catch { return false } }
const checks = (seen, right) => ({
  toEqual: (wanted) => right(() => deepStrictEqual(plain(seen), plain(wanted))),
  toBe: (wanted) => right(() => check(Object.is(seen, wanted))),
  toContain: (wanted) => right(() => check(seen.includes(wanted))),
  toMatch: (wanted) => right(() => check(wanted.test(seen))),
  toBeUndefined: () => right(() => check(seen === undefined)),
  toHaveLength: (wanted) => right(() => check(seen.length === wanted)),
  toBeLessThan: (wanted) => right(() => check(seen < wanted)),
  toBeLessThanOrEqual: (wanted) => right(() => check(seen <= wanted)),
  toBeGreaterThan: (wanted) => right(() => check(seen > wanted)),
  toBeGreaterThanOrEqual: (wanted) => right(() => check(seen >= wanted)),
})
export const expect = (seen) => ({ ...checks(seen, (run) => run()), not: checks(seen, (run) => check(!holds(run))) })
`

type Tests = { name: string; run: () => unknown }[]

async function survives(mutant: Mutant | undefined, n: number): Promise<boolean> {
  const text = mutant === undefined ? '' : readFileSync(mutant.file, 'utf8')
  const changed = mutant === undefined ? '' : pathToFileURL(mutant.file).href
  const url = `${changed}?m=${n}`
  const again = new Set([...TESTS, ...ANEW].map((name) => pathToFileURL(join(ROOT, name)).href))
  const hooks = registerHooks({
    resolve: (specifier, context, next) => {
      if (specifier === 'vitest') return { url: `data:text/javascript,${encodeURIComponent(SHIM)}`, shortCircuit: true }
      const found = next(specifier, context)
      const bare = found.url.split('?')[0] ?? ''
      return bare === changed || again.has(bare) ? { ...found, url: `${bare}?m=${n}` } : found
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
      await import(`${pathToFileURL(join(ROOT, file)).href}?m=${n}`)
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
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { mutants, from }, argv: process.argv.slice(2) })
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
  const wanted = process.argv.slice(3).filter((word) => !word.startsWith('--'))
  const mutants = FILES.filter((name) => wanted.length === 0 || wanted.some((each) => name.endsWith(each))).flatMap(mutantsOf)
  if (!(await survives(undefined, -1))) throw new Error('the tests fail without any change')
  const alive: Mutant[] = []
  const hear = (n: number, survived: boolean): void => {
    const mutant = mutants[n]
    if (!survived || mutant === undefined) return
    alive.push(mutant)
    tell(mutant)
  }
  for (let from: number | undefined = 0; from !== undefined && from < mutants.length;) {
    const hung: number | undefined = await tryFrom(mutants, from, hear)
    from = hung === undefined ? undefined : hung + 1
  }
  const killed = mutants.length - alive.length
  process.stdout.write(`${killed} of ${mutants.length} killed (${((100 * killed) / mutants.length).toFixed(1)} %)\n`)
}

/** At once: whoever ends a long run has seen what there was until then. */
function tell({ file, line, from, to, text }: Mutant): void {
  const was = readFileSync(file, 'utf8').slice(from, to)
  process.stdout.write(`${relative(ROOT, file)}:${line}: ${was.length > 90 ? `…${difference(was, text)}` : `${was} → ${text}`}\n`)
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
