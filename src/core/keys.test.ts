/** Every documented shape is known, ordinary text is not touched, and what is found is never said. The keys below are put together here and open nothing. */
import { describe, expect, it } from 'vitest'
import { holdsKeyMark, keysInPatch, learnSecrets, redactKeys, withoutKeys } from './keys.ts'

const x = (n: number): string => 'a1B2c3D4e5F6g7H8i9J0'.repeat(20).slice(0, n)
const KEYS: readonly (readonly [string, string])[] = [
  ['Anthropic key', `sk-ant-api03-${x(90)}`],
  ['OpenAI key', `sk-proj-${x(40)}T3BlbkFJ${x(40)}`],
  ['GitHub token', `ghp_${x(36)}`],
  ['GitHub token', `github_pat_${x(82)}`],
  ['GitLab token', `glpat-${x(20)}`],
  ['npm token', `npm_${x(36)}`],
  ['PyPI token', `pypi-AgEIcHlwaS5vcmc${x(80)}`],
  ['AWS key id', ['AKIA', 'ABCDEFGH23456723'].join('')],
  ['Google API key', `AIza${x(35)}`],
  ['Slack token', `xoxb-${x(40)}`],
  ['Slack webhook', `https://hooks.slack.com/services/${x(44)}`],
  ['Stripe key', `sk_live_${x(24)}`],
  ['SendGrid key', `SG.${x(22)}.${x(43)}`],
  ['Telegram bot token', `123456789:A${x(34)}`],
  ['DigitalOcean token', `dop_v1_${'0123456789abcdef'.repeat(4)}`],
  ['Hugging Face token', `hf_${'abcDEFghiJ'.repeat(4).slice(0, 34)}`],
  ['age key', `AGE-SECRET-KEY-1${'QPZRY9X8GF2TVDW0'.repeat(4).slice(0, 58)}`],
  ['private key', `-----BEGIN OPENSSH PRIVATE KEY-----\n${x(70)}\n${x(9)}\n-----END OPENSSH PRIVATE KEY-----`],
]

describe('what looks like a key', () => {
  it.each(KEYS)('%s is named and not said', (what, key) => {
    const clean = redactKeys(`before "${key}", after`)
    expect(clean).toBe(`before "⟦${what}, ${key.length} characters⟧", after`)
    expect(redactKeys(clean)).toBe(clean)
  })
  it('of a URL only the password goes', () => {
    expect(redactKeys('postgres://lugh:s3cretpass@db.example.org:5432/x')).toBe(
      'postgres://lugh:⟦password in a URL, 10 characters⟧@db.example.org:5432/x',
    )
  })
  it('is not ordinary text: digests, words, versions, templates', () => {
    const ordinary = [
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      'sha512-J0eXzIVuH1uK5wqPEZ1KrDUsWBL4hD5ZAg5kBRtYQPhWB0nI7bGjVTSbDxgmEZvIEMiMUcQz0dTiSuh1bDZVbQ==',
      'task-list sk-learn ghp_short AKIDDLE http://127.0.0.1:3000/a@b user:pass https://registry.npmjs.org:443/@scope/x',
      'postgres://${USER}:${PASSWORD}@host/db',
      'const token = await readToken(config.path)',
      '550e8400-e29b-41d4-a716-446655440000 12:34:56',
    ].join('\n')
    expect([redactKeys(ordinary), keysInPatch(patchOf('a.ts', ordinary.split('\n')))]).toEqual([ordinary, []])
  })
  it('is not what everybody knows: the keys of manuals, the passwords of test databases, a header without a body', () => {
    const ordinary = [
      ['AKIA', 'IOSFODNN7EXAMPLE'].join(''),
      'postgres://postgres:postgres@localhost/x mysql://shop:shop@db/x redis://default:changeme@cache amqp://guest:guest1@mq',
      "const HEADER = '-----BEGIN PRIVATE KEY-----' + body",
    ].join('\n')
    expect([redactKeys(ordinary), keysInPatch(patchOf('a.ts', ordinary.split('\n').slice(0, 2)))]).toEqual([ordinary, []])
  })
  it('goes from every text of a value, wherever it stands', () => {
    const key = KEYS[2]?.[1] ?? ''
    const clean = withoutKeys({ a: [`x ${key}`, 1, null, { [key]: true }] })
    expect(clean).toEqual({ a: ['x ⟦GitHub token, 40 characters⟧', 1, null, { '⟦GitHub token, 40 characters⟧': true }] })
    expect([holdsKeyMark(JSON.stringify(clean)), holdsKeyMark(key), holdsKeyMark('⟦U+202E⟧')]).toEqual([true, false, false])
  })
  it('a secret that was learnt goes in every spelling, and is not forgotten when another takes its place', () => {
    learnSecrets(['pass/wörd "1"', undefined, 'short', 'postgres'])
    learnSecrets(['the next one'])
    const spellings = ['pass/wörd "1"', 'pass/wörd \\"1\\"', encodeURIComponent('pass/wörd "1"'), Buffer.from('pass/wörd "1"').toString('base64')]
    expect(redactKeys(`${spellings.join(' | ')} short postgres the next one`)).toBe(
      '⟦secret, 13 characters⟧ | ⟦secret, 15 characters⟧ | ⟦secret, 26 characters⟧ | ⟦secret, 20 characters⟧ short postgres ⟦secret, 12 characters⟧',
    )
  })
})

function patchOf(path: string, lines: readonly string[]): string {
  return `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n@@ -4,0 +5,${lines.length} @@\n${lines.map((line) => `+${line}`).join('\n')}\n`
}

describe('a change that adds one', () => {
  it('is told by file and line', () => {
    const lines = ['x', `const key = '${KEYS[2]?.[1]}'`, '++ b/not-a-file', '-----BEGIN RSA PRIVATE KEY-----', `api_key: "Zx9kQ2mW7vLp4Rt8Ns1Y"`]
    expect(keysInPatch(patchOf('a/b.ts', lines) + patchOf('.env', [`TOKEN=${x(30)}`]))).toEqual([
      { path: 'a/b.ts', line: 6, what: 'GitHub token' },
      { path: 'a/b.ts', line: 8, what: 'private key' },
      { path: 'a/b.ts', line: 9, what: 'a value that looks drawn by lot' },
      { path: '.env', line: 5, what: 'a value that looks drawn by lot' },
    ])
  })
  it('is not one that takes it away or only stands near it', () => {
    const key = KEYS[2]?.[1] ?? ''
    expect(keysInPatch(`--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n ${key}\n-${key}\n+gone\n`)).toEqual([])
  })
})
