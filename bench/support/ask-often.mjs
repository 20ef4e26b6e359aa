/** Asks a model the same again and again and prints the milliseconds of each call: `node ask-often.mjs ADDRESS KEY MODEL TIMES`. Inside the walls by their proxy. */
import { Agent, request } from 'node:http'

const [, , address, key, model, times] = process.argv
const body = JSON.stringify({ model, max_tokens: 100, messages: [{ role: 'user', content: 'Say something' }] })
const headers = { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', 'x-api-key': key, 'content-length': Buffer.byteLength(body) }
const to = new URL(`${address}/v1/messages`)
const proxy = process.env.HTTP_PROXY === undefined ? undefined : new URL(process.env.HTTP_PROXY)
const way =
  proxy === undefined
    ? { host: to.hostname, port: to.port, path: to.pathname }
    : { host: proxy.hostname, port: proxy.port, path: to.href, ...(proxy.username === '' ? {} : { auth: `${proxy.username}:${proxy.password}` }) }
const agent = new Agent({ keepAlive: true })

const ask = () =>
  new Promise((resolve, reject) => {
    const asked = request({ ...way, agent, method: 'POST', headers: { ...headers, host: to.host } }, (answer) => {
      answer.resume()
      answer.on('end', () => (answer.statusCode === 200 ? resolve() : reject(new Error(`answered ${answer.statusCode}`))))
    })
    asked.on('error', reject).end(body)
  })

const taken = []
for (let n = 0; n < Number(times) + 3; n += 1) {
  const began = performance.now()
  await ask()
  if (n >= 3) taken.push(performance.now() - began) // the first ones warm both sides up
}
process.stdout.write(`${JSON.stringify(taken)}\n`)
process.exit(0)
