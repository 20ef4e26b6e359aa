import { describe, expect, test } from 'vitest'
import { formatText } from './format-text.ts'
import { Refusal } from './refusal.ts'

const words = (source: string, mode?: string, entities: Parameters<typeof formatText>[2] = []): string => {
  try {
    formatText(source, mode, entities)
    return 'accepted'
  } catch (error) {
    return error instanceof Refusal ? error.message : String(error)
  }
}

describe('HTML', () => {
  test('becomes text and entities', () => {
    const html = '<b>bold <i>both</i></b> &lt;x&gt; &#128512; <a href="https://example.com/?a=1&amp;b=2">link</a> <code>a&amp;b</code>'
    expect(formatText(html, 'HTML')).toEqual({
      text: 'bold both <x> 😀 link a&b',
      entities: [
        { type: 'bold', offset: 0, length: 9 },
        { type: 'italic', offset: 5, length: 4 },
        { type: 'text_link', offset: 17, length: 4, url: 'https://example.com/?a=1&b=2' },
        { type: 'code', offset: 22, length: 3 },
      ],
    })
  })

  test('knows code with a language, spoilers, quotes and custom emoji', () => {
    const html =
      '<pre><code class="language-ts">let a</code></pre>\n<tg-spoiler>s</tg-spoiler><span class="tg-spoiler">t</span>\n<blockquote expandable>q</blockquote>\n<tg-emoji emoji-id="53">👍</tg-emoji>'
    expect(formatText(html, 'HTML').entities).toEqual([
      { type: 'pre', offset: 0, length: 5, language: 'ts' },
      { type: 'spoiler', offset: 6, length: 1 },
      { type: 'spoiler', offset: 7, length: 1 },
      { type: 'expandable_blockquote', offset: 9, length: 1 },
      { type: 'custom_emoji', offset: 11, length: 2, custom_emoji_id: '53' },
    ])
  })

  test.each([
    ['é<x>', 'Bad Request: can\'t parse entities: Unsupported start tag "x" at byte offset 2'],
    ['<b>open', 'Bad Request: can\'t parse entities: Can\'t find end tag corresponding to start tag "b"'],
    ['</b>', "Bad Request: can't parse entities: Unexpected end tag at byte offset 0"],
    ['<b>a</i>', 'Bad Request: can\'t parse entities: Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'],
    ['<b', "Bad Request: can't parse entities: Unclosed start tag at byte offset 0"],
    ['<a href="x', "Bad Request: can't parse entities: Unclosed start tag at byte offset 0"],
    ['<span>a</span>', 'Bad Request: can\'t parse entities: Tag "span" must have class "tg-spoiler" at byte offset 0'],
    ['a < b', 'Bad Request: can\'t parse entities: Unsupported start tag "" at byte offset 2'],
    ['<b>a</b', "Bad Request: can't parse entities: Unclosed end tag at byte offset 4"],
  ])('%j is refused in the words of the real server', (source, refusal) => {
    expect(words(source, 'HTML')).toBe(refusal)
  })
})

describe('MarkdownV2', () => {
  test('becomes text and entities', () => {
    const markdown = '*bold _both_* __under__ ~gone~ ||hidden|| `a*b` [link](https://example.com/a\\)b) \\.'
    expect(formatText(markdown, 'MarkdownV2')).toEqual({
      text: 'bold both under gone hidden a*b link .',
      entities: [
        { type: 'bold', offset: 0, length: 9 },
        { type: 'italic', offset: 5, length: 4 },
        { type: 'underline', offset: 10, length: 5 },
        { type: 'strikethrough', offset: 16, length: 4 },
        { type: 'spoiler', offset: 21, length: 6 },
        { type: 'code', offset: 28, length: 3 },
        { type: 'text_link', offset: 32, length: 4, url: 'https://example.com/a)b' },
      ],
    })
  })

  test('knows code blocks and quotes', () => {
    expect(formatText('```ts\nlet a = 1;\n```\n>quote\n>more\nafter', 'MarkdownV2')).toEqual({
      text: 'let a = 1;\n\nquote\nmore\nafter',
      entities: [
        { type: 'pre', offset: 0, length: 11, language: 'ts' },
        { type: 'blockquote', offset: 12, length: 11 },
      ],
    })
  })

  test('knows expandable quotes', () => {
    expect(formatText('>quote\n>more||', 'MarkdownV2')).toEqual({
      text: 'quote\nmore',
      entities: [{ type: 'expandable_blockquote', offset: 0, length: 10 }],
    })
  })

  test.each([
    ['a.', "Bad Request: can't parse entities: Character '.' is reserved and must be escaped with the preceding '\\'"],
    ['a|b', "Bad Request: can't parse entities: Character '|' is reserved and must be escaped with the preceding '\\'"],
    ['a > b', "Bad Request: can't parse entities: Character '>' is reserved and must be escaped with the preceding '\\'"],
    ['é *a', "Bad Request: can't parse entities: Can't find end of Bold entity at byte offset 3"],
    ['`a', "Bad Request: can't parse entities: Can't find end of Code entity at byte offset 0"],
    ['[a](b', "Bad Request: can't parse entities: Can't find end of a URL at byte offset 4"],
    ['![a](b)', "Bad Request: can't parse entities: Invalid tg://emoji or tg://time URL specified"],
  ])('%j is refused in the words of the real server', (source, refusal) => {
    expect(words(source, 'MarkdownV2')).toBe(refusal)
  })
})

describe('given entities', () => {
  test('are trimmed with the text', () => {
    expect(formatText('  hey  ', undefined, [{ type: 'bold', offset: 0, length: 7 }])).toEqual({
      text: 'hey',
      entities: [{ type: 'bold', offset: 0, length: 3 }],
    })
  })

  test('lose their place to what the server drops', () => {
    const entities = [{ type: 'bold', offset: 3, length: 1 }]
    expect(formatText('a\r\u202ebc\u0007', undefined, entities)).toEqual({ text: 'abc', entities: [{ type: 'bold', offset: 1, length: 1 }] })
  })

  test('inside code are dropped, across a link cut in two', () => {
    const entities = [
      { type: 'code', offset: 0, length: 4 },
      { type: 'bold', offset: 1, length: 2 },
      { type: 'text_link', offset: 6, length: 4, url: 'https://a.io/' },
      { type: 'italic', offset: 8, length: 4 },
    ]
    expect(formatText('code, link, x', undefined, entities).entities).toEqual([
      { type: 'code', offset: 0, length: 4 },
      { type: 'text_link', offset: 6, length: 4, url: 'https://a.io/' },
      { type: 'italic', offset: 8, length: 2 },
      { type: 'italic', offset: 10, length: 2 },
    ])
  })

  test.each([
    [{ type: 'bold', offset: 2, length: 5 }, 'Bad Request: entity beginning at UTF-16 offset 2 ends after the end of the text at UTF-16 offset 7'],
    [{ type: 'bold', offset: 9, length: 1 }, 'Bad Request: entity begins after the end of the text at UTF-16 offset 9'],
    [{ type: 'bold', offset: -1, length: 1 }, 'Bad Request: receive an entity with incorrect offset -1'],
    [{ type: 'bold', offset: 0, length: 2 }, 'Bad Request: entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol at byte offset 5'],
  ])('%j in "a😀b" is refused', (entity, refusal) => {
    expect(words('a😀b', undefined, [entity])).toBe(refusal)
  })
})

describe('found entities', () => {
  test('are those a phone makes clickable', () => {
    expect(formatText('/stop T12 @lugh_bot #now see https://a.io/x?y=1. and me@b.io', undefined).entities).toEqual([
      { type: 'bot_command', offset: 0, length: 5 },
      { type: 'mention', offset: 10, length: 9 },
      { type: 'hashtag', offset: 20, length: 4 },
      { type: 'url', offset: 29, length: 18 },
      { type: 'email', offset: 53, length: 7 },
    ])
  })

  test('are not looked for in code', () => {
    expect(formatText('<code>/stop</code>', 'HTML').entities).toEqual([{ type: 'code', offset: 0, length: 5 }])
  })
})
