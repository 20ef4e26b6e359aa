/** Telegram's MarkdownV2: the same marks, the same refusals as the real server. */
import { byPlace, checkedLink, type Formatted } from './parse-html.ts'
import { badRequest, type Refusal } from './refusal.ts'
import type { Entity } from './world-types.ts'

const RESERVED = '_*[]()~`>#+-=|{}.!\n'
/** As the real server names them in its refusals. */
const NAMES: Readonly<Record<string, string>> = {
  bold: 'Bold',
  italic: 'Italic',
  underline: 'Underline',
  strikethrough: 'Strikethrough',
  spoiler: 'Spoiler',
  code: 'Code',
  pre: 'Pre',
  precode: 'PreCode',
  text_link: 'TextUrl',
  custom_emoji: 'CustomEmoji',
  blockquote: 'BlockQuote',
}

type Open = { type: string; argument: string; offset: number; byte: number }

/** Text and entities of `source`. Throws the `Refusal` the real server gives. */
export function parseMarkdownV2(source: string): Formatted {
  return new Parser(source).parse()
}

/** A port of the real server's loop: one mark at a time, a stack of what is open. */
class Parser {
  readonly #source: string
  readonly #open: Open[] = []
  readonly #entities: Entity[] = []
  #text = ''
  #at = 0
  #quoteMayStart = true
  #inQuote = false

  constructor(source: string) {
    this.#source = source
  }

  parse(): Formatted {
    for (; this.#at < this.#source.length; this.#at += 1) this.#step()
    this.#endLastQuote()
    const top = this.#open.at(-1)
    if (top !== undefined) throw this.#unended(top)
    return { text: this.#text, entities: this.#entities.toSorted(byPlace) }
  }

  #step(): void {
    const char = this.#char()
    const next = this.#char(1).charCodeAt(0)
    if (char === '\\' && next > 0 && next <= 126) {
      this.#at += 1
      this.#text += this.#char()
      this.#quoteMayStart = false
    } else if (!this.#reserved().includes(char)) {
      if (char !== '\r') this.#quoteMayStart = false
      this.#text += char
    } else if (this.#ends(char)) this.#end(char)
    else this.#begin(char)
  }

  #char(ahead = 0): string {
    return this.#source[this.#at + ahead] ?? ''
  }

  #reserved(): string {
    return ['code', 'pre', 'precode'].includes(this.#open.at(-1)?.type ?? '') ? '`' : RESERVED
  }

  #ends(char: string): boolean {
    const top = this.#open.at(-1)
    if (top === undefined) return false
    if (this.#inQuote && char === '\n' && this.#char(1) !== '>') return true
    switch (top.type) {
      case 'bold':
        return char === '*'
      case 'italic':
        return char === '_' && this.#char(1) !== '_'
      case 'underline':
        return char === '_' && this.#char(1) === '_'
      case 'code':
        return char === '`'
      case 'pre':
      case 'precode':
        return char === '`' && this.#char(1) === '`' && this.#char(2) === '`'
      case 'strikethrough':
        return char === '~'
      case 'spoiler':
        return char === '|' && this.#char(1) === '|'
      case 'text_link':
      case 'custom_emoji':
        return char === ']'
      default:
        return false
    }
  }

  #begin(char: string): void {
    const byte = Buffer.byteLength(this.#source.slice(0, this.#at))
    if (char === '\n') {
      this.#text += '\n'
      this.#quoteMayStart = true
      return
    }
    if (char === '>' && this.#quoteMayStart && this.#inQuote) return
    const begun = this.#typeOf(char)
    this.#open.push({ ...begun, offset: this.#text.length, byte })
  }

  #typeOf(char: string): { type: string; argument: string } {
    const plain = (type: string, extra = 0): { type: string; argument: string } => {
      this.#at += extra
      return { type, argument: '' }
    }
    if (char === '_') return this.#char(1) === '_' ? plain('underline', 1) : plain('italic')
    if (char === '*') return plain('bold')
    if (char === '~') return plain('strikethrough')
    if (char === '|' && this.#char(1) === '|') return plain('spoiler', 1)
    if (char === '[') return plain('text_link')
    if (char === '`') return this.#char(1) === '`' && this.#char(2) === '`' ? this.#beginPre() : plain('code')
    if (char === '!' && this.#char(1) === '[') return plain('custom_emoji', 1)
    if (char === '>' && this.#quoteMayStart) {
      this.#inQuote = true
      return plain('blockquote')
    }
    throw badRequest(`can't parse entities: Character '${char}' is reserved and must be escaped with the preceding '\\'`)
  }

  #beginPre(): { type: string; argument: string } {
    this.#at += 3
    const language = /^[^\s`]+(?=[^`])/u.exec(this.#source.slice(this.#at))?.[0] ?? ''
    const named = language !== '' && /\s/u.test(this.#char(language.length))
    if (named) this.#at += language.length
    const newline = /^(?:\r\n|\n\r|\n|\r)/u.exec(this.#source.slice(this.#at))?.[0] ?? ''
    this.#at += newline.length - 1
    return named ? { type: 'precode', argument: language } : { type: 'pre', argument: '' }
  }

  #end(char: string): void {
    let top = this.#open.at(-1)
    if (top === undefined) return
    let type = top.type
    if (char === '\n' && type !== 'blockquote') {
      const here = Buffer.byteLength(this.#source.slice(0, this.#at))
      if (type !== 'spoiler' || top.byte !== here - 2) throw this.#unended(top)
      this.#open.pop()
      top = this.#open.at(-1)
      if (top?.type !== 'blockquote') throw this.#unended(top)
      type = 'expandable_blockquote'
    }
    const skip = this.#text.length === top.offset
    const extra = this.#finish(type, top)
    if (type === 'blockquote' || type === 'expandable_blockquote') {
      this.#inQuote = false
      this.#text += char
      this.#quoteMayStart = true
    }
    if ((!skip || type.endsWith('blockquote')) && extra !== undefined) this.#add(type, top, extra)
    this.#open.pop()
  }

  /** Moves over the rest of the end mark; answers the entity's own members, or undefined when there is to be none. */
  #finish(type: string, top: Open): Partial<Entity> | undefined {
    if (type === 'underline' || type === 'spoiler') this.#at += 1
    if (type === 'pre' || type === 'precode') this.#at += 2
    if (type === 'precode') return { language: top.argument }
    if (type === 'custom_emoji') {
      if (this.#char(1) !== '(') throw badRequest("can't parse entities: The entity must contain a tg://emoji or tg://time URL")
      const id = /^tg:\/\/emoji\?id=(\d+)$/u.exec(this.#readUrl())?.[1]
      if (id === undefined) throw badRequest("can't parse entities: Invalid tg://emoji or tg://time URL specified")
      return { custom_emoji_id: id }
    }
    if (type !== 'text_link') return {}
    const url = checkedLink(this.#char(1) === '(' ? this.#readUrl() : this.#text.slice(top.offset))
    return url === undefined ? undefined : { url }
  }

  #readUrl(): string {
    this.#at += 2
    const begin = Buffer.byteLength(this.#source.slice(0, this.#at))
    let url = ''
    while (this.#at < this.#source.length && this.#char() !== ')') {
      if (this.#char() === '\\' && this.#char(1) !== '') this.#at += 1
      url += this.#char()
      this.#at += 1
    }
    if (this.#char() !== ')') throw badRequest(`can't parse entities: Can't find end of a URL at byte offset ${begin}`)
    return url
  }

  #endLastQuote(): void {
    if (!this.#inQuote) return
    let type = 'blockquote'
    const top = this.#open.at(-1)
    if (top?.type === 'spoiler' && top.byte === Buffer.byteLength(this.#source) - 2) {
      this.#open.pop()
      type = 'expandable_blockquote'
    }
    const quote = this.#open.at(-1)
    if (quote?.type !== 'blockquote') return
    if (this.#text.length > quote.offset) this.#add(type, quote, {})
    this.#open.pop()
  }

  #add(type: string, { offset }: Open, extra: Partial<Entity>): void {
    this.#entities.push({ type: type === 'precode' ? 'pre' : type, offset, length: this.#text.length - offset, ...extra })
  }

  #unended(open: Open | undefined): Refusal {
    return badRequest(`can't parse entities: Can't find end of ${NAMES[open?.type ?? ''] ?? ''} entity at byte offset ${open?.byte ?? 0}`)
  }
}
