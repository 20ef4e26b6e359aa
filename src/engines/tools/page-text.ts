/** A web page as text a model reads: its words, headings, lists and links, without what a browser would not show. Runs nothing of it. */
import { Parser } from 'htmlparser2'

const SKIPPED: ReadonlySet<string> = new Set(['script', 'style', 'noscript', 'template', 'svg', 'head', 'iframe', 'object'])
const BLOCKS: ReadonlySet<string> = new Set(
  'address article aside blockquote br dd details div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table tr ul'.split(
    ' ',
  ),
)
/** Addresses longer than this are trackers or pictures, and crowd out the words. */
const LINK_MAX = 300

/** The words of an HTML page; links are followed by where they lead. Never throws: whatever is broken is read as browsers do. */
export function pageText(html: string, base: string): string {
  let text = ''
  let skipping = 0
  let verbatim = 0
  let title = ''
  let inTitle = false
  const links: string[] = []
  const block = (): void => {
    if (!text.endsWith('\n')) text += '\n'
  }
  const parser = new Parser(
    {
      onopentag: (name, attributes) => {
        if (name === 'title') inTitle = true
        if (SKIPPED.has(name)) skipping += 1
        if (skipping > 0) return
        if (BLOCKS.has(name)) block()
        if (name === 'pre') verbatim += 1
        const level = /^h([1-6])$/u.exec(name)?.[1]
        if (level !== undefined) text += `${'#'.repeat(Number(level))} `
        else if (name === 'li') text += '- '
        else if (name === 'td' || name === 'th') text += ' | '
        if (name === 'a') links.push(attributes['href'] ?? '')
      },
      ontext: (words) => {
        if (inTitle) title += words
        if (skipping === 0) text += verbatim > 0 ? words : words.replace(/\s+/gu, ' ')
      },
      onclosetag: (name) => {
        if (name === 'title') inTitle = false
        if (SKIPPED.has(name)) skipping -= 1
        if (skipping > 0) return
        if (name === 'a') text += leadingTo(links.pop() ?? '', base)
        if (name === 'pre') verbatim -= 1
        if (BLOCKS.has(name)) block()
      },
    },
    { decodeEntities: true },
  )
  parser.end(html)
  const words = text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/\n{3,}/gu, '\n\n')
    .trim()
  return title.trim() === '' ? words : `${title.replace(/\s+/gu, ' ').trim()}\n\n${words}`
}

/** Places on the same page and scripts lead nowhere. */
function leadingTo(href: string, base: string): string {
  if (href === '' || href.startsWith('#')) return ''
  const url = URL.parse(href, base)
  return url === null || !/^https?:$/u.test(url.protocol) || url.href.length > LINK_MAX ? '' : ` (${url.href})`
}
