/**
 * What keys look like, and text without them. The shapes are those their issuers document, in the selection of gitleaks' default rules
 * (MIT): a prefix nobody writes by chance and a fixed alphabet, so that ordinary text is never touched. Never says the key itself.
 */

export type KeyShape = { readonly what: string; readonly pattern: RegExp }

const shape = (what: string, source: string): KeyShape => ({ what, pattern: new RegExp(source, 'gu') })

/** Not inside a longer word: `xAKIA…` is something else. */
const START = '(?<![A-Za-z0-9_])'
const END = '(?![A-Za-z0-9_])'

const URL_PASSWORD = 'password in a URL'

const SHAPES: readonly KeyShape[] = [
  shape('Anthropic key', `${START}sk-ant-(?:api|admin|oat)\\d\\d-[\\w-]{20,200}`),
  shape('OpenAI key', `${START}sk-(?:proj-|svcacct-|admin-)?[\\w-]{20,100}T3BlbkFJ[\\w-]{20,100}`),
  shape('GitHub token', `${START}(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_\\w{60,255})${END}`),
  shape('GitLab token', `${START}gl(?:pat|dt|rt|cbt|ptt|ft|soat)-[\\w-]{20,64}`),
  shape('npm token', `${START}npm_[A-Za-z0-9]{36}${END}`),
  shape('PyPI token', `${START}pypi-AgEIcHlwaS5vcmc[\\w-]{50,1000}`),
  shape('AWS key id', `${START}(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}${END}`),
  shape('Google API key', `${START}AIza[\\w-]{35}(?![\\w-])`),
  shape('Slack token', `${START}xox[abeprs]-[A-Za-z0-9-]{20,250}`),
  shape('Slack webhook', 'https://hooks\\.slack\\.com/(?:services|workflows|triggers)/[A-Za-z0-9+/]{40,60}'),
  shape('Stripe key', `${START}[rs]k_(?:live|test|prod)_[A-Za-z0-9]{16,250}${END}`),
  shape('SendGrid key', `${START}SG\\.[\\w-]{22}\\.[\\w-]{43}`),
  shape('Telegram bot token', '(?<![A-Za-z0-9_])[1-9]\\d{7,10}:A[\\w-]{34}(?![\\w-])'),
  shape('DigitalOcean token', `${START}do[opr]_v1_[a-f0-9]{64}${END}`),
  shape('Hugging Face token', `${START}hf_[A-Za-z]{34}${END}`),
  shape('age key', `${START}AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}`),
  // With its end, or, when that is cut off, as far as its lines go; never past the string of JSON it stands in. The first line alone is no key.
  shape(
    'private key',
    '-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----(?=[^"]{0,300}?[A-Za-z0-9+/]{24})(?:[^"]{0,8000}?-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|(?:(?:\\\\[nr]|\\s)*[A-Za-z0-9+/=]{16,76})*)',
  ),
  // The password alone, so that the host it belongs to can still be read.
  shape(URL_PASSWORD, '(?<=[a-z][a-z0-9+.-]{1,20}://[^\\s/:@"\'`<>$%{}]{0,80}:)[^\\s/:@"\'`<>${}*]{6,200}(?=@[A-Za-z0-9[])'),
]

/** What keys are called in manuals, and passwords of databases that hold nothing: everybody knows them, and every second repository has one. */
const EXAMPLE = /EXAMPLE/u
const WELL_KNOWN =
  /^(?:pass|passwd|passw0rd|password|my-?(?:secret-?)?password|your[-_]?password|secret|example|changeme|change[-_]me|test|testing|dev|develop|development|local|guest|user|username|root|admin|postgres|postgresql|mysql|mariadb|mongo|mongodb|redis|rabbitmq|minio|minioadmin|docker|app)\d{0,4}$/iu
const USER_BEFORE = /:\/\/([^\s/:@]{1,80}):$/u

/** Whether it only has the shape of one. `before`: the text it follows. */
function isNobodys(what: string, key: string, before: string): boolean {
  if (what !== URL_PASSWORD) return EXAMPLE.test(key)
  return WELL_KNOWN.test(key) || USER_BEFORE.exec(before.slice(-100))?.[1] === key
}

/** What stands in place of a key: enough to know what was there. */
function mark(what: string, length: number): string {
  return `⟦${what}, ${length} characters⟧`
}

const MARK = /⟦[^⟦⟧\n]{1,40}, \d{1,5} characters⟧/u

/** Whether something stands in this text in place of a key. */
export function holdsKeyMark(text: string): boolean {
  return MARK.test(text)
}

/**
 * The text with each key replaced by what it is and how long, as in `⟦GitHub token, 40 characters⟧`, and each secret that was learnt by
 * `⟦secret, 24 characters⟧`.
 */
export function redactKeys(text: string): string {
  return replaceKeys(text, mark)
}

/**
 * The same with as many lines as there were: of each further line of a key only its first character stays, which in a diff is its sign.
 * What counts lines can still read it.
 */
export function redactKeysByLine(text: string): string {
  return replaceKeys(text, (what, length, key) => {
    const [, ...further] = key.split('\n')
    return [mark(what, length), ...further.map((line) => `${line.slice(0, 1)}⟦…⟧`)].join('\n')
  })
}

function replaceKeys(text: string, put: (what: string, length: number, key: string) => string): string {
  const known = learnt.ordered.reduce((clean, secret) => clean.replaceAll(secret, () => put('secret', secret.length, secret)), text)
  return SHAPES.reduce(
    (clean, { what, pattern }) =>
      clean.replace(pattern, (key: string, at: number, whole: string) =>
        isNobodys(what, key, whole.slice(Math.max(0, at - 100), at)) ? key : put(what, key.length, key),
      ),
    known,
  )
}

/** The value with `redactKeys` applied to every text in it, names of members included. Takes and answers JSON. */
export function withoutKeys(value: unknown): unknown {
  if (typeof value === 'string') return redactKeys(value)
  if (Array.isArray(value)) return value.map(withoutKeys)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [redactKeys(name), withoutKeys(member)]))
}

/** Shorter values are too common to be told from ordinary text. */
const MIN_SECRET_LENGTH = 8

/** Longer ones first: a URL before the password in it. One list for the process, so that nothing is ever written by whoever was not told. */
const learnt: { ordered: readonly string[] } = { ordered: [] }

/**
 * From now on `redactKeys` takes these values out too, in their JSON-escaped, URL-encoded and base64 spelling as well. Nothing is ever
 * forgotten: a key that was changed may still come by in an answer that was under way.
 */
export function learnSecrets(secrets: readonly (string | undefined)[]): void {
  const known = secrets.filter((secret) => secret !== undefined && secret.length >= MIN_SECRET_LENGTH && !WELL_KNOWN.test(secret))
  const spellings = known.flatMap((secret = '') => [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    btoa(encodeUtf8(secret)),
  ])
  learnt.ordered = [...new Set([...learnt.ordered, ...spellings])].toSorted((a, b) => b.length - a.length)
}

function encodeUtf8(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text))
}

export type FoundKey = { readonly path: string; readonly line: number; readonly what: string }

/** A change that adds more than this has one problem, not a list. */
const MAX_FOUND = 50

/** Where the added lines of a unified diff hold what looks like a key. Header lines are known by the hunks' own counts, never by how a line begins. */
export function keysInPatch(patch: string): FoundKey[] {
  const found: FoundKey[] = []
  for (const { path, line, text } of addedLines(patch)) {
    const what = keyIn(text)
    if (what !== undefined) found.push({ path, line, what })
    if (found.length >= MAX_FOUND) break
  }
  return found
}

const PRIVATE_KEY_LINE = /-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----/u
/** `apiKey = "…"`: a name that says so, and a value that looks drawn by lot. */
const ASSIGNED =
  /(?:secret|token|passwd|password|api[_-]?key|access[_-]?key|auth[_-]?key|private[_-]?key)["'\]]{0,2}\s{0,3}(?:[:=]|=>|:=)\s{0,3}["'`]?([\w+/=.~-]{16,200})["'`]?/iu
/** Bits a character: English words stay below 3.3, random base64 is above 4 (gitleaks takes 3.5). */
const MIN_ENTROPY = 3.5

function keyIn(line: string): string | undefined {
  if (PRIVATE_KEY_LINE.test(line)) return 'private key'
  const known = SHAPES.find(({ what, pattern }) => [...line.matchAll(pattern)].some((key) => !isNobodys(what, key[0], line.slice(0, key.index))))
  if (known !== undefined) return known.what
  const value = ASSIGNED.exec(line.slice(0, 2000))?.[1]
  return value !== undefined && /\d/u.test(value) && /[a-z]/iu.test(value) && entropy(value) >= MIN_ENTROPY
    ? 'a value that looks drawn by lot'
    : undefined
}

function entropy(text: string): number {
  const counts = new Map<string, number>()
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1)
  return [...counts.values()].reduce((sum, n) => sum - (n / text.length) * Math.log2(n / text.length), 0)
}

function* addedLines(patch: string): Generator<{ path: string; line: number; text: string }> {
  let path = '?'
  let [line, old, fresh] = [0, 0, 0]
  for (const text of patch.split('\n')) {
    if (old > 0 || fresh > 0) {
      if (text.startsWith('+')) {
        yield { path, line, text: text.slice(1) }
        line += 1
        fresh -= 1
      } else if (text.startsWith('-')) old -= 1
      else if (text.startsWith(' ')) {
        line += 1
        old -= 1
        fresh -= 1
      }
      continue
    }
    const hunk = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/u.exec(text)
    if (hunk !== null) [line, old, fresh] = [Number(hunk[2]), Number(hunk[1] ?? 1), Number(hunk[3] ?? 1)]
    else if (text.startsWith('+++ '))
      path = text
        .slice(4)
        .replace(/^"?b\//u, '')
        .replace(/["\t]+$/u, '')
  }
}
