/** The four starter wishes on the sample shop, done from what is read: they work again after a merge, and say so when nothing is left to do. */
import { call } from '../script.ts'
import { fileLike, type Facts } from './facts.ts'
import { HONESTY, look, readStep, sayTests, testStep, type Job } from './flow.ts'
import { noted, noteSteps } from './wishes.ts'

export type StarterJob = Job & {
  readonly match: RegExp
  /** Whether the project has what the job is about; asked once its files are listed. */
  readonly fits: (facts: Facts) => boolean
}

/** The tea shop and nothing else: what is done here would be wrong in any other project. */
function isSampleShop({ files }: Facts): boolean {
  return ['src/cart.js', 'src/catalogue.js', 'src/discount.js', 'style.css', 'index.html'].every((path) => files?.includes(path) === true)
}

const CART = /(^|\/)cart\.js$/
const CART_TEST = /(^|\/)cart\.test\.js$/
const DISCOUNT = /(^|\/)discount\.js$/
const DISCOUNT_TEST = 'test/discount.test.js'
const STYLE = /(^|\/)style\.css$/
const PAGE = /(^|\/)index\.html$/
const README = /^readme\.md$/i

/** The text of the first file that fits. */
function textLike(facts: Facts, pattern: RegExp): { path: string; text: string } | undefined {
  const path = fileLike(facts, pattern)
  const text = path === undefined ? undefined : facts.text(path)
  return path === undefined || text === undefined ? undefined : { path, text }
}

/** What people said while the job ran is noted: a script cannot act on it. */
const steerSteps = noteSteps(2, ({ now }) => now.steers)

function withEnd(facts: Facts, ...sentences: readonly string[]): string {
  const steered = noted(facts) ? ['What you said meanwhile I could only write down in WISHES.md.'] : []
  return [...sentences, ...steered, HONESTY].join('\n')
}

function changed(facts: Facts): boolean {
  return facts.now.calls.some(({ name, isError }) => (name === 'edit_file' || name === 'write_file') && !isError)
}

const FLOOR = /Math\.floor\((\w+) \* 100\) \/ 100/
const ROUNDING_TEST = `
test('a total is rounded to the cent, not cut', () => {
  assert.equal(cartTotal({ spoon: 1 }), 1.15)
  assert.equal(cartTotal({ spoon: 3 }), 3.45)
})
`

const rounding: StarterJob = {
  match: /rounding/i,
  fits: isSampleShop,
  plan: ['Find how the total is rounded', 'Fix it, with a test', 'Run the tests'],
  steps: [
    look,
    readStep(CART, CART_TEST, /(^|\/)catalogue\.js$/),
    {
      part: 1,
      say: 'The total is cut to whole cents by Math.floor: a spoon at 1.15 comes to 1.14, because 1.15 × 100 is 114.99… in floating point. It must be rounded.',
      calls: (facts) => {
        const cart = textLike(facts, CART)
        const cut = FLOOR.exec(cart?.text ?? '')
        if (cart === undefined || cut === null) return []
        return [call('edit_file', { path: cart.path, edits: [{ old_text: cut[0], new_text: cut[0].replace('floor', 'round') }] })]
      },
    },
    {
      part: 1,
      calls: (facts) => {
        const test = textLike(facts, CART_TEST)
        if (test === undefined || test.text.includes('rounded to the cent')) return []
        return [call('write_file', { path: test.path, content: test.text + ROUNDING_TEST })]
      },
    },
    testStep(2, 'To see that totals are right now and nothing else broke.'),
    ...steerSteps,
  ],
  summary: (facts) =>
    FLOOR.test(textLike(facts, CART)?.text ?? '')
      ? withEnd(
          facts,
          'The cart total was cut to whole cents, so a spoon at 1.15 cost 1.14. It is rounded now, and a test holds it.',
          sayTests(facts),
        )
      : withEnd(facts, 'The cart total is rounded already; I found nothing to fix.', sayTests(facts)),
}

const DARK = `
@media (prefers-color-scheme: dark) {
  body {
    background: #1c1b19;
    color: #ece7dd;
  }

  #products li {
    border-bottom-color: #3a3732;
  }

  button,
  input {
    border-color: #5d574c;
    background: #2a2825;
  }
}
`
const VIEWPORT = /^( *)<meta name="viewport"[^>]*>$/m

const darkMode: StarterJob = {
  match: /dark mode/i,
  fits: isSampleShop,
  plan: ['Look at page and style', 'Add dark colours', 'Run the tests'],
  steps: [
    look,
    readStep(STYLE, PAGE),
    {
      part: 1,
      say: 'The colours stand in a few rules. I will add a dark set that follows the setting of the phone.',
      calls: (facts) => {
        const style = textLike(facts, STYLE)
        if (style === undefined || style.text.includes('prefers-color-scheme')) return []
        return [call('write_file', { path: style.path, content: style.text + DARK })]
      },
    },
    {
      part: 1,
      calls: (facts) => {
        const page = textLike(facts, PAGE)
        const viewport = VIEWPORT.exec(page?.text ?? '')
        if (page === undefined || viewport === null || page.text.includes('color-scheme')) return []
        const line = `${viewport[0]}\n${viewport[1] ?? ''}<meta name="color-scheme" content="light dark" />`
        return [call('edit_file', { path: page.path, edits: [{ old_text: viewport[0], new_text: line }] })]
      },
    },
    testStep(2, 'To see that nothing else broke.'),
    ...steerSteps,
  ],
  summary: (facts) =>
    changed(facts)
      ? withEnd(
          facts,
          'The page follows the dark setting of the phone: dark colours for page, list, buttons and input. There is no switch on the page itself.',
          sayTests(facts),
        )
      : withEnd(facts, 'The page has a dark mode already; nothing was changed.', sayTests(facts)),
}

const DISCOUNT_TESTS = `import assert from 'node:assert/strict'
import { test } from 'node:test'
import { discountFor } from '../src/discount.js'

test('a known code takes off its share', () => {
  assert.equal(discountFor('WELCOME10'), 0.1)
  assert.equal(discountFor('TEATIME'), 0.25)
})

test('case and spaces around a code do not matter', () => {
  assert.equal(discountFor('  teatime '), 0.25)
})

test('no code and unknown codes take nothing off', () => {
  assert.equal(discountFor(undefined), 0)
  assert.equal(discountFor(''), 0)
  assert.equal(discountFor('FREE'), 0)
})
`

const discountTest: StarterJob = {
  match: /test for the discount/i,
  fits: isSampleShop,
  plan: ['Read the discount code', 'Write its tests', 'Run the tests'],
  steps: [
    look,
    readStep(DISCOUNT, /(^|\/)discount\.test\.js$/, CART_TEST),
    {
      part: 1,
      say: 'Known codes, spelling and unknown codes are worth a test each.',
      calls: ({ files }) =>
        files === undefined || files.includes(DISCOUNT_TEST) ? [] : [call('write_file', { path: DISCOUNT_TEST, content: DISCOUNT_TESTS })],
    },
    testStep(2, 'To see that the new tests pass.'),
    ...steerSteps,
  ],
  summary: (facts) =>
    facts.files?.includes(DISCOUNT_TEST) === true
      ? withEnd(facts, `The discount code has its tests already, in ${DISCOUNT_TEST}; nothing was changed.`, sayTests(facts))
      : withEnd(facts, 'The discount code has three tests now: known codes, spelling, and codes that take nothing off.', sayTests(facts)),
}

const FRIENDLY = `# Tea shop 🍵

A small shop for tea and what goes with it: a catalogue, a cart that adds up, and discount codes. It is plain JavaScript without
dependencies, and small enough to read in ten minutes.

## Try it

    npm start

Then open <http://localhost:4000>, put a few things into the cart, and try the code \`TEATIME\`.

## Change it

- \`src/catalogue.js\` – what is sold, and for how much
- \`src/cart.js\` – what a cart costs
- \`src/discount.js\` – the codes and what they take off
- \`index.html\`, \`style.css\`, \`src/page.js\` – the page

Run the tests before you send a change:

    npm test
`

const readme: StarterJob = {
  match: /friendlier readme/i,
  fits: isSampleShop,
  plan: ['Read what is there', 'Write the README'],
  steps: [
    look,
    readStep(README, /^package\.json$/, CART),
    {
      part: 1,
      say: 'It says little to somebody new. I will say what this is, how to try it and where things are.',
      calls: (facts) => {
        const old = textLike(facts, README)
        return old === undefined || old.text.includes('## Try it') ? [] : [call('write_file', { path: old.path, content: FRIENDLY })]
      },
    },
    ...noteSteps(1, ({ now }) => now.steers),
  ],
  summary: (facts) =>
    textLike(facts, README)?.text.includes('## Try it') === true
      ? withEnd(facts, 'The README is friendly already; nothing was changed.')
      : withEnd(facts, 'The README now says what the shop is, how to try it, where things are, and how to test a change.'),
}

export const starterJobs: readonly StarterJob[] = [rounding, darkMode, discountTest, readme]
