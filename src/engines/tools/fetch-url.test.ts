/** What a model is shown of a page: its words, in parts when there are many. */
import { describe, expect, it } from 'vitest'
import type { Fetched } from '#sandbox'
import type { ToolContext, ToolOutcome } from '../port.ts'
import { createTools } from './index.ts'
import { pageText } from './page-text.ts'

const never = (): never => {
  throw new Error('nothing runs here')
}
const context = (fetch?: ToolContext['fetch']): ToolContext => ({
  worktree: '/nowhere',
  signal: new AbortController().signal,
  onOutput: never,
  runCommand: never,
  background: { start: never, look: never, stop: never },
  ...(fetch === undefined ? {} : { fetch }),
})
const URL_ = 'https://docs.example/guide/'
const fetching = (fetched: Fetched | undefined, from = 0): Promise<ToolOutcome> =>
  createTools().run('fetch_url', { url: URL_, from }, context(fetched === undefined ? undefined : () => Promise.resolve(fetched)))
const page = (body: string | Buffer, type: string, more: object = {}): Fetched => ({
  kind: 'page',
  url: URL_,
  status: 200,
  type,
  body: Buffer.from(body),
  truncated: false,
  ...more,
})

describe('fetch_url', () => {
  it('shows the words of a page with headings, lists and where links lead, and nothing that runs', () => {
    const html = `<!doctype html><head><title>Guide &amp; more</title><style>p{}</style></head><body><script>alert(1)</script>
      <h2>Set   up</h2><p>Read <a href="../faq">the FAQ</a>, or <a href="javascript:x()">run</a>.</p><ul><li>one<li>two</ul><pre>a
  b</pre><svg><text>no</text></svg><noscript>no</noscript>`
    expect(pageText(html, URL_)).toBe('Guide & more\n\n## Set up\nRead the FAQ (https://docs.example/faq), or run.\n- one\n- two\na\n  b')
  })

  it('shows a long text in parts that fit together, each saying where the next begins', async () => {
    const text = Array.from({ length: 9000 }, (_, n) => `line ${n}`).join('\n')
    let [from, whole] = [0, '']
    for (;;) {
      const { output } = await fetching(page(text, 'text/plain; charset=utf-8'), from)
      const [, shown = ''] = /^https:.*\n([\s\S]*?)(?:\n\[\d+ more characters: fetch again with from \d+\])?$/.exec(output) ?? []
      whole += shown
      const next = /with from (\d+)\]$/.exec(output)?.[1]
      if (next === undefined) break
      from = Number(next)
    }
    expect(whole).toBe(text)
  })

  it('says what stood in the way, and what is no text', async () => {
    const blocked = { kind: 'blocked', blocked: { host: 'docs.example', port: 443, reason: 'private' } } as const
    const cases: [Fetched | undefined, RegExp][] = [
      [undefined, /no way to the network/],
      [blocked, /docs\.example:443: it lies in a private network/],
      [{ kind: 'refused', why: 'it took longer than 30 s' }, /took longer/],
      [page('\0\0', 'application/zip'), /2 bytes of application\/zip, which is no text/],
      [page('{"no":1}', 'application/problem+json', { status: 404 }), /status 404[\s\S]*\{"no":1\}/],
    ]
    for (const [fetched, words] of cases) expect(await fetching(fetched)).toEqual({ isError: true, output: expect.stringMatching(words) })
    expect((await fetching(page('x', 'text/plain', { truncated: true }))).output).toMatch(/longer than 5 MB/)
    expect((await fetching(page(Buffer.from('ä', 'latin1'), 'text/plain; charset=iso-8859-1'))).output).toMatch(/ä$/)
  })

  it('shows a picture as one', async () => {
    const png = Buffer.from('89504e470d0a1a0a00000000', 'hex')
    expect((await fetching(page(png, 'image/png'))).pictures).toEqual([{ mediaType: 'image/png', base64: png.toString('base64') }])
  })
})
