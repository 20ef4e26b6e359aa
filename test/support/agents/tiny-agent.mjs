/**
 * A coding agent in small, for tests of engines that are programs of their own: it asks its model at OPENAI_BASE_URL (chat completions)
 * until it wants no more tools, and does what it is told in the directory it stands in. Plain JavaScript for whatever Node is inside.
 * `node tiny-agent.mjs PROMPT MODEL` is the whole program; others import `work`.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

const text = { type: 'string' }
const tool = (name, properties) => ({ type: 'function', function: { name, description: name, parameters: { type: 'object', properties } } })
const TOOLS = [
  tool('read_file', { path: text }),
  tool('search_files', { pattern: text }),
  tool('write_file', { path: text, content: text }),
  tool('edit_file', { path: text, edits: { type: 'array', items: { type: 'object' } } }),
  tool('run_command', { command: text, why: text }),
  tool('use_server', { tool: text, input: { type: 'object' } }),
]

const ACTS = {
  read_file: ({ path }) => readFileSync(path, 'utf8'),
  search_files: ({ pattern }) =>
    readdirSync('.', { recursive: true })
      .filter((path) => /\.m?js$/.test(path) && !path.includes('node_modules') && readFileSync(path, 'utf8').includes(pattern))
      .join('\n'),
  write_file: ({ path, content }) => {
    mkdirSync(dirname(join('.', path)), { recursive: true })
    writeFileSync(path, content)
    return 'written'
  },
  edit_file: ({ path, edits }) => {
    let now = readFileSync(path, 'utf8')
    for (const edit of edits) now = now.replaceAll(edit.old_text, edit.new_text)
    writeFileSync(path, now)
    return 'edited'
  },
  run_command: ({ command }) => execFileSync('/bin/sh', ['-c', command], { encoding: 'utf8' }),
}

/** By the proxy of the sandbox, spelled out: not every Node heeds HTTP_PROXY. */
function ask(body) {
  const address = `${process.env.OPENAI_BASE_URL}/chat/completions`
  const proxy = process.env.HTTP_PROXY === undefined ? undefined : new URL(process.env.HTTP_PROXY)
  const to = new URL(address)
  const way =
    proxy === undefined ? { host: to.hostname, port: to.port, path: to.pathname } : { host: proxy.hostname, port: proxy.port, path: address }
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${process.env.OPENAI_API_KEY}`, host: to.host }
  return new Promise((resolve, reject) => {
    const asked = request({ ...way, method: 'POST', headers }, (answer) => {
      let said = ''
      answer.setEncoding('utf8').on('data', (piece) => (said += piece))
      answer.on('end', () => (answer.statusCode === 200 ? resolve(JSON.parse(said)) : reject(new Error(`${answer.statusCode} ${said}`))))
      answer.on('error', reject)
    })
    asked.on('error', reject).end(JSON.stringify(body))
  })
}

/** Works on `messages` (which grow) until the model wants no more tools; answers its last words. `may` decides about each call, `told` hears its result; `acts`: more that it can do. */
export async function work(messages, model, { may = async () => true, told = () => undefined, stopped = () => false, acts = {} } = {}) {
  for (;;) {
    const { choices } = await ask({ model, messages, tools: TOOLS })
    const { message } = choices[0]
    messages.push(message)
    const calls = message.tool_calls ?? []
    if (calls.length === 0 || stopped()) return message.content ?? ''
    for (const { id, function: called } of calls) {
      const input = JSON.parse(called.arguments)
      let output = 'The person did not allow this.'
      let isError = true
      if (await may({ id, name: called.name, input })) {
        try {
          output = await (acts[called.name] ?? ACTS[called.name])(input)
          isError = false
        } catch (error) {
          output = String(error.message)
        }
      }
      told({ id, name: called.name, output, isError })
      messages.push({ role: 'tool', tool_call_id: id, content: output || '(nothing)' })
    }
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [, , prompt, model] = process.argv
  const told = ({ name, isError }) => process.stdout.write(`\u001b[32m${name}\u001b[0m ${isError ? 'failed' : 'done'}\n`)
  process.stdout.write(`${await work([{ role: 'user', content: prompt }], model, { told })}\n`)
}
